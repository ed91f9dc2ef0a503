/** A recording that ends before anybody ended it: by a full disk, or by a # whose event was lost with the connection. */
import { expect, it } from "vitest";
import type { LineEvent } from "#call/line.ts";
import { AttentiveLine } from "#call/line-events.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { readFlow, walk } from "../../support/shipped-flows.ts";

const flow = readFlow("fft");
const toTone: CallerAct[] = [
  ...[{ hear: "greeting-keys" }, { press: "1" }, { hear: "fft-question" }, { press: "2" }],
  ...[{ hear: "read-back-keys" }, { press: "1" }, { hear: "tone" }, { wait: 2_500 }, { talk: 200 }],
];
const toReview: CallerAct[] = [{ hear: "review-keys" }, { press: "1" }];
const consents: CallerAct[] = [{ hear: "consent-question" }, { press: "1" }];

/** Ends what is being recorded once somebody talks; its end is told as `told` says. */
class BreaksOff extends ScriptedLine {
  told: Partial<Extract<LineEvent, { kind: "recording-finished" }>> = {};
  /** As soon as it has begun, and not once somebody talks. */
  atOnce = false;

  override async next(untilMs: number): Promise<LineEvent | null> {
    const event = await super.next(untilMs);
    if (event?.kind === (this.atOnce ? "recording-started" : "talk-started"))
      for (const name of this.recorded.keys()) this.stopRecording(name);
    return event?.kind === "recording-finished" ? { ...event, ...this.told } : event;
  }
}

async function brokenOff(told: BreaksOff["told"], after: CallerAct[]) {
  const call = [...toTone, ...after];
  const line = new BreaksOff(call);
  line.told = told;
  const { log, disposition } = await walk(flow, { call }, { line });
  expect(disposition).toBe("completed");
  const keys = log.steps.flatMap(({ key }) => (key ? [key.digit] : [])).join("");
  return { keys, endsNoted: log.partsEnded.length };
}

const keysOf = async (...how: Parameters<typeof brokenOff>) => (await brokenOff(...how)).keys;

it("cut off by a full disk: no key stands there that nobody pressed, and the call goes on", async () => {
  expect(await keysOf({}, [...toReview, ...consents])).toBe("12111");
});

it("that Asterisk could not make: likewise", async () => {
  expect(await keysOf({ failed: true }, [])).toBe("121");
});

it("whose end came while the connection was away: a # ended it", async () => {
  expect(await keysOf({ sightLost: true }, [...toReview, ...consents])).toBe("121#11");
});

it("cut off by a full disk has no end that was seen, so that it is marked however little is missing", async () => {
  expect((await brokenOff({}, [...toReview, ...consents])).endsNoted).toBe(0);
  expect((await brokenOff({ sightLost: true }, [...toReview, ...consents])).endsNoted).toBe(1);
});

it("and one in which nobody had said anything has: it replaces no earlier telling", async () => {
  const call = [...toTone.slice(0, -2), { wait: 3_000 }, ...toReview, ...consents];
  const line = new BreaksOff(call);
  line.told = { failed: true };
  line.atOnce = true;
  const { log } = await walk(flow, { call }, { line });
  expect(log.partsEnded).toHaveLength(1);
});

/** Presses a key just as a silence ends what is being recorded; is out of sight so many times when it is asked for. */
class PressesLate extends ScriptedLine {
  unseenTimes = 0;
  nudged: number[] = [];
  late: { digit: string } | null = null;
  #stopped = false;

  override inSight = async () => this.unseenTimes-- <= 0;

  override startRecording(...[name, options]: Parameters<ScriptedLine["startRecording"]>): void {
    if (options.underPrompts) this.nudged.push(this.monotonicMs());
    super.startRecording(name, options);
  }

  override async next(untilMs: number): Promise<LineEvent | null> {
    if (!this.late || !this.#stopped) return super.next(untilMs);
    const { digit } = this.late;
    this.late = null;
    return { kind: "key", digit, atMs: this.now().getTime() };
  }

  override stopRecording(name: string): void {
    this.#stopped = true;
    super.stopRecording(name);
  }
}

async function silentFor(acts: CallerAct[], change: (line: PressesLate) => void) {
  const call = [...toTone, ...acts, ...toReview, ...consents];
  const line = new PressesLate(call);
  change(line);
  const { log, disposition } = await walk(flow, { call }, { line });
  expect(disposition).toBe("completed");
  return { keys: log.steps.flatMap(({ key }) => (key ? [key.digit] : [])).join(""), nudged: line.nudged };
}

it("a # pressed as silence ends a story is kept, and nobody is nudged who has said that they are done", async () => {
  const { keys, nudged } = await silentFor([], (line) => {
    line.late = { digit: "#" };
  });
  expect(keys).toBe("121#11");
  expect(nudged).toEqual([]);
});

it("hearing nothing of somebody is no silence while Asterisk tells nothing: it is counted anew", async () => {
  const acts: CallerAct[] = [{ hear: "take-your-time" }, { talk: 1_000 }, { press: "#" }];
  const seen = await silentFor(acts, () => {});
  const unseen = await silentFor(acts, (line) => {
    line.unseenTimes = 2;
  });
  expect(unseen.keys).toBe(seen.keys);
  expect(unseen.nudged[0]! - seen.nudged[0]!).toBe(10_000);
});

it("an Asterisk that tells all too late holds no line for ever: after five times it is a silence all the same", async () => {
  const line = new PressesLate([]);
  line.unseenTimes = Number.POSITIVE_INFINITY;
  const attentive = new AttentiveLine(line, line);
  const heard = [];
  for (let asked = 0; asked < 7; asked++)
    heard.push(await attentive.nextOrSilence(line.monotonicMs() + 1_000));
  expect(heard).toEqual([...Array(5).fill("unseen"), "silence", "silence"]);
});

it("a key for what comes next, pressed behind the # before the recording has closed, waits for it", async () => {
  const call = [...toTone, { press: "#" }, { press: "1" }, ...consents] satisfies CallerAct[];
  const { log, disposition } = await walk(flow, { call }, { line: new ScriptedLine(call) });
  expect(disposition).toBe("completed");
  expect(log.steps.flatMap(({ key }) => (key ? [key.digit] : [])).join("")).toBe("121#11");
});

it("a recording that had ended by itself when silence was to end it, was ended by a # that nobody was told of", async () => {
  const line = new EndedBefore([...toTone, ...toReview, ...consents]);
  const { log } = await walk(flow, { call: [] }, { line });
  expect(log.steps.flatMap(({ key }) => (key ? [key.digit] : [])).join("")).toBe("121#11");
});

/** Answers each request to stop with: there is no such recording. */
class EndedBefore extends ScriptedLine {
  override async next(untilMs: number): Promise<LineEvent | null> {
    const event = await super.next(untilMs);
    return event?.kind === "recording-finished" ? { ...event, endedBefore: true } : event;
  }
}

/** Stands still from one moment on; what happened by then it tells only once it has answered. */
class StandsStill extends ScriptedLine {
  #held: LineEvent[] = [];
  #answered = false;

  override inSight = async () => {
    this.#answered = true;
    return true;
  };

  override async next(untilMs: number): Promise<LineEvent | null> {
    if (this.#answered && this.#held.length > 0) return this.#held.shift()!;
    const event = await super.next(untilMs);
    if (this.#answered || (event?.kind !== "talk-started" && event?.kind !== "talk-finished")) return event;
    this.#held.push(event);
    return this.next(untilMs);
  }
}

it("what waited behind the answer of an Asterisk that stood still is heard before anybody is nudged", async () => {
  const call: CallerAct[] = [...toTone, { talk: 6_000 }, { press: "#" }, ...toReview, ...consents];
  const line = new StandsStill(call);
  const { log } = await walk(flow, { call }, { line });
  expect(log.steps.flatMap(({ key }) => (key ? [key.digit] : [])).join("")).toBe("121#11");
  expect(line.heard).not.toContain("take-your-time");
});
