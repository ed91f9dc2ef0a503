import { isMap, parseDocument } from "yaml";
import type { PromptId } from "../definition.ts";

/** What comes from elsewhere is written into a file of ours: only a language's tag may be a key there. */
const tag = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** The manifest with the words of prompts that it has not yet, behind its own; every other letter of it stays. */
export function withPrompts(
  manifest: string,
  words: ReadonlyMap<PromptId, Record<string, string>>,
): { text: string; added: PromptId[] } {
  const prompts = parseDocument(manifest).get("prompts", true);
  const has = (id: string) => isMap(prompts) && prompts.has(id);
  const added = [...words.keys()].filter((id) => !has(id));
  if (added.length === 0) return { text: manifest, added };
  const lines = added.map((id) => {
    const told = Object.entries(words.get(id)!)
      .filter(([language]) => tag.test(language))
      .map(([language, text]) => `${language}: ${JSON.stringify(text)}`);
    return `  ${id}: { ${told.join(", ")} }\n`;
  });
  // Behind the last of the prompts, wherever in the file they stand.
  const end = isMap(prompts) && prompts.items.length > 0 ? (prompts.range?.[2] ?? manifest.length) : null;
  if (end === null)
    return { text: `${manifest.replace(/^prompts:.*\n?/m, "")}prompts:\n${lines.join("")}`, added };
  const before = manifest.slice(0, end).replace(/\n*$/, "\n");
  return {
    text: `${before}\n  # taken over from another system\n${lines.join("")}${manifest.slice(end)}`,
    added,
  };
}
