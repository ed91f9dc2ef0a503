/** Every prompt that ships keeps the rules of prompts/README.md, in every language. */
import { expect, test } from "vitest";
import { readWav } from "#lib/audio/wav.ts";
import { tellFault } from "#lib/fault.ts";
import { checkPrompts } from "#prompts/check-prompts.ts";
import { readManifest } from "#prompts/manifest.ts";
import { soundPath } from "#prompts/sounds.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { readPromptFolder } from "#storage/prompt-folder.ts";

const files = readPromptFolder(repositoryFile("prompts"));
const { manifest } = readManifest(files);
const languages = [...manifest!.languages.keys()];

test("the prompts that ship have no fault", () => {
  const faults = checkPrompts(files).filter(({ level }) => level === "fault");
  expect(faults.map(tellFault)).toEqual([]);
});

const main = languages.filter((tag) => manifest!.languages.get(tag)!.fallback === null);

test.each(main)("every prompt is said in %s", (language) => {
  const without = [...manifest!.prompts.keys()].filter((id) => !files.has(soundPath(language, id)));
  expect(without).toEqual([]);
});

test.each(languages)(
  "the pieces of the greeting are said within 25 s in %s, without the trust's name",
  (language) => {
    const pieces = [
      "hello",
      "automated-call-from",
      "you-asked-us-to-call",
      "are-you-the-person",
      "greeting-keys",
    ];
    const seconds = pieces.map((id) => readWav(files.get(soundPath(language, id))!).samples.length / 8000);
    expect(seconds.reduce((sum, s) => sum + s, 0)).toBeLessThan(25);
  },
);
