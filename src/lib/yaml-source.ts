/** A YAML file that people edit, with the place of everything in it: what checkers point at. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { messageOf } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { readText } from "./text-source.ts";

export type Path = readonly (string | number)[];

/** Line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

export interface YamlSource {
  file: string;
  text: string;
  /** As plain data; aliases and merges resolved. */
  value: unknown;
  /** Where the deepest thing on the path stands that is there; with "key", where its name is written. */
  at(path: Path, what?: "key" | "value"): Place;
}

/** Faults: `encoding`, `too-large`, `tab`, `duplicate-key`, `yaml-syntax`. Without any there is a source. */
export function readYaml(
  file: string,
  bytes: Uint8Array,
): { source: YamlSource; faults: [] } | { source: null; faults: Fault[] } {
  const read = readText(file, bytes);
  if (read.text === null) return { source: null, faults: read.faults };
  const { text } = read;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = document.errors.map((error) => asFault(error, place));
  if (faults.length > 0) return { source: null, faults: firstOfEach(faults) };
  try {
    const value: unknown = document.toJS();
    const at: YamlSource["at"] = (path, what = "value") => place(offsetOf(document, path, what));
    return { source: { file, text, value, at }, faults: [] };
  } catch (thrown) {
    // Aliases of aliases, which would grow without bound.
    const what = messageOf(thrown);
    return { source: null, faults: [faultOf("yaml-syntax", place(0), what, "write it out without aliases")] };
  }
}

/** One line that is indented wrongly makes all that follow it seem so. */
const firstOfEach = (faults: readonly Fault[]): Fault[] =>
  faults.filter(
    ({ rule, what }, index) =>
      rule !== "yaml-syntax" || faults.findIndex((other) => other.what === what) === index,
  );

function offsetOf(document: Document, path: Path, what: "key" | "value"): number {
  let found: Node | null = isNode(document.contents) ? document.contents : null;
  let name: Node | null = null;
  for (const part of path) {
    const holder = isAlias(found) ? found.resolve(document) : found;
    const next = isMap(holder) ? pairOf(holder, part, document) : isSeq(holder) ? itemOf(holder, part) : null;
    if (!next) break;
    name = next.key;
    found = next.value ?? next.key;
  }
  const node = what === "key" ? (name ?? found) : found;
  return node?.range?.[0] ?? 0;
}

type Entry = { key: Node | null; value: Node | null };

function pairOf(map: YAMLMap, name: string | number, document: Document): Entry | null {
  const merged: YAMLMap[] = [];
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    if (String(key.value) === String(name)) return { key, value: isNode(value) ? value : null };
    const from = isAlias(value) ? value.resolve(document) : value;
    if (key.value === "<<" && isMap(from)) merged.push(from);
  }
  for (const from of merged) {
    const found = pairOf(from, name, document);
    if (found) return found;
  }
  return null;
}

function itemOf({ items }: { items: unknown[] }, index: string | number): Entry | null {
  const item = items[Number(index)];
  return isNode(item) ? { key: item, value: item } : null;
}

const known: Partial<Record<string, { rule: string; what: string; instead: string }>> = {
  DUPLICATE_KEY: {
    rule: "duplicate-key",
    what: "this is written twice in one place",
    instead: "keep one of the two, or give one another name",
  },
  TAB_AS_INDENT: { rule: "tab", what: "a tab stands where spaces must", instead: "indent with spaces" },
};

const plainer: Partial<Record<string, string>> = {
  BAD_INDENT: "close the bracket before it, or indent it as far as its neighbours",
  MISSING_CHAR: "put in what is missing",
  FLOW_IN_INDENT: "close the bracket before this line, or indent the line",
  BLOCK_AS_IMPLICIT_KEY: "begin a new line, or put the text in quotes",
  MULTILINE_IMPLICIT_KEY: "put the text in quotes, or the colon on the same line",
};

function asFault(error: YAMLError, place: (offset: number) => Place): Fault {
  const at = place(error.pos[0]);
  const told = known[error.code];
  if (told) return faultOf(told.rule, at, told.what, told.instead);
  const what = `this is not YAML: ${error.message.split("\n")[0]}`;
  return faultOf(
    "yaml-syntax",
    at,
    what,
    plainer[error.code] ?? "look at the brackets, quotes and indentation",
  );
}

const faultOf = (rule: string, at: Place, what: string, instead: string): Fault => ({
  ...at,
  rule,
  level: "fault",
  what,
  instead,
});
