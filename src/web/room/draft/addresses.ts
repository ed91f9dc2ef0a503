/** Where each file of the draft is looked at and changed, and where a fault is mended. */
import { type Manifest, manifestPath, readManifest } from "#prompts/manifest.ts";
import { fileKind } from "#release/file-kind.ts";
import type { ReleaseFiles } from "#release/files.ts";

export const filesAddress = "/releases/draft/files";

/** "/flows/fft/edit"; a sound's is its prompt's page. */
export function editAddress(path: string): string {
  const [, flow] = /^flows\/([^.]+)\.yaml$/.exec(path) ?? [];
  if (flow) return `/flows/${flow}/edit`;
  const [, language, prompt] = /^prompts\/([^/]+)\/([^/]+)\.wav$/.exec(path) ?? [];
  if (language) return `/prompts/${language}/${prompt}`;
  return fileKind(path) === "record" ? "/prompts" : `${filesAddress}/${path}`;
}

export const checkAddress = (path: string): string =>
  fileKind(path) === "flow" ? editAddress(path).replace(/edit$/, "check") : `${filesAddress}/${path}/check`;

export const savesAddress = (path: string): string => `${filesAddress}/${path}/saves`;

export const wordsAddress = (prompt: string): string => `/prompts/words/${prompt}`;

interface Place {
  file: string;
  line: number;
  column: number;
}

export interface Mending {
  href: string;
  text: string;
}

/** The page on which a fault is mended: at its line, or, of a prompt's words, the page of those words. */
export function mendingOf({ file, line, column }: Place, files: ReleaseFiles): Mending {
  if (fileKind(file) === "words") {
    const prompt = line > 0 ? promptAt(files, line) : null;
    if (prompt) return { href: wordsAddress(prompt), text: `The words of ${prompt}` };
  }
  const href = editAddress(file);
  if (!files.has(file) && fileKind(file) !== "sound") return { href: filesAddress, text: file };
  if (line === 0) return { href, text: file };
  return { href: `${href}?line=${line}&column=${column}#text`, text: `${file}, line ${line}` };
}

/** Many faults are of one manifest: it is read once. */
const manifests = new WeakMap<Uint8Array, Manifest | null>();

function manifestOf(files: ReleaseFiles): Manifest | null {
  const bytes = files.get(manifestPath);
  if (!bytes) return null;
  const known = manifests.get(bytes);
  if (known !== undefined) return known;
  const { manifest } = readManifest(files);
  manifests.set(bytes, manifest);
  return manifest;
}

/** Whose words stand in this line of the manifest; null where it is no prompt's. */
function promptAt(files: ReleaseFiles, line: number): string | null {
  const manifest = manifestOf(files);
  const found = [...(manifest?.prompts.values() ?? [])].findLast((entry) => entry.line <= line);
  const language = [...(manifest?.languages.values() ?? [])].findLast((one) => one.line <= line);
  return found && (!language || language.line < found.line) ? found.id : null;
}
