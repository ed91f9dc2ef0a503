import { readFileSync, statSync } from "node:fs";

export type ReadFile = (file: string) => Uint8Array;

interface Known {
  stamp: string;
  bytes: Uint8Array;
}

/**
 * Reads each file once, until it changes: pages ask for 22 MB of prompts at every view, in the process that holds calls.
 * The same bytes are given out again, so that nobody hashes them twice (release/files.ts) and nobody may change them.
 */
export function readingUnchangedOnce(): ReadFile {
  const files = new Map<string, Known>();
  return (file) => {
    // Before it is read: whatever is written meanwhile is read again the next time.
    const { mtimeNs, ctimeNs, size, ino } = statSync(file, { bigint: true });
    const stamp = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
    const known = files.get(file);
    if (known?.stamp === stamp) return known.bytes;
    const bytes = readFileSync(file);
    files.set(file, { stamp, bytes });
    return bytes;
  };
}
