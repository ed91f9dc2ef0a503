// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
/** The shipped Asterisk files as a release has them, and the same with one of them changed. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ReleaseFiles } from "#release/files.ts";

const shipped = new Map<string, Uint8Array>([
  ...globSync("dialplans/asterisk/*.conf").map(
    (path) => [`asterisk/${basename(path)}`, readFileSync(path)] as const,
  ),
  ...globSync("prompts/**/*.{wav,yaml}").map((path) => [path, new Uint8Array()] as const),
]);

export const shippedFiles = (): Map<string, Uint8Array> => new Map(shipped);

export const shippedText = (name: string): string =>
  new TextDecoder().decode(shipped.get(`asterisk/${name}`));

/** @param texts by name, such as "hooks.conf"; null takes the file away */
export function filesWith(texts: Record<string, string | null>): ReleaseFiles {
  const files = shippedFiles();
  for (const [name, text] of Object.entries(texts))
    if (text === null) files.delete(`asterisk/${name}`);
    else files.set(`asterisk/${name}`, new TextEncoder().encode(text));
  return files;
}

/** hooks.conf with these lines as the hook before; the first of them stands on line 3. */
export const before = (...lines: string[]): string =>
  [
    "[before-inbound]",
    "exten => s,1,NoOp()",
    ...lines,
    " same => n,Return()",
    "[after-inbound]",
    "exten => s,1,Return()",
    "",
  ].join("\n");
