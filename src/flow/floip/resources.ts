import type { PromptFacts } from "../check/prompt-facts.ts";
import type { Piece, PromptId } from "../definition.ts";
import { type Lost, type Resource, uuidOf } from "./container.ts";

export interface Speaking {
  flow: string;
  languages: readonly string[];
  prompts: PromptFacts;
  resources: Map<string, Resource>;
  lost: Lost[];
}

/**
 * What is said, as a resource: its words, and the sound of each prompt in turn. A resource of FLOIP is the same in every
 * call: what only the call knows is lost.
 * @returns the resource's uuid
 */
export function spokenResource(pieces: readonly Piece[], path: (string | number)[], at: Speaking): string {
  for (const [i, piece] of pieces.entries()) {
    if (typeof piece === "string") continue;
    const [name = "", value = ""] = Object.entries(piece)[0] ?? [];
    const what = `{ ${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)} } is not said`;
    at.lost.push({ flow: at.flow, path: [...path, i], what });
  }
  const ids = pieces.filter((piece) => typeof piece === "string");
  for (const id of ids) put([id], at);
  return put(ids, at);
}

function put(ids: readonly PromptId[], { languages, prompts, resources }: Speaking): string {
  const uuid = uuidOf("resource", ...ids);
  const values = languages.flatMap((language) => {
    const words = ids.flatMap((id) => prompts.wordsOf(id, language) ?? []).join(" ");
    const text = { content_type: "TEXT", mime_type: "text/plain", value: words.replaceAll("@", "@@") };
    const sounds = ids.map((id) => ({ content_type: "AUDIO", mime_type: "audio/wav", value: `${id}.wav` }));
    return [...(words === "" ? [] : [text]), ...sounds].map((value) => ({
      ...value,
      language_id: language,
      modes: ["IVR"],
    }));
  });
  resources.set(uuid, { uuid, values });
  return uuid;
}

/** The prompts of a resource that came in, and their words by language where these can be told. */
export interface Heard {
  ids: PromptId[];
  words: Map<PromptId, Record<string, string>>;
}

/** @param otherwise what to name the prompt where there is no sound to name it by */
export function heardIn(
  resource: Resource | undefined,
  otherwise: PromptId,
  tags: ReadonlyMap<string, string>,
): Heard {
  const values = resource?.values ?? [];
  const first = values[0]?.language_id;
  const sounds = values.filter((value) => value.content_type === "AUDIO" && value.language_id === first);
  const texts = values.filter(({ content_type }) => content_type === "TEXT");
  const named = sounds.map(({ value }) => slug(value.replace(/^.*\//, "").replace(/\.\w+$/, "")));
  const ids = named.length > 0 ? named : texts.length > 0 ? [otherwise] : [];
  const words = new Map<PromptId, Record<string, string>>();
  if (ids.length === 1) {
    const told = texts.map(({ language_id, value }) => [
      tags.get(language_id) ?? language_id,
      value.replaceAll("@@", "@"),
    ]);
    words.set(ids[0]!, Object.fromEntries(told) as Record<string, string>);
  }
  return { ids, words };
}

export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64) || "unnamed";
