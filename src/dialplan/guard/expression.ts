/** What Asterisk would put in for ${...} and $[...] in an application's arguments, found as Asterisk finds it. */

export interface Reference {
  /** A variable or a function between ${ and }, or a calculation between $[ and ]. */
  kind: "variable" | "function" | "calculation";
  /** Of the variable or function; "" of a calculation. */
  name: string;
  /** What stands between a function's brackets, or in a calculation, as written. */
  inner: string;
  /** Where it begins in the text that was looked at; 0 is the first character. */
  offset: number;
  /** Behind its closing bracket. */
  end: number;
  /** Those inside it, by their places in the same text. */
  parts: Reference[];
  /** The name itself is put together at run time, so nobody can say what it is. */
  dynamic: boolean;
}

/** Brackets that do not close, or a sign that Asterisk may read in two ways. */
export class Unclear extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Deeper than anybody writes, and shallow enough for any stack. */
const deepest = 8;

/** @throws Unclear */
export function referencesIn(text: string, from = 0, to = text.length, depth = 0): Reference[] {
  if (depth > deepest) throw new Unclear("references stand in one another too deeply", from);
  const found: Reference[] = [];
  for (let at = text.indexOf("$", from); at >= 0 && at < to; at = text.indexOf("$", at)) {
    const opening = text[at + 1];
    if (opening !== "{" && opening !== "[") {
      at++;
      continue;
    }
    const end = closingOf(text, at + 2, to, opening);
    const parts = referencesIn(text, at + 2, end, depth + 1);
    found.push(
      opening === "["
        ? {
            ...{ kind: "calculation", name: "", inner: text.slice(at + 2, end), offset: at, end: end + 1 },
            ...{ parts, dynamic: false },
          }
        : referenceAt(text, at, end, parts),
    );
    at = end + 1;
  }
  return found;
}

/** Asterisk counts every bracket of that kind, quoted or not. */
function closingOf(text: string, from: number, to: number, opening: "{" | "["): number {
  const closing = opening === "{" ? "}" : "]";
  for (let at = from, open = 1; at < to; at++) {
    if (text[at] === opening) open++;
    if (text[at] === closing && --open === 0) return at;
  }
  throw new Unclear(`a $${opening} has no ${closing}`, from - 2);
}

function referenceAt(text: string, at: number, closing: number, parts: Reference[]): Reference {
  const inner = text.slice(at + 2, closing);
  const place = { offset: at, end: closing + 1 };
  const bracket = inner.indexOf("(");
  const nameEnd = at + 2 + (bracket < 0 ? inner.length : bracket);
  const dynamic = parts.some(({ offset }) => offset < nameEnd);
  if (bracket < 0) return { kind: "variable", name: inner, inner: "", ...place, parts, dynamic };
  const close = inner.lastIndexOf(")");
  if (close < bracket) throw new Unclear("a function's ( has no )", at);
  const arguments_ = inner.slice(bracket + 1, close);
  const rest = inner.slice(close + 1);
  if (!/^(?::-?\d+){0,2}$/.test(rest)) throw new Unclear("something stands behind a function's )", at);
  return { kind: "function", name: inner.slice(0, bracket), inner: arguments_, ...place, parts, dynamic };
}

/** Those of the text itself replaced, so that only what is written out remains. */
export const withoutReferences = (
  text: string,
  references: readonly Reference[],
  { from = 0, by = "" } = {},
): string =>
  references.reduceRight(
    (rest, { offset, end }) => `${rest.slice(0, offset - from)}${by}${rest.slice(end - from)}`,
    text,
  );
