import { isWide } from "#prompts/forms.ts";
import { soundPath } from "#prompts/sounds.ts";
import { promptStates, type SoundState } from "#prompts/states.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { languageFrom, needsPrompts, openPrompts } from "./prompts-folder.ts";

export const status = defineCommand({
  name: "prompts status",
  summary:
    "Every prompt in every language: recorded, stand-in, missing, or saying other words than the manifest.",
  options: {
    language: { value: "TAG", help: "only this one, such as cy-GB" },
    json: { help: "for programs: one object, by language and prompt" },
  },
  notes: [
    "stand-in: a machine's voice. approved: a named reviewer let live calls use it.",
    "wide: telephones that speak G.722 hear more of it than others (16 kHz); all others are narrow.",
    "words changed: the sound says what the manifest said before.",
    needsPrompts,
  ].join("\n"),
  examples: ["hearback prompts status", "hearback prompts status --language cy-GB --json"],
  run: async (_operands, given, io) => {
    const { files, manifest } = await openPrompts(io);
    const all = promptStates(files, manifest);
    const tags = given.language === undefined ? [...all.keys()] : [languageFrom(manifest, given.language)];
    if (given.json) {
      const told = tags.map((tag) => [
        tag,
        Object.fromEntries(
          [...all.get(tag)!].map(([id, state]) => [id, { ...state, wide: isWideIn(files, tag, id) }]),
        ),
      ]);
      say(io.stdout, JSON.stringify(Object.fromEntries(told), null, 2));
      return 0;
    }
    const rows = [...manifest.prompts.keys()].map((id) => [
      id,
      ...tags.map((tag) => {
        const word = wordFor(all.get(tag)!.get(id)!);
        return isWideIn(files, tag, id) ? `${word}, wide` : word;
      }),
    ]);
    for (const line of grid([["prompt", ...tags], ...rows])) say(io.stdout, line);
    for (const tag of tags) say(io.stdout, `${tag}: ${counted([...all.get(tag)!.values()])}`);
    return 0;
  },
});

function isWideIn(files: ReleaseFiles, language: string, id: string): boolean {
  const sound = files.get(soundPath(language, id));
  return sound !== undefined && isWide(sound);
}

export function wordFor({ kind, text, approval }: SoundState): string {
  if (kind === "missing") return text === null ? "no words" : "missing";
  if (kind === "changed") return "words changed";
  return approval ? `${kind}, approved` : kind;
}

function counted(states: readonly SoundState[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(wordFor(state), (counts.get(wordFor(state)) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}

/** Columns as wide as they must be. */
export function grid(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
