import { expect, it } from "vitest";
import { readManifest } from "#prompts/manifest.ts";
import { promptBook, soundName } from "#prompts/prompt-book.ts";
import { shortHash } from "#prompts/sounds.ts";
import { promptStates } from "#prompts/states.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { humWav, manifest, promptFiles } from "../../support/prompt-files.ts";

function opened(files: ReleaseFiles, rehearsal = true) {
  const told: string[] = [];
  const watch = {
    fellBack: (prompt: string, asked: string, heard: string) => void told.push(`${prompt} ${asked}>${heard}`),
    missing: (prompt: string, asked: string) => void told.push(`${prompt} ${asked} missing`),
  };
  return { told, book: promptBook(files, { watch, rehearsal }) };
}
const nameOf = (files: ReleaseFiles, path: string) => soundName(hashOf(files.get(path)!));

it("gives each prompt by its content, so that a changed one has another name", () => {
  const before = promptFiles();
  const after = promptFiles({ "prompts/en-GB/hello.wav": humWav({ hertz: 400 }) });
  const [one, other] = [before, after].map((files) => opened(files).book.soundOf("hello", "en-GB"));
  expect(one).toEqual({ name: nameOf(before, "prompts/en-GB/hello.wav"), language: "en-GB" });
  expect(other).toEqual({ name: nameOf(after, "prompts/en-GB/hello.wav"), language: "en-GB" });
  expect(one?.name).toMatch(/^hearback\/by-content\/[0-9a-f]{32}$/);
  expect(one?.name).not.toBe(other?.name);
});

it("falls back by the manifest's rule, tells each time, and never gives another prompt", () => {
  const files = promptFiles({ "prompts/cy-GB/one.wav": null });
  const { book, told } = opened(files);
  expect(book.soundOf("one", "cy-GB")).toEqual({
    name: nameOf(files, "prompts/en-GB/one.wav"),
    language: "en-GB",
  });
  expect(book.soundOf("hello", "cy-GB")?.language).toBe("cy-GB");
  book.soundOf("one", "cy-GB");
  expect(told).toEqual(["one cy-GB>en-GB", "one cy-GB>en-GB"]);
  expect(book.languages).toEqual(["en-GB"]);
});

it("does not fall back where the manifest names no language for it", () => {
  const { book, told } = opened(promptFiles({ "prompts/en-GB/one.wav": null }));
  expect(book.soundOf("one", "en-GB")).toBeNull();
  expect(book.soundOf("no-such-prompt", "cy-GB")).toBeNull();
  expect(told).toEqual(["one en-GB missing", "no-such-prompt cy-GB missing"]);
});

it.each([
  ["cy", "cy-GB"],
  ["en-US", "en-GB"],
  ["pl-PL", "en-GB"],
])("says what somebody of %s understands best: %s", (asked, heard) => {
  expect(opened(promptFiles()).book.soundOf("hello", asked)?.language).toBe(heard);
});

it("lets patients hear no stand-in that nobody approved; rehearsals may", () => {
  const files = promptFiles();
  expect(opened(files, false).book.soundOf("hello", "cy-GB")?.language).toBe("en-GB");
  expect(opened(files, false).book.languages).toEqual(["en-GB"]);
  expect(opened(files, true).book.languages).toEqual(["en-GB", "cy-GB"]);
});

it("lets patients hear what was approved, until its words or its sound are others", () => {
  const sound = promptFiles().get("prompts/cy-GB/hello.wav")!;
  const approved = `{ hello: { by: Nia, on: 2026-11-22, words: "${shortHash("Helo i chi.")}", sound: "${shortHash(sound)}" } }`;
  const text = manifest.replace("review: needed", `review: needed, approved: ${approved}`);
  const heard = (others: Record<string, Uint8Array | string>) =>
    opened(promptFiles({ "prompts/manifest.yaml": text, ...others }), false).book.soundOf("hello", "cy-GB")
      ?.language;
  expect(heard({})).toBe("cy-GB");
  expect(heard({ "prompts/manifest.yaml": text.replace("Helo i chi.", "Helo chi.") })).toBe("en-GB");
});

it("knows how each prompt stands", () => {
  const files = promptFiles({
    "prompts/manifest.yaml": manifest.replace("Hello there.", "Good day."),
    "prompts/cy-GB/one.wav": null,
    "prompts/en-GB/goodbye.wav": humWav({ hertz: 500 }),
  });
  const { manifest: read } = readManifest(files);
  const kinds = [...promptStates(files, read!)].map(([tag, states]) => [
    tag,
    Object.fromEntries([...states].map(([id, { kind, making }]) => [id, `${kind} ${making}`])),
  ]);
  expect(Object.fromEntries(kinds)).toEqual({
    "en-GB": { hello: "changed recorded", one: "recorded recorded", goodbye: "recorded recorded" },
    "cy-GB": { hello: "stand-in stand-in", one: "missing null", goodbye: "stand-in stand-in" },
  });
});
