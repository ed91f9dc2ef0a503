/** What a speaker hears in the studio, whatever they press and whether they speak or not. */
import { describe, expect, it } from "vitest";
import type { PromptBook } from "#call/prompt-book.ts";
import { recordByTelephone, type StudioOutcome, type WantedPrompt } from "#prompts/record-by-telephone.ts";
import { pretendSpeaker, type Telling } from "../../support/pretend-speaker.ts";

/** Every prompt has a sound, named as it is. */
const book: PromptBook = { languages: ["en-GB"], soundOf: (name, language) => ({ name, language }) };
const hello: WantedPrompt = { id: "hello", text: "Hello there.", heard: true };
const goodbye: WantedPrompt = { id: "goodbye", text: "Goodbye for now.", heard: true };

/** @param away the prompt whose place cannot be written to */
async function studio(wanted: readonly WantedPrompt[], tellings: readonly Telling[], away = "") {
  const speaker = pretendSpeaker(tellings);
  const kept: string[] = [];
  const turns: string[] = [];
  const outcomes: string[] = [];
  const wordOf = (outcome: StudioOutcome) =>
    outcome.kind === "refused" ? outcome.faults.map(({ rule }) => rule).join() : outcome.kind;
  const count = await recordByTelephone(
    {
      ...{ ...speaker, book, language: "en-GB" },
      keep: async ({ id }) => {
        kept.push(id);
        return id === away ? "set-aside" : "kept";
      },
      onTurn: ({ id }) => void turns.push(id),
      onOutcome: (id, outcome) => void outcomes.push(`${id}: ${wordOf(outcome)}`),
    },
    wanted,
  );
  return { count, kept, turns, outcomes, heard: speaker.heard };
}

const asked = "themselves, studio-keys";
const said = ["tone", "says something", asked];
const something = (...keys: (string | null)[]): Telling => ({ says: "something", keys });
const nothing: Telling = { says: "nothing" };

describe("the studio", () => {
  it("keeps with 1, and says goodbye after the last", async () => {
    const { heard, ...told } = await studio([hello], [something("1")]);
    expect(heard).toEqual(["studio-welcome", "hello", ...said, "studio-done", "we hang up"]);
    expect(told).toEqual({ count: 1, kept: ["hello"], turns: ["hello"], outcomes: ["hello: kept"] });
  });

  it("says the prompt and the tone again with 2, and keeps only what is said then", async () => {
    const { heard, ...told } = await studio([hello], [something("2"), something("1")]);
    expect(heard.slice(1, -2)).toEqual(["hello", ...said, "hello", ...said]);
    expect(told.outcomes).toEqual(["hello: again", "hello: kept"]);
    expect(told).toMatchObject({ count: 1, turns: ["hello"] });
  });

  it("plays it once more with 3, as often as it is pressed, and asks again", async () => {
    const { heard, outcomes } = await studio([hello], [something("3", "3", "1")]);
    expect(heard.slice(1, -2)).toEqual(["hello", ...said, asked, asked]);
    expect(outcomes).toEqual(["hello: kept"]);
  });

  it("leaves it as it was with 4, and goes on to the next", async () => {
    const { heard, ...told } = await studio([hello, goodbye], [something("4"), something("1")]);
    expect(heard.slice(1, -2)).toEqual(["hello", ...said, "goodbye", ...said]);
    expect(told.outcomes).toEqual(["hello: skipped", "goodbye: kept"]);
    expect(told).toMatchObject({ count: 1, kept: ["goodbye"] });
  });

  it("goes on to the next after one that was set aside, which counts as not kept", async () => {
    const told = await studio([hello, goodbye], [something("1"), something("1")], "hello");
    expect(told).toMatchObject({ count: 1, outcomes: ["hello: set-aside", "goodbye: kept"] });
  });

  it("asks again, and says why, where what was said cannot be used", async () => {
    const { heard, ...told } = await studio([hello], [nothing, something("1")]);
    const refused = ["hello", "tone", "says nothing", "studio-again"];
    expect(heard.slice(1, -2)).toEqual([...refused, "hello", ...said]);
    expect(told).toMatchObject({ count: 1, outcomes: ["hello: sound-silent", "hello: kept"] });
  });

  it("goes on to the next after five that cannot be used", async () => {
    const { outcomes, kept } = await studio(
      [hello, goodbye],
      [...Array.from({ length: 5 }, () => nothing), something("1")],
    );
    expect(outcomes).toEqual([...Array.from({ length: 5 }, () => "hello: sound-silent"), "goodbye: kept"]);
    expect(kept).toEqual(["goodbye"]);
  });

  it("plays it again to whoever presses nothing, five times, and then leaves it as it was", async () => {
    const { heard, ...told } = await studio([hello], [something(null, "9", null, "#", null)]);
    expect(heard.filter((one) => one === asked)).toHaveLength(5);
    expect(heard.filter((one) => one === "75 s")).toHaveLength(5);
    expect(told).toMatchObject({ count: 0, kept: [], outcomes: ["hello: skipped"] });
  });

  it("plays no sound of other words, but leaves time to read them before the tone, each time", async () => {
    const { heard, turns } = await studio(
      [{ ...hello, heard: false }, goodbye],
      [something("2"), something("1"), something("1")],
    );
    expect(heard.slice(1, -2)).toEqual(["5 s", ...said, "5 s", ...said, "goodbye", ...said]);
    expect(turns).toEqual(["hello", "goodbye"]);
  });

  it("keeps what was kept where they hang up", async () => {
    const { heard, ...told } = await studio([hello, goodbye], [something("1")]);
    expect(told).toMatchObject({ count: 1, kept: ["hello"], outcomes: ["hello: kept"] });
    expect(heard.slice(-2)).toEqual(["goodbye", "tone"]);
  });
});
