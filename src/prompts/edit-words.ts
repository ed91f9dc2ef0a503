/** The words of one prompt changed in the manifest's text; all else in it, comments too, stays as it was written. */
import { type Document, isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { hashOf } from "#release/files.ts";
import { type Manifest, notesKey, parseManifest } from "./manifest.ts";

export interface PromptWords {
  /** By language. */
  texts: ReadonlyMap<string, string>;
  notes: string | null;
}

/** @throws Error where there is no such prompt */
export function wordsIn({ prompts }: Manifest, id: string): PromptWords {
  const entry = prompts.get(id);
  if (!entry) throw new Error(`there is no prompt "${id}"`);
  return { texts: new Map([...entry.words].map(([tag, { text }]) => [tag, text])), notes: entry.notes };
}

/** By which a save knows what its author saw, whatever was written of other prompts meanwhile. */
export const wordsHash = ({ texts, notes }: PromptWords): string =>
  hashOf(new TextEncoder().encode(JSON.stringify([[...texts].sort(), notes])));

/**
 * @param text the manifest's, which can be read
 * @throws Error where the words would not come out as given
 */
export function withWords(text: string, id: string, words: PromptWords): string {
  const document = parseDocument(text);
  const wanted = new Map([
    ...words.texts,
    ...(words.notes === null ? [] : [[notesKey, words.notes] as const]),
  ]);
  const changed = withEntry(document, text, id, wanted);
  const { manifest } = parseManifest(changed);
  if (!manifest || wordsHash(wordsIn(manifest, id)) !== wordsHash(words))
    throw new Error(`the words of "${id}" cannot be written into the manifest`);
  return changed;
}

function withEntry(
  document: Document,
  text: string,
  id: string,
  wanted: ReadonlyMap<string, string>,
): string {
  const entry = document.getIn(["prompts", id], true);
  if (!isMap(entry)) return added(document, text, id, wanted);
  const scalars = new Map(
    (entry as YAMLMap).items.map((pair: Pair) => [String((pair.key as Scalar).value), pair.value]),
  );
  const sameKeys = scalars.size === wanted.size && [...wanted.keys()].every((key) => scalars.has(key));
  if (!sameKeys) return spliced(text, entry.range!, written(wanted, entry.flow === true));
  let changed = text;
  // From behind, so that the places of those before stay true.
  for (const [key, node] of [...scalars].reverse())
    if (isScalar(node) && node.value !== wanted.get(key))
      changed = spliced(changed, node.range!, JSON.stringify(wanted.get(key)));
  return changed;
}

/** `range`: where it begins, and where its value ends. */
const spliced = (text: string, [from, to]: readonly [number, number, number], by: string): string => {
  const end = from + text.slice(from, to).trimEnd().length;
  return text.slice(0, from) + by + text.slice(end);
};

const indent = " ".repeat(4);

/** In the place of an entry, whose first key stands where the text begins. */
function written(wanted: ReadonlyMap<string, string>, inBraces: boolean): string {
  const pairs = [...wanted].map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return inBraces ? `{ ${pairs.join(", ")} }` : pairs.join(`\n${indent}`);
}

/** Behind the last of all prompts. */
function added(document: Document, text: string, id: string, wanted: ReadonlyMap<string, string>): string {
  const prompts = document.get("prompts", true);
  const end = isMap(prompts) ? prompts.range![1] : text.length;
  const before = text.slice(0, end).trimEnd();
  return `${before}\n  ${id}:\n${indent}${written(wanted, false)}\n${text.slice(end)}`;
}
