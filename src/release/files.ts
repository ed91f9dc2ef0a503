import { createHash } from "node:crypto";

/**
 * The files that telecoms staff edit, as one release keeps them, by path:
 *   flows/fft.yaml, flows/fft.test.yaml, prompts/manifest.yaml, prompts/en-GB/hello.wav, asterisk/extensions.conf
 * and what is known of how sounds were made: prompts/en-GB/synthesised.json, prompts/en-GB/recorded.json.
 * In the repository they lie in dialplans/flows, prompts and dialplans/asterisk. Bytes are never changed in place.
 */
export type ReleaseFiles = ReadonlyMap<string, Uint8Array>;

export const textOf = (files: ReleaseFiles, path: string): string | null => {
  const bytes = files.get(path);
  return bytes === undefined ? null : new TextDecoder().decode(bytes);
};

/** What was hashed once: all prompts take a tenth of a second, in the process that holds calls. */
const known = new WeakMap<Uint8Array, string>();

/** The sha256 of a file, in hex: by it contents are stored once, and a save knows what it was made from. */
export function hashOf(bytes: Uint8Array): string {
  const hash = known.get(bytes) ?? createHash("sha256").update(bytes).digest("hex");
  known.set(bytes, hash);
  return hash;
}

/** The sha256, in hex, of all paths and contents: the same for the same files, in whatever order. */
export const digestOf = (files: ReleaseFiles): string =>
  digestOfHashes([...files].map(([path, bytes]) => ({ path, hash: hashOf(bytes) })));

export function digestOfHashes(files: Iterable<{ path: string; hash: string }>): string {
  const lines = [...files].map(({ path, hash }) => `${hash}  ${path}\n`);
  return hashOf(new TextEncoder().encode(lines.sort().join("")));
}

/** What became of one file; `from`, `to`: hashOf its content, null where there is none. */
export interface FileChange {
  path: string;
  kind: "added" | "changed" | "removed";
  from: string | null;
  to: string | null;
}

/** By path. */
export function changesBetween(
  from: ReadonlyMap<string, string>,
  to: ReadonlyMap<string, string>,
): FileChange[] {
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths.flatMap((path): FileChange[] => {
    const [before, after] = [from.get(path) ?? null, to.get(path) ?? null];
    if (before === after) return [];
    const kind = before === null ? "added" : after === null ? "removed" : "changed";
    return [{ path, kind, from: before, to: after }];
  });
}

export const hashesOf = (files: ReleaseFiles): Map<string, string> =>
  new Map([...files].map(([path, bytes]) => [path, hashOf(bytes)]));

const paths = [
  /^flows\/[a-z0-9][a-z0-9-]{0,63}(\.test)?\.yaml$/,
  /^prompts\/manifest\.yaml$/,
  /^prompts\/[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\/[a-z0-9][a-z0-9-]{0,63}\.wav$/,
  /^prompts\/[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\/(synthesised|recorded)\.json$/,
  /^asterisk\/[a-z0-9_][a-z0-9_.-]{0,63}\.conf$/,
];

/** Nothing else belongs into a release, and nothing leads out of it. */
export const isReleasePath = (path: string): boolean => paths.some((pattern) => pattern.test(path));

/** A prompt of 20 s at 48 kHz has 2 MB. */
export const largestFile = 4 * 1024 * 1024;
