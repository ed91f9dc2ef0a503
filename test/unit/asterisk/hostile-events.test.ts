/**
 * What Asterisk sends, spoilt: through the real link, reader, dispatch, attempt and line, over a pretend socket. Nothing
 * breaks, and no order of events leads a call into a state that there is none.
 */
import { afterEach, describe, expect, it } from "vitest";
import { wantedEvents } from "#asterisk/ari-events.ts";
import { createAriTelephone } from "#asterisk/ari-telephone.ts";
import { dispositionOf } from "#asterisk/cause-codes.ts";
import { dispositions } from "#call/disposition.ts";
import type { DialOutcome, Line, LineEvent } from "#call/line.ts";
import type { Logger } from "#lib/logger.ts";
import { type Chance, createChance } from "#rehearsal/simulation/chance.ts";
import { openBench, type SocketBench, StillClock } from "./fake-socket.ts";

const id = "hb-a-1";
const order = {
  ...{ attemptId: "a-1", channelId: id, phone: "+447700900123", callerNumber: "+441632960000" },
  ...{ ringSeconds: 20, maxCallSeconds: 300, node: "asterisk" },
};
const channel = {
  id,
  name: "PJSIP/trunk-1",
  state: "Up",
  dialplan: { app_name: "Stasis", app_data: "hb-app" },
};
const timestamp = "2026-11-23T10:00:00.000+0000";
const playback = { id: "p1", target_uri: `channel:${id}`, state: "done" };
const recording = { name: "r1", target_uri: `channel:${id}`, state: "done", duration: 3 };
/** One of each sort that a call has, as Asterisk 22 sends them. */
const frames: Record<string, object> = {
  start: { type: "StasisStart", timestamp, channel, args: ["dialled"] },
  end: { type: "StasisEnd", timestamp, channel },
  ringing: { type: "Dial", timestamp, peer: { ...channel, state: "Ringing" }, dialstatus: "RINGING" },
  state: { type: "ChannelStateChange", timestamp, channel: { ...channel, state: "Ringing" } },
  key: { type: "ChannelDtmfReceived", timestamp, channel, digit: "1", duration_ms: 80 },
  played: { type: "PlaybackStarted", timestamp, playback },
  playedOut: { type: "PlaybackFinished", timestamp, playback },
  recorded: { type: "RecordingStarted", timestamp, recording },
  recordedOut: { type: "RecordingFinished", timestamp, recording },
  recordedNot: { type: "RecordingFailed", timestamp, recording },
  talk: { type: "ChannelTalkingStarted", timestamp, channel },
  quiet: { type: "ChannelTalkingFinished", timestamp, channel, duration: 900 },
  tone: { type: "ChannelToneDetected", timestamp, channel },
  request: { type: "ChannelHangupRequest", timestamp, channel, cause: 16 },
  gone: { type: "ChannelDestroyed", timestamp, channel, cause: 16, tech_cause: 200, cause_txt: "Normal" },
};

const rejections: unknown[] = [];
const onRejection = (reason: unknown) => void rejections.push(reason);
process.on("unhandledRejection", onRejection);
afterEach(() => expect(rejections.splice(0)).toEqual([]));

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** One call over a pretend socket, and all that it told. */
class Call {
  readonly clock = new StillClock();
  outcomes: (DialOutcome | { kind: "threw"; code: unknown })[] = [];
  rang = 0;
  rangLate = false;
  line: Line | null = null;
  told: LineEvent[] = [];
  bench!: SocketBench;
  faults: string[] = [];

  static async begin(): Promise<Call> {
    const call = new Call();
    const fault = (fields: object, message: string) =>
      void call.faults.push(`${message} ${JSON.stringify(fields)}`);
    const nothing = () => {};
    const log: Logger = { info: nothing, warn: nothing, debug: nothing, error: fault, child: () => log };
    call.bench = await openBench(call.clock, log);
    const { connection } = call.bench;
    const telephone = createAriTelephone({
      ...{ connection, trunk: "trunk", clock: call.clock, logger: log, sweepEveryMs: 1e9 },
      mediaOf: () => ["sound:x"],
    });
    const ringing = () => {
      call.rang += 1;
      call.rangLate ||= call.outcomes.length > 0;
    };
    const settled = (outcome: Call["outcomes"][number]) => void call.outcomes.push(outcome);
    telephone.dial(order, ringing).then(
      (outcome) => {
        settled(outcome);
        if (outcome.kind === "answered") void call.#hold(outcome.line);
      },
      (thrown) => settled({ kind: "threw", code: thrown.code }),
    );
    return call;
  }

  /** A conversation: it plays and records at once, and takes all that comes. */
  async #hold(line: Line): Promise<void> {
    this.line = line;
    line.play("p1", [{ prompt: "hello", sound: "hello" }]);
    line.startRecording("r1", { limitMs: 5_000, silenceMs: 3_000, underPrompts: false });
    for (;;) {
      const event = await line.next(Number.POSITIVE_INFINITY);
      if (!event) return;
      this.told.push(event);
      if (event.kind === "hung-up" || event.kind === "lost") return;
    }
  }

  end(): void {
    this.bench.close();
  }
}

/** What must hold of a call whatever came, and in whichever order. */
function illegal({ outcomes, rang, rangLate, told }: Call): string[] {
  const wrong: string[] = [];
  const say = (is: boolean, what: string) => is && wrong.push(what);
  const count = (kind: LineEvent["kind"]) => told.filter((event) => event.kind === kind).length;
  say(outcomes.length > 1, "more than one outcome");
  say(rang > 1, "rang twice");
  say(rangLate, "rang after its outcome");
  say(outcomes[0]?.kind !== "answered" && told.length > 0, "an event of a line that there is none");
  for (const kind of ["play-started", "play-finished", "recording-started", "recording-finished"] as const)
    say(count(kind) > 1, `${kind} twice`);
  const place = (kind: LineEvent["kind"]) => told.findIndex((event) => event.kind === kind);
  say(place("play-started") > place("play-finished") && place("play-finished") >= 0, "played after its end");
  say(
    place("recording-started") > place("recording-finished") && place("recording-finished") >= 0,
    "recorded after its end",
  );
  const ended = told.findIndex(({ kind }) => kind === "hung-up" || kind === "lost");
  say(ended >= 0 && ended < told.length - 1, "an event after the end");
  for (const event of told) {
    if (event.kind === "key")
      say(!/^[0-9*#]$/.test(event.digit) || typeof event.digit !== "string", "no key");
    for (const value of Object.values(event)) say(Number.isNaN(value), `${event.kind} with no number`);
    if (event.kind === "hung-up") say(!isCause(event.cause) || !isSip(event.sipCode), "no cause");
  }
  const outcome = outcomes[0];
  if (outcome?.kind === "not-answered") {
    say(!isCause(outcome.cause) || !isSip(outcome.sipCode), "no cause");
    say(!dispositions.includes(dispositionOf(outcome)), "no disposition");
  }
  return wrong;
}

/** What Postgres has room for, and the field a meaning. */
const isCause = (cause: unknown) =>
  Number.isInteger(cause) && (cause as number) >= 0 && (cause as number) <= 127;
const isSip = (code: unknown) =>
  code === null || (Number.isInteger(code) && (code as number) >= 100 && (code as number) <= 699);

/** Anything that JSON can hold where something else should stand. */
const nonsense = (chance: Chance): unknown =>
  chance.pick<unknown>([
    ...[
      null,
      true,
      -1,
      0,
      1e308,
      99_999,
      32_768,
      3.7,
      "",
      "constructor",
      "__proto__",
      "NaN",
      "16",
      "\0",
      [],
      {},
      [[]],
    ],
    ...[
      { toString: 1 },
      { id },
      "x".repeat(5_000),
      "channel:",
      `channel:${id}`,
      ["1"],
      5,
      "ÿ",
      "2026-13-99T99:99:99",
    ],
    ...["-271821-04-20T00:00:00.000Z", { length: -1 }, "toString", "hasOwnProperty", "\ud800"],
  ]);

function spoil(frame: object, chance: Chance): object | string {
  const copy = JSON.parse(JSON.stringify(frame)) as Record<string, unknown>;
  for (let times = 1 + chance.below(3); times > 0; times -= 1) {
    let place = copy;
    for (let deep = chance.below(3); deep > 0; deep -= 1) {
      const inner = place[chance.pick([...Object.keys(place), "x"])];
      if (typeof inner === "object" && inner !== null) place = inner as Record<string, unknown>;
    }
    const key = chance.pick([...Object.keys(place), chance.pick(["extra", "__proto__", "toString"])]);
    if (chance.happens(0.3)) delete place[key];
    else
      Object.defineProperty(place, key, {
        value: nonsense(chance),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  const text = JSON.stringify(copy);
  if (chance.happens(0.85)) return copy;
  const cut = chance.below(text.length);
  return chance.pick([
    text.slice(0, cut),
    text + text,
    text.slice(cut),
    `[${text}]`,
    `${text}\0`,
    "",
    "null",
    "1e999",
  ]);
}

describe("hostile events", () => {
  it("of 60,000 frames, good, spoilt and doubled, none breaks a call or leads it astray", async () => {
    const chance = createChance(1);
    const names = Object.keys(frames);
    const kinds = new Set<string>();
    const seen: string[] = [];
    for (let calls = 0; calls < 2_000; calls += 1) {
      const call = await Call.begin();
      const said: (object | string)[] = [];
      for (let n = 0; n < 30; n += 1) {
        const frame = frames[chance.pick(names)]!;
        said.push(chance.happens(0.6) ? spoil(frame, chance) : frame);
        // Else most calls would be over before they began.
        if (n === 4 && chance.happens(0.5)) said[n] = frames.start!;
        call.bench.socket.say(said[n]!);
        if (chance.happens(0.1)) answerOne(call, chance);
        if (chance.happens(0.2)) await turn();
      }
      await turn();
      const wrong = illegal(call);
      if (wrong.length > 0 && seen.length < 3) seen.push(`${wrong}: ${JSON.stringify(said).slice(0, 2_000)}`);
      kinds.add(call.outcomes[0]?.kind ?? "open");
      call.end();
    }
    expect(seen).toEqual([]);
    expect([...kinds].sort()).toEqual(expect.arrayContaining(["answered", "not-answered", "open"]));
  });

  it("answers of every shape to what was asked break nothing", async () => {
    const chance = createChance(2);
    for (let calls = 0; calls < 500; calls += 1) {
      const call = await Call.begin();
      call.bench.socket.onAsked = (frame) => {
        const body = nonsense(chance);
        const status = chance.pick<unknown>([200, 204, 404, 409, 500, body]);
        queueMicrotask(() =>
          call.bench.socket.say({
            type: "RESTResponse",
            request_id: frame.request_id,
            status_code: status,
            message_body: body,
          }),
        );
      };
      if (chance.happens(0.5)) call.bench.socket.say(frames.start!);
      await turn();
      expect(illegal(call)).toEqual([]);
      call.end();
    }
  });

  it("knows every event that it asks for, and counts all others as strange", async () => {
    const { bench } = await Call.begin();
    for (const type of [...wantedEvents, "Nonsense", "toString", "__proto__"]) bench.socket.say({ type });
    expect(bench.strange.filter((what) => what !== "malformed")).toEqual([
      ...["replaced", "Nonsense", "toString", "__proto__"],
    ]);
    bench.close();
  });
});

function answerOne(call: Call, chance: Chance): void {
  const asked = call.bench.socket.asked.at(-1 - chance.below(3));
  if (asked)
    call.bench.socket.answer(asked.request_id, chance.pick([200, 204, 404, 409, 500]), nonsense(chance));
}

/** Every order of these, each once as it is and once with one missing or doubled. */
const story = ["ringing", "start", "played", "playedOut", "recorded", "recordedOut", "gone"] as const;

function* permutations<T>(of: readonly T[]): Generator<T[]> {
  if (of.length === 0) yield [];
  for (const [place, first] of of.entries())
    for (const rest of permutations(of.toSpliced(place, 1))) yield [first, ...rest];
}

/** What a plain reading of the order says: the first of answer and end decides. */
function expected(order: readonly (string | undefined)[]): string {
  const [start, gone] = [order.indexOf("start"), order.indexOf("gone")];
  if (start < 0 && gone < 0) return "open";
  return start >= 0 && (gone < 0 || start < gone) ? "answered" : "not-answered";
}

describe("the order of events", () => {
  it("is any: all 5,040 orders of a call's seven, and each with one missing and one doubled", async () => {
    const chance = createChance(3);
    const wrong: string[] = [];
    for (const whole of permutations(story)) {
      const doubled = chance.below(7);
      const spoilt = whole.toSpliced(doubled, 0, whole[doubled]!).toSpliced(chance.below(8), 1);
      for (const sequence of [whole, spoilt]) {
        const call = await Call.begin();
        for (const name of sequence) {
          call.bench.socket.say(frames[name]!);
          // The conversation asks for its playback in the turn after the answer; Asterisk plays nothing before that.
          if (name === "start") await turn();
        }
        await turn();
        const found = call.outcomes[0]?.kind ?? "open";
        const faults = [...illegal(call), ...call.faults];
        if (found !== expected(sequence)) faults.push(`${found}, not ${expected(sequence)}`);
        // A call that is over says so, unless its recording still has a word to say.
        const over = found === "answered" && sequence.includes("gone");
        const after = sequence.slice(sequence.indexOf("start"));
        const says = call.told.some(({ kind }) => kind === "hung-up");
        if (over && after.includes("recordedOut") && !says) faults.push("its end was never told");
        if (faults.length > 0) wrong.push(`${sequence}: ${faults}`);
        call.end();
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
