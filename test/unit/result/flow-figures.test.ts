import { describe, expect, it } from "vitest";
import { asksNothingMore, figuresOf } from "#result/flow-figures.ts";
import { readFlow } from "../../support/shipped-flows.ts";

const fft = readFlow("fft");
const count = (step: string, calls: number, hungUp = 0, unanswered = 0) => ({
  ...{ step, calls, hungUp, unanswered, brokeOff: 0, medianMs: 4_000 },
});

describe("the figures of a flow", () => {
  const figures = figuresOf(
    fft,
    {
      steps: [count("question", 200, 20, 10), count("thanks", 150, 100), count("of-old", 3)],
      ways: [
        { step: "question", leftBy: "key 1", times: 120 },
        { step: "question", leftBy: "hang-up", times: 20 },
        { step: "question", leftBy: "key 2", times: 60 },
      ],
    },
    [
      { flow: "fft", step: "question", language: "en-GB", calls: 3 },
      { flow: "fft", step: "question", language: "cy-GB", calls: 1 },
      { flow: "ring-back", step: "question", language: "en-GB", calls: 9 },
    ],
  );
  const of = (step: string) => figures.find((each) => each.step === step)!;

  it("stand in the order of the flow, what it has no more at the end", () => {
    expect(figures.map(({ step }) => step)).toEqual([...Object.keys(fft.steps), "of-old"]);
    expect(figures.filter(({ gone }) => gone).map(({ step }) => step)).toEqual(["of-old"]);
  });

  it("count who was lost, and who is there now", () => {
    expect(of("question")).toMatchObject({ calls: 200, lost: 30, lossShare: 0.15, live: 4 });
    expect(of("greeting")).toMatchObject({ calls: 0, lost: 0, lossShare: null, live: 0, medianMs: null });
  });

  it("do not call it a loss when somebody hangs up while we say goodbye", () => {
    expect(of("thanks")).toMatchObject({ hungUp: 100, lost: null, lossShare: null });
    expect(asksNothingMore(fft, "say-goodbye")).toBe(true);
    expect(asksNothingMore(fft, "welcome"), "a question follows").toBe(false);
    expect(asksNothingMore(fft, "no-such-step")).toBe(false);
  });

  it("name every way out, taken or not, the most used first", () => {
    const ways = of("question").ways;
    expect(ways.slice(0, 3)).toEqual([
      { on: "key 1", times: 120, share: 0.6 },
      { on: "key 2", times: 60, share: 0.3 },
      { on: "hang-up", times: 20, share: 0.1 },
    ]);
    expect(ways.map(({ on }) => on)).toEqual(expect.arrayContaining(["key 3", "key 6", "unanswered"]));
  });
});
