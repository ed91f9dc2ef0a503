import { isUtf8 } from "node:buffer";
import { AppError } from "#lib/errors.ts";

export type Encoding = "utf-8" | "windows-1252";

/** A list that cannot be read as rows at all. */
export class ListUnreadable extends AppError {
  readonly line: number;
  readonly fault: string;
  readonly remedy: string;

  constructor(line: number, fault: string, remedy: string) {
    super("list_unreadable", `line ${line}: ${fault}; ${remedy}`, { line });
    this.line = line;
    this.fault = fault;
    this.remedy = remedy;
  }
}

const lineFeed = 0x0a;

/**
 * The file's bytes as UTF-8 without byte order mark, checked, in bounded memory.
 * @throws ListUnreadable at the line of the first byte that is not in the encoding told
 */
export async function* toUtf8(bytes: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = encoding === "windows-1252" ? new TextDecoder("windows-1252") : null;
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let first = true;
  for await (const part of bytes) {
    let chunk: Buffer = Buffer.concat([rest, part]);
    if (first && chunk.length < 3) {
      rest = chunk;
      continue;
    }
    if (first) chunk = withoutMark(chunk);
    first = false;
    if (decoder) {
      rest = Buffer.alloc(0);
      yield Buffer.from(decoder.decode(chunk, { stream: true }));
      continue;
    }
    const whole = wholeCharacters(chunk);
    rest = chunk.subarray(whole);
    line = checked(chunk.subarray(0, whole), line);
    yield chunk.subarray(0, whole);
  }
  if (rest.length > 0) {
    checked(rest, line);
    yield rest;
  }
}

/** Takes a UTF-8 byte order mark away; says so where the file is UTF-16, as Excel's "Unicode text" is. */
function withoutMark(chunk: Buffer): Buffer {
  const utf16 = (chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff);
  if (utf16) throw new ListUnreadable(1, "the file is UTF-16", 'save it as "CSV UTF-8"');
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk;
}

/** How many bytes of the chunk are whole characters: at most the last three belong to the next chunk. */
function wholeCharacters(chunk: Buffer): number {
  for (let back = 1; back <= Math.min(3, chunk.length); back += 1) {
    const byte = chunk[chunk.length - back]!;
    if (byte < 0x80) return chunk.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? chunk.length - back : chunk.length;
    }
  }
  return chunk.length;
}

/** @returns the line on which the next chunk begins */
function checked(chunk: Buffer, line: number): number {
  const good = isUtf8(chunk);
  let at = line;
  for (let from = 0; from < chunk.length; at += 1) {
    const end = chunk.indexOf(lineFeed, from);
    if (!good && !isUtf8(chunk.subarray(from, end < 0 ? chunk.length : end))) {
      throw new ListUnreadable(
        at,
        "the file is not UTF-8, perhaps Windows-1252 as Excel's plain CSV is",
        'save it as "CSV UTF-8", or import it with --encoding windows-1252',
      );
    }
    if (end < 0) return at;
    from = end + 1;
  }
  return at;
}
