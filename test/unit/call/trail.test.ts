/** What a call leaves of its way: each step, since when, until when, and by which way it was left. */
import { describe, expect, it } from "vitest";
import type { TrailStep } from "#call/trail.ts";
import { edgesOf } from "#flow/edges.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { readFlow, walk } from "../../support/shipped-flows.ts";

const flow = readFlow("fft");
const waysOf = (trail: TrailStep[]) => trail.map(({ step, leftBy }) => [step, leftBy]);
const toQuestion: CallerAct[] = [{ hear: "greeting-keys" }, { press: "1" }, { hear: "fft-question" }];

describe("the trail of a call", () => {
  it("has each step once, in order, those that say nothing too, and the way out of each", async () => {
    const { talked } = await walk(flow, {
      call: [...toQuestion, { press: "2" }, { hear: "you-said" }, { hangUp: true }],
    });
    expect(waysOf(talked.trail)).toEqual([
      ["opening", "otherwise"],
      ["greeting", "key 1"],
      ["welcome", "next"],
      ["question", "key 2"],
      ["read-back", "hang-up"],
    ]);
    expect(talked.trail.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    for (const [at, { enteredMs, leftMs, flow }] of talked.trail.entries()) {
      expect(leftMs).toBeGreaterThanOrEqual(enteredMs);
      expect(enteredMs).toBe(talked.trail[at - 1]?.leftMs ?? 0);
      expect(flow).toBe("fft");
    }
    expect(talked.trail[1]!.leftMs, "the greeting took its time").toBeGreaterThan(2_000);
  });

  it("counts what is asked again as one stay, and names silence at its end", async () => {
    const { talked } = await walk(flow, { call: [...toQuestion, { press: "*" }, { press: "8" }] });
    const ways = waysOf(talked.trail);
    expect(ways.filter(([step]) => step === "question")).toEqual([["question", "unanswered"]]);
    expect(ways.at(-1)?.[1], "it ended by its own way out").toBe("next");
  });

  it("tells opting out and coming back", async () => {
    const { talked } = await walk(flow, {
      call: [...toQuestion, { press: "9" }, { hear: "opt-out-mistake" }, { hangUp: true }],
    });
    expect(waysOf(talked.trail)).toContainEqual(["question", "key 9"]);
    expect(talked.trail.at(-1)?.leftBy).toBe("hang-up");
  });

  it("names ways as the flow's drawing does", async () => {
    const { talked } = await walk(flow, {
      call: [
        ...toQuestion,
        { press: "2" },
        { hear: "read-back-keys" },
        { press: "1" },
        { hear: "tone" },
        { talk: 3_000 },
        { press: "#" },
      ],
    });
    const inside = talked.trail.filter(({ leftBy }) => leftBy !== "hang-up");
    for (const { step, leftBy } of inside)
      expect(
        edgesOf(flow, step).map(({ on }) => on),
        step,
      ).toContain(leftBy);
    expect(inside.length).toBeGreaterThan(6);
  });

  it("goes on behind what an earlier holder had kept, with the time since the answer", async () => {
    const line = new ScriptedLine([{ hear: "fft-question" }, { press: "5" }, { hangUp: true }]);
    const { talked } = await walk(
      flow,
      { call: [] },
      {
        line,
        answeredAt: new Date(line.now().getTime() - 30_000),
        soFar: {
          state: (await walk(flow, { call: [...toQuestion, { lose: true }] })).talked.state,
          sequence: 4,
          partsBegun: [],
        },
      },
    );
    expect(talked.trail[0]).toMatchObject({
      sequence: 5,
      step: "question",
      enteredMs: 30_000,
      leftBy: "key 5",
    });
  });

  it("goes over into the flow of the visit that a caller is asked about", async () => {
    const ringBack = readFlow("ring-back");
    const { talked } = await walk(ringBack, {
      ...{ caller: "known", visit: { rating: null, story: false } },
      call: [
        ...[{ hear: "ring-back-keys" }, { press: "1" }, { hear: "ring-back-who-keys" }, { press: "1" }],
        ...[{ hear: "fft-question" }, { hangUp: true as const }],
      ],
    });
    const flows = talked.trail.map(({ flow }) => flow);
    expect(new Set(flows)).toEqual(new Set(["ring-back", "fft"]));
    expect(talked.trail[flows.lastIndexOf("ring-back")]?.leftBy).toBe("carry-on");
    expect(talked.trail.at(-1)).toMatchObject({ flow: "fft", step: "question", leftBy: "hang-up" });
  });
});
