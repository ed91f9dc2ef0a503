import type { FileHandle } from "node:fs/promises";

export interface BackwardLine {
  text: string;
  /** It has its line feed; the last line of a file that is being written may not have it yet. */
  whole: boolean;
}

const chunkBytes = 64 * 1024;
/** Longer than this it is no line of text. */
const longestBytes = 1024 * 1024;

/**
 * A file's lines from the last to the first, as it is when it begins: a chunk of 64 KiB is in memory at a time. Whoever
 * has enough stops reading.
 * @throws RangeError where a line is longer than a megabyte
 */
export async function* linesBackwards(file: FileHandle): AsyncGenerator<BackwardLine> {
  let at = (await file.stat()).size;
  let rest: Buffer = Buffer.alloc(0);
  let whole = false;
  let first = true;
  while (at > 0) {
    const from = Math.max(0, at - chunkBytes);
    const chunk = Buffer.alloc(at - from);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, from);
    // Cut short under our hands: what is left of it is not what was there.
    if (bytesRead < chunk.length) throw new RangeError("the file became shorter while it was read");
    at = from;
    rest = Buffer.concat([chunk, rest]);
    for (let end = rest.lastIndexOf(10); end >= 0; end = rest.lastIndexOf(10)) {
      const text = rest.subarray(end + 1).toString("utf8");
      if (!first || text !== "") yield { text, whole };
      first = false;
      whole = true;
      rest = rest.subarray(0, end);
    }
    if (rest.length > longestBytes) throw new RangeError("a line is longer than a megabyte");
  }
  if (!first || rest.length > 0) yield { text: rest.toString("utf8"), whole };
}
