import type { Trouble } from "./conf.ts";

/** A file's line, with its end taken off. */
export interface Line {
  text: string;
  number: number;
}

/** In bytes, without its end: Asterisk skips a longer line. */
const longest = 8_190;

/** The lines that Asterisk acts on; the others are told as troubles. */
export function linesOf(file: string, text: string): { lines: Line[]; troubles: Trouble[] } {
  const troubles: Trouble[] = [];
  const tell = (kind: Trouble["kind"], line: number, column: number, about: string) =>
    void troubles.push({ kind, at: { file, line, column }, fatal: false, about });
  const lines: Line[] = [];
  // Asterisk passes over a byte order mark at the beginning, since version 20 or so.
  for (const [index, whole] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    const number = index + 1;
    if (Buffer.byteLength(whole) > longest) {
      tell("line-too-long", number, 1, whole.slice(0, 40));
      continue;
    }
    tellOddCharacters(whole, (column, about) => tell("bad-encoding", number, column, about));
    const end = whole.indexOf("\0");
    lines.push({ text: end < 0 ? whole : whole.slice(0, end), number });
  }
  return { lines, troubles };
}

/** What no editor shows, and Asterisk takes as part of a name or a value. */
function tellOddCharacters(line: string, tell: (column: number, about: string) => void): void {
  const odd = /[\0\uFEFF\uFFFD]|\r(?!$)|[\u00A0\u2007\u202F\u200B-\u200F\u2060]/.exec(line);
  if (odd) tell(odd.index + 1, `U+${odd[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`);
}
