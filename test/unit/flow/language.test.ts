import { expect, it } from "vitest";
import { resume, start } from "#flow/interpreter.ts";
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
