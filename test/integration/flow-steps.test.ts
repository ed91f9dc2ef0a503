/** Flows over a real Asterisk: the far end plays the patient and, where they are put through, the person there. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { paperBook } from "#call/audio.ts";
import { type Conversation, converse } from "#call/conversation.ts";
import { outcomeOf } from "#call/outcome.ts";
import { type Flow, flowSchema } from "#flow/definition.ts";
import { systemClock } from "#lib/clock.ts";
import { RememberingLog } from "#walk/remembering-log.ts";
import { readFlow } from "../support/shipped-flows.ts";
import { type Bench, likenessOfHeard, startBench } from "./asterisk-bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
}, 120_000);
afterAll(() => bench?.stop());

const flowOf = (steps: string): Flow => ({
  ...flowSchema.parse({
    ...{ flow: "bench", title: "Bench", start: "first", unanswered: "bye" },
    timing: {
      ...{ answerWithinMs: 8000, tries: 2, handsetPauseMs: 100 },
      ...{ sameKeyWithinMs: 50, voicemailTalkMs: 6000 },
    },
    everywhere: { repeat: "*", optOut: { key: "9", next: "bye" } },
    steps: { ...parse(steps), bye: { kind: "end" } },
  }),
  version: "0",
});

/** Every prompt is the bench's short sound; told by its id and the language it was asked for in. */
const said: string[] = [];
const book = {
  ...paperBook,
  soundOf: (prompt: string, language: string) => {
    said.push(`${prompt} ${language}`);
    return { name: "short", language };
  },
};

interface Calling {
  staff?: string;
  talkSeconds?: number;
  contact?: Record<string, string>;
}

async function call(
  patient: string,
  flow: Flow,
  { staff = "", talkSeconds = 60, contact = {} }: Calling = {},
) {
  said.length = 0;
  const line = await bench.answered(patient);
  const log = new RememberingLog();
  const talked: Conversation = await converse({
    ...{ flow, book, line, log, clock: systemClock, timeZone: "Europe/London" },
    context: {
      ...{ callId: crypto.randomUUID(), reason: "first", language: "en-GB", spokenName: "short" },
      ...{ ringBackNumber: "+441632960000", storyLimitSeconds: 20, contact },
    },
    hashPhone: (number) => number,
    transferTo: (name) =>
      name === "desk"
        ? { kind: "number", phone: staff, callerNumber: "+441632960999", talkSeconds, restSeconds: 600 }
        : { kind: "nobody" },
    callbackTimes: async () => ({ kind: "callback-times", sameDay: true, times: [] }),
  });
  if (talked.fault) throw talked.fault;
  const effects = log.steps.flatMap((step) => step.effects);
  return { state: talked.state, outcome: outcomeOf(talked.state, talked.end), effects };
}

const channels = () => bench.connection.operation("channels.list", (client) => client.channels.list());
const bridges = async () => (await bench.connection.request("GET", "bridges")).body;
const nothingLeft = () =>
  expect.poll(async () => [(await channels()).length, await bridges()]).toEqual([0, []]);

describe("keys over the line", () => {
  test("choose the language, and make a date that is said back in it", async () => {
    const flow = flowOf(`
      first:
        kind: language
        choices: [{ key: "1", language: en-GB, say: for-english }, { key: "2", language: cy-GB, say: for-welsh }]
        next: day
      day:
        { kind: digits, answer: day, as: date, date: ddmm, keep: true, say: [which-day], wrong: [no-such-day],
          readBack: [{ date: { answer: day } }, right], next: bye }`);
    const { state, effects } = await call("150", flow);
    expect(state.language).toBe("cy-GB");
    expect(effects).toEqual([{ kind: "answer", name: "day", value: "--12-03" }]);
    expect(said).toEqual([
      ...["for-english en-GB", "for-welsh cy-GB", "which-day cy-GB"],
      ...["day-3 cy-GB", "month-12 cy-GB", "right cy-GB"],
    ]);
    await nothingLeft();
  });
});

describe("a shipped flow", () => {
  test.each([
    ["appointment", { appointment: "2026-12-03T10:30" }, { reply: "confirmed" }, "number-30 en-GB"],
    ["running-late", { minutes: "45" }, { reply: "coming" }, "number-45 en-GB"],
    ["emergency-notice", {}, { understood: true }, "emergency-message en-GB"],
  ])("%s is held to its end, and keeps what was answered", async (name, contact, answers, heard) => {
    const { state, outcome } = await call("151", readFlow(name), { contact });
    expect(outcome).toBe("completed");
    expect(state.answers).toEqual(answers);
    expect(said).toContain(heard);
    await nothingLeft();
  });
});

describe("a caller put through", () => {
  const flow = flowOf(`
    first: { kind: transfer, to: desk, say: [wait], ringSeconds: 5, disposition: completed, next: after, failed: nobody }
    after: { kind: play, say: [after], next: bye }
    nobody: { kind: play, say: [nobody], next: bye }`);

  test("hears the person, and is ours again when they hang up", async () => {
    const { outcome } = await call("120", flow, { staff: "+441632960121" });
    expect(outcome).toBe("completed");
    expect(said).toEqual(["wait en-GB", "after en-GB"]);
    await nothingLeft();
    await expect.poll(() => likenessOfHeard(bench, bench.story)).toBeGreaterThan(0.5);
  });

  test("who hangs up takes the other leg along", async () => {
    const { outcome, state } = await call("121", flow, { staff: "+441632960100" });
    expect(outcome).toBe("completed");
    expect(state.talking).toBe(true);
    await nothingLeft();
  });

  test("has the talk's own time, and is ours again when it is over", async () => {
    const called = call("120", flow, { staff: "+441632960100", talkSeconds: 4 });
    const limits = async () => {
      const ids = (await channels()).map(({ id }) => id as string);
      const asked = ids.map((id) =>
        bench.connection.request("GET", `channels/${id}/variable`, { variable: "TIMEOUT(absolute)" }),
      );
      return (await Promise.all(asked))
        .map(({ body }) => Number((body as { value?: string })?.value))
        .filter((seconds) => seconds > 0) // the listeners beside them have none
        .toSorted((a, b) => a - b);
    };
    // The person's leg, then the caller's: the talk, and the talk with the rest of the call.
    const seen: number[][] = [];
    await vi.waitFor(
      async () => {
        seen.push(await limits());
        const [talk = 0, whole = 0] = seen.at(-1)!;
        expect(talk > 0 && talk <= 4 && whole > 590 && whole <= 604, JSON.stringify(seen)).toBe(true);
      },
      { timeout: 20_000, interval: 100 },
    );
    const { outcome } = await called;
    expect(outcome).toBe("completed");
    expect(said).toEqual(["wait en-GB", "after en-GB"]);
    await nothingLeft();
  });

  test.each([
    ["is engaged", "+441632960101"],
    ["does not answer", "+441632960102"],
  ])("goes on elsewhere where the person %s", async (_, staff) => {
    const { outcome } = await call("100", flow, { staff });
    expect(outcome).toBe("no_response");
    expect(said).toEqual(["wait en-GB", "nobody en-GB"]);
    await nothingLeft();
  });
});
