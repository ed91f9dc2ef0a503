/** What a file of a release is to those who edit it. */
export type FileKind = "flow" | "test" | "words" | "dialplan" | "trunks" | "sound" | "record";

/** @param path one that a release may have (files.ts, isReleasePath) */
export function fileKind(path: string): FileKind {
  if (path.endsWith(".test.yaml")) return "test";
  if (path.startsWith("flows/")) return "flow";
  if (path === "prompts/manifest.yaml") return "words";
  if (path.startsWith("asterisk/")) return path === "asterisk/trunks.conf" ? "trunks" : "dialplan";
  return path.endsWith(".wav") ? "sound" : "record";
}

/** People write it as text; sounds are recorded, and their records Hearback writes itself. */
export const isWritten = (path: string): boolean => !["sound", "record"].includes(fileKind(path));
