/** A call that changes hands in the middle: from what was kept as JSON, the next process goes on at the same step. */
import { describe, expect, it } from "vitest";
import type { CallSoFar } from "#call/conversation-options.ts";
import type { CallStep } from "#call/ports.ts";
import { start } from "#flow/interpreter.ts";
import type { FlowState } from "#flow/state.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { scriptedContext as context } from "#walk/walk-script.ts";
import { readFlow, walk } from "../../support/shipped-flows.ts";

const flow = readFlow("fft");
const part = (take: number, number: number): string => `hb-${context.callId}-${take}-${number}`;

/** The last thing kept of a call that broke off after these acts, as Postgres gives it back. */
async function brokenOff(call: CallerAct[]): Promise<{ soFar: CallSoFar; steps: CallStep[] }> {
  const line = new ScriptedLine([...call, { lose: true }]);
  const steps: CallStep[] = [];
  // Whoever is killed keeps nothing afterwards.
  const keep = async (step: CallStep) => void (line.over || steps.push(structuredClone(step)));
  const { log } = await walk(flow, { call }, { line, keep });
  const last = steps.at(-1);
  const state: FlowState = last?.state ?? start(flow, context).state;
  const partsBegun = log.parts.map(({ name }) => ({ name, agoMs: 4_000 }));
  return JSON.parse(JSON.stringify({ soFar: { state, sequence: last?.sequence ?? 0, partsBegun }, steps }));
}

const goOn = (soFar: CallSoFar, call: CallerAct[], line = new ScriptedLine(call)) =>
  walk(flow, { call }, { soFar, line });

const toQuestion: CallerAct[] = [{ hear: "greeting-keys" }, { press: "1" }, { hear: "fft-question" }];
const toReadBack: CallerAct[] = [...toQuestion, { press: "2" }, { hear: "read-back-keys" }];
const toInvitation: CallerAct[] = [...toReadBack, { press: "1" }, { hear: "story-invitation" }];
const toTone: CallerAct[] = [...toReadBack, { press: "1" }, { hear: "tone" }, { wait: 2_500 }];
const toReview: CallerAct[] = [...toTone, { talk: 3_000 }, { press: "#" }, { hear: "review-keys" }];

describe("a call that another process takes over", () => {
  it.each<[string, CallerAct[], string, CallerAct[], string]>([
    [
      "in the greeting",
      [{ hear: "hello" }],
      "hello",
      [{ hear: "greeting-keys" }, { press: "3" }],
      "declined",
    ],
    [
      "in the welcome",
      toQuestion.slice(0, 2),
      "welcome",
      [{ hear: "for-poor" }, { hangUp: true }],
      "hung_up",
    ],
    [
      "at the question",
      toQuestion,
      "fft-question",
      [{ press: "4" }, { hear: "poor" }, { hangUp: true }],
      "partial",
    ],
    ["at the reading back", toReadBack, "you-said", [{ hear: "good" }, { hangUp: true }], "partial"],
    ["in the invitation", toInvitation, "story-invitation", [{ press: "#" }], "completed"],
    [
      "at the review",
      toReview,
      "review-keys",
      [{ press: "1" }, { hear: "consent-question" }, { press: "1" }],
      "completed",
    ],
    [
      "at the consent",
      [...toReview, { press: "1" }, { hear: "consent-question" }],
      "consent-question",
      [{ press: "2" }],
      "completed",
    ],
    ["in the thanks", [...toInvitation, { press: "#" }, { hear: "thank-you" }], "thank-you", [], "completed"],
    [
      "in the story read to them",
      [...toReview, { press: "2" }, { hear: "here-is-your-story" }],
      "here-is-your-story",
      [{ hangUp: true }],
      "partial",
    ],
    [
      "after opting out",
      [...toQuestion, { press: "9" }, { hear: "opted-out" }],
      "opted-out",
      [],
      "opted_out",
    ],
    [
      "while a time is chosen",
      [{ hear: "greeting-keys" }, { press: "2" }, { hear: "callback-choose" }],
      "callback-choose",
      [{ press: "2" }],
      "callback",
    ],
  ])("%s", async (_, before, repeated, after, disposition) => {
    const { soFar, steps } = await brokenOff(before);
    const acts = after.length > 0 ? [{ hear: repeated }, ...after] : [];
    const { line, log, disposition: ended } = await goOn(soFar, acts);
    expect(line.heard.slice(0, 2)).toEqual(["let-me-repeat", repeated]);
    expect(
      line.heard.filter((prompt) => prompt === "let-me-repeat"),
      "said once",
    ).toHaveLength(1);
    expect(ended).toBe(disposition);
    const sequences = [...steps, ...log.steps].map(({ sequence }) => sequence);
    expect(sequences, "goes on behind the last step kept").toEqual(sequences.map((_step, n) => n + 1));
  });

  it("keeps every answer given before, and the tries of the question begin anew", async () => {
    const { soFar } = await brokenOff([
      ...toReadBack,
      { press: "2" },
      { hear: "fft-question" },
      { wait: 60_000 },
    ]);
    const { line, talked } = await goOn(soFar, [
      { hear: "for-very-good" },
      { press: "1" },
      { hear: "very-good" },
    ]);
    expect(talked.state.answers.rating).toBe(1);
    expect(line.heard).not.toContain("welcome");
  });
});

describe("a story that is being told when its process dies", () => {
  it("goes on in the same recording, and nothing is said", async () => {
    const { soFar } = await brokenOff([...toTone, { talk: 3_000 }]);
    const acts: CallerAct[] = [{ talk: 2_000 }, { press: "#" }, { hear: "review-keys" }, { press: "1" }];
    const line = new ScriptedLine(acts);
    line.begunBefore.set(part(1, 1), "running");
    const { log, talked, disposition } = await goOn(soFar, acts, line);
    expect(line.heard[0]).toBe("review-keys");
    expect(talked.state.story).toMatchObject({ keptTake: 1, parts: { 1: [part(1, 1)] } });
    expect(log.steps[0]).toMatchObject({
      key: { digit: "#", step: "story" },
      effects: [{ kind: "keep-take" }],
    });
    expect(log.parts, "no new part").toEqual([]);
    expect(disposition).toBe("completed");
  });

  it("what was told counts, also when they hang up right then", async () => {
    const { soFar } = await brokenOff([...toTone, { talk: 3_000 }]);
    const line = new ScriptedLine([{ wait: 500 }, { hangUp: true }]);
    line.begunBefore.set(part(1, 1), "running");
    const { talked } = await goOn(soFar, [], line);
    expect(talked.state.story.parts).toEqual({ 1: [part(1, 1)] });
  });

  it("has a limit still, counted from its beginning", async () => {
    const { soFar } = await brokenOff([...toTone, { talk: 3_000 }]);
    const line = new ScriptedLine([{ talk: 60_000 }]);
    line.begunBefore.set(part(1, 1), "running");
    const began = line.monotonicMs();
    const heardAt = new Promise<number>((resolve) => {
      const play = line.play.bind(line);
      line.play = (id, audio) => {
        resolve(line.monotonicMs() - began);
        play(id, audio);
      };
    });
    const { log } = await goOn(soFar, [], line);
    expect(log.steps[0]!.state.step).toBe("story-limit");
    // 20 s less the 4 s before; the recording's closing takes a moment.
    expect(await heardAt).toBeLessThan(16_200);
  });

  it("that they ended with a # while nobody was there is over at once", async () => {
    const { soFar } = await brokenOff([...toTone, { talk: 3_000 }]);
    const line = new ScriptedLine([{ hear: "review-keys" }, { hangUp: true }]);
    line.begunBefore.set(part(1, 1), "ended");
    const { talked, log } = await goOn(soFar, [], line);
    expect(line.heard[0]).toBe("review-keys");
    expect(log.steps[0]).toMatchObject({ key: { digit: "#", step: "story" } });
    expect(talked.state.story.parts).toEqual({ 1: [part(1, 1)] });
  });

  it("that ended at its limit meanwhile is told so", async () => {
    const { soFar } = await brokenOff([...toTone, { talk: 3_000 }]);
    const line = new ScriptedLine([{ hear: "story-limit-reached" }, { hangUp: true }]);
    line.begunBefore.set(part(1, 1), "ended");
    const partsBegun = soFar.partsBegun.map(({ name }) => ({ name, agoMs: 120_000 }));
    const { log } = await goOn({ ...soFar, partsBegun }, [], line);
    expect(line.heard[0]).toBe("story-limit-reached");
    expect(log.steps[0]).toMatchObject({ key: null });
  });

  it("is not waited for where nobody speaks any more: silence counts from the takeover on", async () => {
    const { soFar } = await brokenOff([...toTone, { talk: 3_000 }]);
    const line = new ScriptedLine([{ hear: "take-your-time" }, { hangUp: true }]);
    line.begunBefore.set(part(1, 1), "running");
    const { talked } = await goOn(soFar, [], line);
    expect(line.heard).toEqual(["take-your-time"]);
    expect(line.monotonicMs()).toBeGreaterThan(5_000);
    expect(line.monotonicMs()).toBeLessThan(6_500);
    expect(talked.state.story.parts).toEqual({ 1: [part(1, 1)] });
  });

  it("a tone that was cut off sounds again, under the same name", async () => {
    const { soFar } = await brokenOff([...toTone, { talk: 3_000 }]);
    const acts: CallerAct[] = [
      { hear: "tone" },
      { wait: 1_000 },
      { talk: 1_000 },
      { press: "#" },
      { hear: "review-keys" },
    ];
    const { line, talked } = await goOn(soFar, [...acts, { hangUp: true }]);
    expect(line.heard.slice(0, 2)).toEqual(["let-me-repeat", "story-invitation"]);
    expect([...line.recorded.keys()]).toEqual([part(1, 1)]);
    expect(talked.state.story.parts).toEqual({ 1: [part(1, 1)] });
  });

  it("the part that is told after a silence is known to whoever takes over", async () => {
    const second: CallerAct[] = [...toTone, { talk: 3_000 }, { hear: "take-your-time" }, { talk: 2_000 }];
    const third: CallerAct[] = [...second, { wait: 20_000 }];
    const { soFar } = await brokenOff(second);
    expect(soFar.state.story).toMatchObject({ part: 2, nudged: true });
    const nothingYet = await brokenOff([...toTone, { hear: "take-your-time" }, { talk: 2_000 }]);
    expect(nothingYet.soFar.state.story).toMatchObject({ part: 2, nudged: true, parts: {} });
    // After a second silence the flow goes on; a third part is never begun by silence alone.
    expect((await brokenOff(third)).soFar.state.step).toBe("review");
    const line = new ScriptedLine([{ press: "#" }, { hear: "review-keys" }, { hangUp: true }]);
    line.begunBefore.set(part(1, 2), "running");
    const { talked } = await goOn(soFar, [], line);
    expect(talked.state.story.parts).toEqual({ 1: [part(1, 1), part(1, 2)] });
  });
});

describe("a call that was taken from us", () => {
  it("is left alone: nothing of ours hangs it up", async () => {
    const { AppError } = await import("#lib/errors.ts");
    const line = new ScriptedLine(toReadBack);
    const { talked } = await walk(
      flow,
      { call: toReadBack },
      {
        line,
        keep: async () => {
          throw new AppError("call_taken_over", "another has it");
        },
      },
    );
    expect(talked.end).toEqual({ kind: "lost" });
    expect(line.hungUpByUs).toBe(false);
  });
});
