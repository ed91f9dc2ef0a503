import type { Audio, JoinOrder, Line, LineEvent, RecordOptions } from "#call/line.ts";
import type { Clock } from "#lib/clock.ts";
import type { CallerAct } from "./caller-act.ts";

const startDelayMs = 20;
const talkNoticedAfterMs = 150;
const quietNoticedAfterMs = 800;
const promptMs = 2_000;
/** The last moment before a key cuts it off nobody is sure to have heard. */
const slackMs = 600;

export interface ScriptedLineOptions {
  /** When the call begins. */
  startsAt?: Date;
  /** Told of each prompt as it begins. */
  onHeard?(prompt: string, sound: string): void;
  /** Told of each sound that was surely heard to its end. */
  onHeardOut?(sound: string): void;
  /** In milliseconds; two seconds each, when not given. */
  lengthOf?(prompt: string, sound: string): number;
}

/** A Monday in the morning. */
const aMonday = new Date("2026-11-23T10:00:00Z");

/**
 * A line to a scripted caller, in virtual time: a whole call runs in a millisecond. No kinder than Asterisk: what is
 * played waits behind what is being played or recorded, events come late, and nothing follows a hang-up.
 */
export class ScriptedLine implements Line, Clock {
  readonly channelId = "hb-channel";
  /** Prompt ids in the order in which they began, pauses left out. */
  readonly heard: string[] = [];
  readonly recorded = new Map<string, RecordOptions>();
  hungUpByUs = false;
  #now = 0;
  #agenda: { at: number; run: () => void; id?: string }[] = [];
  #events: LineEvent[] = [];
  #acts: CallerAct[];
  #waitingFor: string | null = null;
  #waitingForQuiet = false;
  #busy: { kind: "play" | "record"; id: string; audio?: Audio[] }[] = [];
  #over = false;
  #begun = 0;
  readonly #startsAt: number;
  readonly #onHeard: (prompt: string, sound: string) => void;
  readonly #onHeardOut: (sound: string) => void;
  readonly #lengthOf: (prompt: string, sound: string) => number;

  constructor(acts: readonly CallerAct[], options: ScriptedLineOptions = {}) {
    const {
      startsAt = aMonday,
      onHeard = () => {},
      onHeardOut = () => {},
      lengthOf = () => promptMs,
    } = options;
    this.#acts = [...acts];
    this.#startsAt = startsAt.getTime();
    this.#onHeard = onHeard;
    this.#onHeardOut = onHeardOut;
    this.#lengthOf = lengthOf;
    this.#at(0, () => this.#act());
  }

  // ---- Clock
  now = () => new Date(this.#startsAt + this.#now);
  monotonicMs = () => this.#now;
  wait = async () => {};

  /** No event will come any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Nothing will happen by itself before this moment. */
  idleUntil(untilMs: number): boolean {
    return !this.#over && this.#events.length === 0 && this.#agenda.every(({ at }) => at > untilMs);
  }

  /** The caller does this now. */
  feed(acts: readonly CallerAct[]): void {
    this.#acts.push(...acts);
    if (acts.length > 0) this.#at(0, () => this.#act());
  }

  /** The number of the act, from 0, that the caller never came to, or never came behind; null once all is done. */
  get stuckAt(): number | null {
    if (this.#waitingFor !== null || this.#waitingForQuiet) return this.#begun - 1;
    return this.#acts.length > 0 ? this.#begun : null;
  }

  // ---- Line
  async next(untilMs: number): Promise<LineEvent | null> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return event;
      this.#agenda.sort((a, b) => a.at - b.at);
      const first = this.#agenda[0];
      if (!first || first.at > untilMs) {
        if (!Number.isFinite(untilMs)) throw new Error("waiting for ever: no event is coming");
        this.#now = Math.max(this.#now, untilMs);
        return null;
      }
      this.#agenda.shift();
      this.#now = Math.max(this.#now, first.at);
      first.run();
    }
  }

  play(id: string, audio: Audio[]): void {
    this.#enqueue({ kind: "play", id, audio });
  }

  stopPlaying(id: string): void {
    this.#agenda = this.#agenda.filter((item) => item.id !== id);
    const wasFirst = this.#busy[0]?.id === id;
    this.#busy = this.#busy.filter((item) => item.id !== id);
    this.#at(10, () => this.#emit({ kind: "play-finished", id, complete: false }));
    if (wasFirst) this.#startNext();
  }

  startRecording(name: string, options: RecordOptions): void {
    if (this.recorded.has(name)) throw new Error(`a recording named ${name} exists already`);
    this.recorded.set(name, options);
    if (options.underPrompts) this.#beginRecording(name);
    else this.#enqueue({ kind: "record", id: name });
  }

  stopRecording(name: string): void {
    this.#endRecording(name, false);
  }

  /** Recordings that another process began; "ended": only the file is there. */
  readonly begunBefore = new Map<string, "running" | "ended">();

  async takeUpRecording(name: string, options: RecordOptions): Promise<"running" | "ended" | "none"> {
    const found = this.begunBefore.get(name) ?? "none";
    if (found === "running") {
      this.recorded.set(name, options);
      this.#enqueue({ kind: "record", id: name });
    }
    return found;
  }

  /** Orders to join somebody, in order. */
  readonly joins: JoinOrder[] = [];
  #join: "none" | "ringing" | "talking" = "none";

  join(order: JoinOrder): void {
    this.joins.push(order);
    this.#join = "ringing";
    this.#at(order.ringSeconds * 1000, () => this.#parted(), "join");
  }

  part(): void {
    this.#parted();
  }

  inSight = async () => true;
  takeUpJoin = async () => this.#join === "talking" || this.#events.some(({ kind }) => kind === "parted");

  /** Both talk already: another process joined them. */
  joinedBefore(): void {
    this.#join = "talking";
  }

  #parted(): void {
    if (this.#join === "none") return;
    this.#join = "none";
    this.#agenda = this.#agenda.filter((item) => item.id !== "join");
    this.#at(10, () => this.#emit({ kind: "parted" }));
  }

  #staff(does: "answers" | "hangs-up"): void {
    if (does === "hangs-up") {
      this.#parted();
      return;
    }
    if (this.#join !== "ringing") throw new Error("nobody is being rung whom the caller is put through to");
    this.#join = "talking";
    this.#agenda = this.#agenda.filter((item) => item.id !== "join");
    this.#emit({ kind: "joined" });
  }

  hangUp(): void {
    this.hungUpByUs = true;
    this.#at(20, () => this.#end({ kind: "hung-up", cause: 16, sipCode: null }));
  }

  // ---- inside
  #at(delayMs: number, run: () => void, id?: string): void {
    if (!this.#over) this.#agenda.push({ at: this.#now + delayMs, run, ...(id ? { id } : {}) });
  }

  #emit(event: LineEvent): void {
    if (!this.#over) this.#events.push(event);
  }

  #end(event: LineEvent): void {
    this.#emit(event);
    this.#over = true;
    this.#agenda = [];
  }

  #enqueue(item: { kind: "play" | "record"; id: string; audio?: Audio[] }): void {
    this.#busy.push(item);
    if (this.#busy.length === 1) this.#startNext();
  }

  #startNext(): void {
    const item = this.#busy[0];
    if (item?.kind !== "play") {
      if (item && !this.begunBefore.has(item.id)) this.#beginRecording(item.id);
      this.#noticeQuiet();
      return;
    }
    const { id, audio = [] } = item;
    this.#at(startDelayMs, () => this.#emit({ kind: "play-started", id }), id);
    const end = startDelayMs + audio.reduce((sum, piece) => sum + this.#lengthOfPiece(piece), 0);
    let at = startDelayMs;
    for (const piece of audio) {
      if ("prompt" in piece) this.#at(at, () => this.#hears(piece), id);
      at += this.#lengthOfPiece(piece);
      if ("prompt" in piece) this.#at(Math.min(at + slackMs, end), () => this.#onHeardOut(piece.sound), id);
    }
    this.#at(end, () => this.#played(id), id);
  }

  #lengthOfPiece(piece: Audio): number {
    if ("pauseMs" in piece) return piece.pauseMs;
    return "prompt" in piece ? this.#lengthOf(piece.prompt, piece.sound) : promptMs;
  }

  #played(id: string): void {
    this.#busy.shift();
    this.#emit({ kind: "play-finished", id, complete: true });
    this.#startNext();
  }

  #beginRecording(name: string): void {
    this.#at(startDelayMs, () => this.#emit({ kind: "recording-started", name }), name);
    this.#at(this.recorded.get(name)!.limitMs, () => this.#endRecording(name, false), name);
  }

  #endRecording(name: string, endedBySilence: boolean): void {
    this.#agenda = this.#agenda.filter((item) => item.id !== name);
    const wasFirst = this.#busy[0]?.id === name;
    this.#busy = this.#busy.filter((item) => item.id !== name);
    this.#at(15, () => this.#emit({ kind: "recording-finished", name, endedBySilence, failed: false }));
    if (wasFirst) this.#startNext();
  }

  /** As Asterisk does: what is, or was to be, said and recorded ends before the call does. */
  #hungUpByThem(): void {
    for (const { kind, id } of this.#busy)
      this.#emit(
        kind === "play"
          ? { kind: "play-finished", id, complete: false, hungUp: true }
          : { kind: "recording-finished", name: id, endedBySilence: false, failed: false, hungUp: true },
      );
    this.#end({ kind: "hung-up", cause: 16, sipCode: null });
  }

  #hears({ prompt, sound }: { prompt: string; sound: string }): void {
    this.heard.push(prompt);
    this.#onHeard(prompt, sound);
    if (this.#waitingFor !== prompt) return;
    this.#waitingFor = null;
    this.#at(300, () => this.#act());
  }

  #noticeQuiet(): void {
    if (!this.#waitingForQuiet || this.#busy[0]?.kind === "play") return;
    this.#waitingForQuiet = false;
    this.#at(300, () => this.#act());
  }

  #act(): void {
    const act = this.#acts.shift();
    if (!act) return;
    this.#begun += 1;
    if ("hear" in act) this.#waitingFor = act.hear;
    else if ("hearOut" in act) {
      this.#waitingForQuiet = true;
      this.#noticeQuiet();
    } else if ("wait" in act) this.#at(act.wait, () => this.#act());
    else if ("press" in act) this.#press([...act.press], act.gapMs ?? 1_000);
    else if ("talk" in act) this.#talk(act.talk);
    else if ("staff" in act) {
      this.#staff(act.staff);
      this.#act();
    } else if ("beep" in act) {
      this.#emit({ kind: "tone" });
      this.#act();
    } else if ("hangUp" in act) this.#hungUpByThem();
    else this.#end({ kind: "lost", reason: "Asterisk went away" });
  }

  #press(digits: string[], gapMs: number): void {
    digits.forEach((digit, index) => {
      this.#at(index * gapMs, () => this.#emit({ kind: "key", digit, atMs: this.now().getTime() }));
    });
    this.#at((digits.length - 1) * gapMs, () => this.#act());
  }

  #talk(forMs: number): void {
    this.#at(talkNoticedAfterMs, () => this.#emit({ kind: "talk-started", atMs: this.now().getTime() }));
    this.#at(forMs + quietNoticedAfterMs, () =>
      this.#emit({ kind: "talk-finished", atMs: this.now().getTime(), durationMs: forMs }),
    );
    this.#at(forMs, () => this.#act());
  }
}
