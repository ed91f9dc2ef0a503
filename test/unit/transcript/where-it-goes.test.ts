import { describe, expect, it } from "vitest";
import { placeOf, type TranscriptRow } from "#transcript/where-it-goes.ts";

const row = (id: string, different: Partial<TranscriptRow> = {}): TranscriptRow => ({
  ...{ id, state: "waiting", engine: null, model: null, rough: null, current: false },
  ...different,
});
const heard = (id: string, engine: string, different: Partial<TranscriptRow> = {}) =>
  row(id, { state: "done", engine, model: "1", rough: false, ...different });
const google = { name: "google", model: "1", rough: false };
const rough = { name: "pocketsphinx", model: "1", rough: true };
const current = { current: true };

describe("an engine's result", () => {
  it.each<[string, TranscriptRow[], ReturnType<typeof placeOf>]>([
    ["fills the row that waits for anybody", [row("a", current)], { into: "a", drop: null, show: true }],
    ["is for nobody where no row is", [], null],
    ["is for nobody where the job ran twice", [heard("a", "google", current)], null],
    ["is for nobody where another is asked for", [row("a", { engine: "whisper" })], null],
    [
      "replaces its own failure",
      [heard("a", "google", { ...current, state: "failed" })],
      { into: "a", drop: null, show: true },
    ],
    [
      "replaces the failure of the engine that was before it",
      [heard("a", "whisper", { ...current, state: "failed" })],
      { into: "a", drop: null, show: true },
    ],
    [
      "stands beside another engine's, and is shown",
      [heard("a", "whisper", current), row("b", { engine: "google" })],
      { into: "b", drop: null, show: true },
    ],
    [
      "of another model stands beside the old one's",
      [heard("a", "google", { ...current, model: "0" }), row("b", { engine: "google" })],
      { into: "b", drop: null, show: true },
    ],
    [
      "of the same model takes the place of its earlier one",
      [heard("a", "google", current), row("b", { engine: "google" })],
      { into: "a", drop: "b", show: true },
    ],
  ])("%s", (_, rows, place) => {
    expect(placeOf(rows, google, "done")).toEqual(place);
  });

  it("that is rough is not shown where better words are, but where none or only rough ones are", () => {
    const asked = row("b", { engine: "pocketsphinx" });
    const show = (shown: TranscriptRow) => placeOf([shown, asked], rough, "done")?.show;
    expect(show(heard("a", "google", current))).toBe(false);
    expect(show(heard("a", "sphinx", { ...current, rough: true }))).toBe(true);
    expect(show(heard("a", "google", { ...current, state: "failed" }))).toBe(true);
  });

  it("that is a failure hides no words and spoils none", () => {
    const asked = row("b", { engine: "google" });
    expect(placeOf([heard("a", "whisper", current), asked], google, "failed")).toEqual({
      into: "b",
      drop: null,
      show: false,
    });
    expect(placeOf([heard("a", "google", current), asked], google, "failed")).toEqual({
      into: null,
      drop: "b",
      show: false,
    });
  });
});
