import type { Trouble } from "./conf.ts";

/** A file's line, with its end taken off. */
export interface Line {
  text: string;
  number: number;
}

/** What Asterisk reads of a line at once, in bytes, its end included. */
const longest = 8_190;

/** The lines that Asterisk acts on; the others are told as troubles. */
export function linesOf(file: string, text: string): { lines: Line[]; troubles: Trouble[] } {
  const troubles: Trouble[] = [];
  const tell = (kind: Trouble["kind"], line: number, column: number, about: string) =>
    void troubles.push({ kind, at: { file, line, column }, fatal: false, about });
  const lines: Line[] = [];
  let swallowNext = false;
  for (const [index, whole] of text.split("\n").entries()) {
    const number = index + 1;
    const bytes = Buffer.byteLength(whole) + 1;
    const swallowed = swallowNext;
    swallowNext = bytes > longest && bytes % (longest + 1) === 0;
    if (swallowed || bytes > longest) {
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
