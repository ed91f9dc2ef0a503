import { parse } from "yaml";
import type { Piece } from "#flow/definition.ts";
import { type ReleaseFiles, textOf } from "#release/files.ts";

/** What is said, by prompt id, in one language. */
export type Words = ReadonlyMap<string, string>;

/** The words of the manifest in one language; a prompt without words in it has those of another. */
export function wordsOf(files: ReleaseFiles, language: string): Words {
  const words = new Map<string, string>();
  try {
    const manifest = parse(textOf(files, "prompts/manifest.yaml") ?? "", { merge: true });
    for (const [id, texts] of Object.entries<Record<string, unknown>>(manifest?.prompts ?? {})) {
      const text = texts?.[language] ?? Object.values(texts ?? {})[0];
      const said = typeof text === "object" && text !== null && "text" in text ? text.text : text;
      if (typeof said === "string") words.set(id, said);
    }
  } catch {
    // The checkers say what is wrong with the manifest; until then ids stand for words.
  }
  return words;
}

const supplied: Record<string, string> = {
  spokenName: "(the trust's name)",
  ringBackNumber: "(our telephone number)",
  storyLimit: "(how long they may speak)",
  story: "(what they told)",
  callback: "(the time chosen)",
  rating: "(what they chose)",
};

/** What a step says, as somebody who reads the flow may be told it; values of the call itself in brackets. */
export const tellPieces = (pieces: readonly Piece[], words: Words): string =>
  pieces.flatMap((piece) => tellPiece(piece, words)).join(" ");

function tellPiece(piece: Piece, words: Words): string[] {
  if (typeof piece === "string") return [words.get(piece) ?? `[${piece}]`];
  if ("pauseMs" in piece) return [];
  if ("offer" in piece)
    return [`(${piece.language}, where it is offered: ${words.get(piece.offer) ?? piece.offer})`];
  const [kind, value] = Object.entries(piece)[0] ?? [];
  return [supplied[String(value)] ?? `(${kind}: ${String(value)})`];
}
