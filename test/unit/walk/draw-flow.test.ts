import { describe, expect, it } from "vitest";
import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import { type DrawOptions, drawFlow } from "#walk/draw/draw-flow.ts";
import { wordsOf } from "#walk/words.ts";
import { filesWith, readFlow, shippedFiles, shippedFlows } from "../../support/shipped-flows.ts";
import { hearback } from "../cli/run-command.ts";

const words = wordsOf(shippedFiles, "en-GB");
const draw = (flow: Flow, options: DrawOptions = {}) => drawFlow(flow, { words, ...options });
/** Each box: its step and every text in it. */
const boxesOf = (svg: string): Map<string, string[]> =>
  new Map(
    [...svg.matchAll(/<g transform="[^"]+" data-step="([^"]+)">(.*?)<\/g>/gs)].map(([, step, inside]) => [
      step!,
      [...inside!.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, text]) => text!),
    ]),
  );
const arrowsOf = (svg: string): string[] =>
  [...svg.matchAll(/data-from="([^"]+)" data-to="([^"]+)"/g)].map(([, from, to]) => `${from} > ${to}`);
const cornersOf = (svg: string) =>
  [
    ...svg.matchAll(
      /<g transform="translate\(([\d.]+) ([\d.]+)\)" data-step="([^"]+)">\n<rect width="(\d+)" height="(\d+)"/g,
    ),
  ].map(([, x, y, step, width, height]) => ({
    step: step!,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));

describe.each([...shippedFlows.values()].map((flow) => [flow.flow, flow] as const))(
  "the drawing of %s",
  (_, flow) => {
    const svg = draw(flow);

    it("has a box for each step, and none over another", () => {
      expect([...boxesOf(svg).keys()].toSorted()).toEqual(Object.keys(flow.steps).toSorted());
      const boxes = cornersOf(svg);
      expect(boxes).toHaveLength(Object.keys(flow.steps).length);
      for (const [i, a] of boxes.entries())
        for (const b of boxes.slice(i + 1)) {
          const apart =
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          expect(apart, `${a.step} and ${b.step}`).toBe(true);
        }
    });

    it("is the same each time, and holds no script and nothing from outside", () => {
      expect(draw(flow)).toBe(svg);
      expect(svg).not.toMatch(/<script|javascript:|\son\w+=|<image|url\((?!#)|NaN|undefined/);
      expect(svg.match(/https?:\/\/[^"]+/g)).toEqual(["http://www.w3.org/2000/svg"]);
    });

    it("tells who cannot see it what leads where", () => {
      expect(svg).toContain('role="img" aria-labelledby="flow-title flow-desc"');
      for (const step of Object.keys(flow.steps))
        expect(svg).toMatch(new RegExp(`<desc.*\\b${step} \\(.*</desc>`));
    });
  },
);

describe("the drawing of the FFT", () => {
  const svg = draw(readFlow("fft"));

  it("has the arrows of the flow, one for all keys that lead to the same step", () => {
    const arrows = arrowsOf(svg);
    expect(arrows.filter((arrow) => arrow === "question > read-back")).toHaveLength(1);
    expect(arrows).toEqual(
      expect.arrayContaining(["opening > greeting-callback", "review > story-more", "story > thanks"]),
    );
    expect(arrows.some((arrow) => arrow.endsWith("> end"))).toBe(false);
    expect(svg).toContain(">1–6</text>");
  });

  it("says in a box what it says first, and the ways that all steps have", () => {
    expect(boxesOf(svg).get("question")).toEqual([
      ...["question", "menu", "Overall, how was your experience of our", "service?"],
      "no answer: say-goodbye",
    ]);
    expect(boxesOf(svg).get("thanks")?.at(-1)).toBe("then hangs up");
    expect(boxesOf(svg).get("opt-out-undone")?.at(-1)).toBe("then back to where the key was pressed");
  });

  it("leads the way that it was written for straight down", () => {
    const spine = [
      "opening",
      "greeting",
      "welcome",
      "question",
      "read-back",
      "story",
      "review",
      "consent",
      "thanks",
    ];
    const places = spine.map((step) => cornersOf(svg).find((box) => box.step === step)!);
    expect(new Set(places.map(({ x }) => x)).size).toBe(1);
    expect(places.map(({ y }) => y)).toEqual(places.map(({ y }) => y).toSorted((a, b) => a - b));
    expect(
      cornersOf(svg).every(({ x, step }) => spine.includes(step) || x > places[0]!.x + places[0]!.width),
    ).toBe(true);
  });

  it("has room for notes, a link and a mark on a step", () => {
    const notes = new Map([
      ["question", { lines: ["1,204 calls", "12 lost <here>"], href: "/room/x?a=1&b=2", level: 0.5 }],
    ]);
    const noted = draw(readFlow("fft"), { notes });
    expect(boxesOf(noted).get("question")?.slice(-2)).toEqual(["1,204 calls", "12 lost &#60;here&#62;"]);
    expect(noted).toMatch(
      /<a href="\/room\/x\?a=1&#38;b=2">\n<g [^>]*data-step="question">\n<rect [^>]*fill="rgb\(255,230,223\)"/,
    );
    expect(noted.match(/<a /g)).toHaveLength(1);
  });
});

it("what somebody writes into a flow is text, not markup", () => {
  const text = new TextDecoder().decode(shippedFiles.get("flows/fft.yaml"));
  const title = "title: '<script>alert(1)</script>'";
  const files = filesWith({ "flows/fft.yaml": text.replace(/title: .*/, title) });
  expect(draw(readFlows(files).flows.get("fft")!)).not.toContain("<script");
});

it("hearback flow draw writes it", async () => {
  const { status, stdout } = await hearback(["flow", "draw", "ring-back"]);
  expect(status).toBe(0);
  expect(stdout).toBe(draw(readFlow("ring-back")));
});
