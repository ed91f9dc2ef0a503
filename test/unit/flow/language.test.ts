import { describe, expect, it } from "vitest";
import { offersOf } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { advance, resume, start } from "#flow/interpreter.ts";
import { durable } from "#flow/state.ts";
import { scriptedContext as context } from "#walk/walk-script.ts";
import { readFlow } from "../../support/shipped-flows.ts";

const welsh = { ...context, language: "cy-GB" };
const fft = readFlow("fft");

it("a call begins in the language of its visit, and what is written down keeps it", () => {
  const { state } = start(fft, welsh);
  expect(state.language).toBe("cy-GB");
  expect(JSON.parse(JSON.stringify(durable(state)))).toMatchObject({ language: "cy-GB" });
});

it("one that goes on elsewhere stays in the language it had come to", () => {
  const { state } = start(fft, context);
  expect(resume(fft, context, { ...state, language: "cy-GB" }).state.language).toBe("cy-GB");
  const from = { step: "welcome", answers: {}, confirmed: true };
  expect(start(fft, context, { ...from, language: "cy-GB" }).state.language).toBe("cy-GB");
  expect(start(fft, welsh, from).state.language).toBe("cy-GB");
});

it("a state written by an older version of us, without a language, goes on in the visit's", () => {
  const { language: _, ...old } = start(fft, context).state;
  expect(resume(fft, welsh, old as typeof old & { language: string }).state.language).toBe("cy-GB");
});

describe("a language offered by a key", () => {
  const offers = ["en-GB", "cy-GB"];
  const offering = { ...context, offers };
  const key = (digit: string) => ({ kind: "key", digit }) as const;

  it("is said in it behind the first word, and its key changes to it", () => {
    const begun = start(fft, offering);
    expect(begun.command).toMatchObject({ kind: "ask", expects: ["1", "2", "3", "4", "5"] });
    expect(begun.command).toHaveProperty("say.2", { prompt: "for-welsh", language: "cy-GB" });
    const next = advance(fft, offering, begun.state, key("5"));
    expect(next.state).toMatchObject({ language: "cy-GB", step: "greeting", tries: 0 });
    expect(next.command).toMatchObject({ expects: ["1", "2", "3", "4", "6"] });
    expect(next.command).toHaveProperty("say.2", { prompt: "for-english", language: "en-GB" });
  });

  it("is neither said nor there where the campaign offers nothing", () => {
    const begun = start(fft, context);
    expect(begun.command).toMatchObject({ expects: ["1", "2", "3", "4"] });
    expect(JSON.stringify(begun.command)).not.toMatch(/for-welsh|for-english/);
    expect(advance(fft, context, begun.state, key("5")).state).toMatchObject({ language: "en-GB", tries: 1 });
  });

  it("is no choice while it is spoken", () => {
    const begun = start(fft, { ...welsh, offers });
    expect(advance(fft, { ...welsh, offers }, begun.state, key("5")).state).toMatchObject({ tries: 1 });
  });

  it("are the campaign's own and those it offers, and none where it offers none", () => {
    expect(offersOf(parseSettings({ offerLanguages: ["cy-GB"] }))).toEqual(["en-GB", "cy-GB"]);
    expect(offersOf(parseSettings({}))).toEqual([]);
  });
});
