import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** One .deb, named so that neither the mirror nor the network has to be trusted. */
export interface LockedFile {
  sha256: string;
  bytes: number;
  /** Below the mirror's root, e.g. pool/main/a/asterisk/asterisk_22.10.1_amd64.deb */
  poolPath: string;
}

export interface Lock {
  /** Changes whenever any locked file does: the name of the folder the packages are installed into. */
  key: string;
  files: LockedFile[];
}

/** Reads a lock file; throws with the line's number where a line is not "sha256 bytes path". */
export function readLock(path: string): Lock {
  const text = readFileSync(path, "utf8");
  const files: LockedFile[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const found = /^([0-9a-f]{64}) (\d+) (pool\/[^\s]+\.deb)$/.exec(line);
    if (!found) throw new Error(`${path}:${index + 1}: not "sha256 bytes pool/path.deb": ${line}`);
    files.push({ sha256: found[1]!, bytes: Number(found[2]), poolPath: found[3]! });
  }
  return { key: createHash("sha256").update(text).digest("hex").slice(0, 12), files };
}

export function writeLock(files: readonly LockedFile[], comment: readonly string[]): string {
  const sorted = [...files].sort((a, b) => (a.poolPath < b.poolPath ? -1 : 1));
  const lines = sorted.map((file) => `${file.sha256} ${file.bytes} ${file.poolPath}`);
  return [...comment.map((line) => `# ${line}`), ...lines, ""].join("\n");
}

/** "asterisk" of pool/main/a/asterisk/asterisk_22.10.1_amd64.deb. */
export function packageName(poolPath: string): string {
  return poolPath.replace(/.*\//, "").replace(/_.*/, "");
}
