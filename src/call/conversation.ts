/**
 * Joins a flow and a line: asks the interpreter what comes next, does it, and writes down each key before the caller
 * hears that it was understood.
 */
import { mostTalks } from "#campaign/longest-call.ts";
import type { Flow } from "#flow/definition.ts";
import { advance, resume, start } from "#flow/interpreter.ts";
import { spoken } from "#flow/say.ts";
import {
  type Advance,
  type CallContext,
  type Command,
  durable,
  type FlowState,
  type Input,
  type Spoken,
} from "#flow/state.ts";
import { AppError } from "#lib/errors.ts";
import { ask, handsetPause, type Speaking, say } from "./ask.ts";
import { audioOf, paperBook } from "./audio.ts";
import type { ConversationOptions, OtherFlow } from "./conversation-options.ts";
import { KeyBuffer } from "./key-buffer.ts";
import { keyIn } from "./key-in.ts";
import { readKeyed } from "./keyed.ts";
import { AttentiveLine, LineEnded } from "./line-events.ts";
import { isPersonAfterAll, MachineHeard } from "./machine.ts";
import type { CallEnd } from "./outcome.ts";
import type { PromptBook } from "./prompt-book.ts";
import { putThrough, stayJoined } from "./put-through.ts";
import { EndedInStory, recordPart, resumePart } from "./record-part.ts";
import { Trail, type TrailStep } from "./trail.ts";

export interface Conversation {
  state: FlowState;
  end: CallEnd;
  machine: { by: "beep" | "talk"; falseAlarm: boolean } | null;
  /** The steps that the call came to while we held it. */
  trail: TrailStep[];
  /** With end "fault": what was thrown. */
  fault?: unknown;
}

/** Holds the whole call. Never throws: a fault of ours ends the call and is told in `fault`. */
export async function converse(options: ConversationOptions): Promise<Conversation> {
  return new Talking(options).run();
}

class Talking {
  readonly #options: ConversationOptions;
  readonly #line: AttentiveLine;
  readonly #keys: KeyBuffer;
  readonly #trail: Trail;
  readonly #sinceAnswerMs: () => number;
  #flow: Flow;
  #context: CallContext;
  #book: PromptBook;
  #at: Speaking;
  #now: Advance;
  #sequence: number;
  /** When the last key was taken (line.nowMs), until what follows it is said. */
  #keyAtMs: number | null = null;
  /** As far as it is known to be kept. */
  #kept: Advance | null = null;
  /** With people whom the caller was put through to, in this process. */
  #talks = 0;
  /** Said before all else. */
  #opening: Spoken[] = [];

  constructor(options: ConversationOptions) {
    const { flow, line, clock, context, soFar } = options;
    this.#options = options;
    this.#flow = flow;
    this.#context = context;
    this.#book = options.book ?? paperBook;
    this.#line = new AttentiveLine(line, clock, options.times);
    this.#keys = new KeyBuffer(flow.timing.sameKeyWithinMs);
    this.#at = this.#speaking();
    this.#now = start(flow, context);
    this.#sequence = soFar?.sequence ?? 0;
    this.#sinceAnswerMs = sinceAnswer(options);
    this.#trail = new Trail(this.#sinceAnswerMs, this.#sequence);
  }

  #speaking(): Speaking {
    const { everywhere, timing } = this.#flow;
    return {
      line: this.#line,
      keys: this.#keys,
      everywhere: [everywhere.repeat, everywhere.optOut.key],
      optOutKey: everywhere.optOut.key,
      handsetPauseMs: timing.handsetPauseMs,
      voicemailTalkMs: timing.voicemailTalkMs,
    };
  }

  async run(): Promise<Conversation> {
    try {
      await this.#goOn();
      this.#tell(null);
      await this.#keepBeginning();
      while (this.#now.command.kind !== "hang-up") await this.#step(this.#now.command);
      this.#at.line.hangUp();
      return this.#ended({ kind: "finished" });
    } catch (thrown) {
      if (thrown instanceof EndedInStory && thrown.spoke) await this.#keepWhatWasTold().catch(unlessNotKept);
      if (thrown instanceof LineEnded) return this.#ended({ kind: thrown.how.kind });
      if (isNotKept(thrown)) return this.#apologise(thrown);
      // The call is another process's now, and goes on: nothing of ours may end it.
      if (isTakenOver(thrown)) return this.#ended({ kind: "lost" });
      this.#at.line.hangUp();
      if (thrown instanceof MachineHeard) {
        const machine = { by: thrown.by, falseAlarm: await isPersonAfterAll(this.#at.line) };
        return { ...this.#ended({ kind: "machine" }), machine };
      }
      return { ...this.#ended({ kind: "fault" }), fault: thrown };
    }
  }

  /**
   * Another process held this call: the step it had come to begins again, but a story goes on where it is. A key pressed
   * while nobody listened is lost; its prompt has not been heard either, so that the question is put again.
   */
  async #goOn(): Promise<void> {
    const { flow, context, soFar, log } = this.#options;
    if (!soFar) return;
    this.#now = { state: soFar.state, command: { kind: "hang-up" }, effects: [], moves: [] };
    this.#now = resume(flow, context, soFar.state);
    this.#opening = spoken(flow.takenOver, soFar.state, context);
    const { command } = this.#now;
    if (command.kind !== "record") return;
    const begun = soFar.partsBegun.find(({ name }) => name === command.name);
    const input = begun ? await resumePart(this.#at, command, begun.agoMs, log) : null;
    if (!input) return;
    this.#opening = [];
    await this.#take(input);
  }

  /** Hung up while telling: the flow is told as if the story had been finished, for what that settles. */
  async #keepWhatWasTold(): Promise<void> {
    const before = this.#now.state;
    const told = advance(this.#flow, this.#context, before, {
      kind: "recorded",
      endedBy: "hash",
      spoke: true,
    });
    this.#now = { ...told, state: { ...before, story: told.state.story } };
    await this.#keep(before, { kind: "played" });
  }

  async #step(command: Exclude<Command, { kind: "hang-up" }>): Promise<void> {
    this.#kept = this.#now;
    this.#options.onStep?.(this.#now.state.step, command.kind);
    if (this.#keyAtMs !== null) await handsetPause(this.#at, this.#keyAtMs);
    this.#keyAtMs = null;
    const other =
      command.kind === "find-visit" ? await this.#options.ringBack?.carryOn(this.#chosen()) : null;
    if (other) {
      this.#goOnIn(other);
      return this.#keepBeginning();
    }
    await this.#take(await this.#do(command));
  }

  async #take(done: Input): Promise<void> {
    const input: Input = this.#isTimeUp(done) ? { kind: "time-up" } : done;
    if (digitOf(input) !== null) this.#options.times?.keyTaken(this.#at.line.nowMs());
    const before = this.#now.state;
    this.#now = advance(this.#flow, this.#context, before, input);
    this.#tell(input);
    await this.#keep(before, input);
  }

  /** Never in the middle of a key's work: what was pressed counts, and the next step is the flow's last. */
  #isTimeUp({ kind }: Input): boolean {
    const { minutes } = this.#flow.limits ?? {};
    if (minutes === undefined || this.#now.state.overLimit) return false;
    if (kind !== "played" && kind !== "silence") return false;
    return this.#sinceAnswerMs() > minutes * 60_000;
  }

  #chosen(): string | null {
    const { language } = this.#now.state;
    return language === this.#context.language ? null : language;
  }

  #goOnIn({ flow, context, from, book = this.#book }: OtherFlow): void {
    this.#flow = flow;
    this.#book = book;
    this.#context = context;
    this.#at = this.#speaking();
    this.#now = start(flow, context, from);
    this.#tell(null);
  }

  #tell(input: Input | null): void {
    this.#trail.follow(this.#now);
    this.#options.onAdvance?.(this.#now, input);
  }

  async #do(command: Exclude<Command, { kind: "hang-up" }>): Promise<Input> {
    switch (command.kind) {
      case "ask":
        return ask(this.#at, command, this.#audio(command.say));
      case "play":
        return say(this.#at, this.#audio(command.say));
      case "record": {
        const { callId } = this.#context;
        const words = this.#audio(command.say);
        const tone = command.tone ? this.#audio([{ prompt: command.tone }]) : [];
        return recordPart(this.#at, command, { words, tone, callId, log: this.#options.log });
      }
      case "offer-callback":
        return this.#options.callbackTimes(command.count);
      case "key-in": {
        const digits = await keyIn(this.#at, command, this.#audio(command.say));
        if (digits === "") return { kind: "silence" };
        const { hashPhone } = this.#options;
        const number = digits.length < command.least ? null : readKeyed(digits, command.as, hashPhone);
        return { kind: "keyed", number };
      }
      case "transfer": {
        const heard = await say(this.#at, this.#audio(command.say));
        if (heard.kind === "key") return heard;
        return this.#putThrough(command);
      }
      case "stay-joined":
        return stayJoined(this.#at);
      case "find-visit":
        return { kind: "no-visit" };
    }
  }

  async #putThrough({ to, ringSeconds }: Command & { kind: "transfer" }): Promise<Input> {
    const somebody = this.#talks < mostTalks ? this.#options.transferTo?.(to) : null;
    const input = await putThrough(this.#at, somebody ?? { kind: "nobody" }, ringSeconds);
    if (input.kind === "transferred" && input.outcome === "joined") this.#talks += 1;
    return input;
  }

  #audio(say: Spoken[]) {
    const all = [...this.#opening.splice(0), ...say];
    const { clock, timeZone } = this.#options;
    const { language } = this.#now.state;
    return audioOf(all, { now: clock.now(), timeZone, book: this.#book, language });
  }

  /** Durable before the next prompt: a key, and whatever the step changed for good. */
  async #keep({ step, story, talking }: FlowState, input: Input): Promise<void> {
    const key = digitOf(input);
    this.#keyAtMs = key === null ? null : this.#at.line.nowMs();
    const { state, effects } = this.#now;
    // A further part of a story matters too: whoever takes the call over must know which one is being told; and
    // that two people talk.
    const same = state.step === step && state.story === story && state.talking === talking;
    if (key === null && effects.length === 0 && same) return;
    await this.#options.log.keep({
      callId: this.#context.callId,
      sequence: ++this.#sequence,
      key: key === null ? null : { digit: key, step, pressedAt: this.#options.clock.now() },
      state: durable(state),
      effects,
    });
  }

  /** What a flow settles before its first word. */
  async #keepBeginning(): Promise<void> {
    const { state, effects } = this.#now;
    if (effects.length === 0) return;
    const { callId } = this.#context;
    await this.#options.log.keep({
      callId,
      sequence: ++this.#sequence,
      key: null,
      state: durable(state),
      effects,
    });
  }

  /** An answer that is kept nowhere is not acknowledged: the call ends, and counts as it stood before it. */
  async #apologise(fault: unknown): Promise<Conversation> {
    this.#now = this.#kept ?? this.#now;
    try {
      if (this.#keyAtMs !== null) await handsetPause(this.#at, this.#keyAtMs);
      await say(this.#at, this.#audio([{ prompt: "apology" }]));
    } catch (thrown) {
      if (!(thrown instanceof LineEnded)) throw thrown;
    }
    this.#at.line.hangUp();
    return { ...this.#ended({ kind: "lost" }), fault };
  }

  #ended(end: CallEnd): Conversation {
    return { state: this.#now.state, end, machine: null, trail: this.#trail.end(end) };
  }
}

/** By the clock that never steps back, from a moment that the other clock told. */
function sinceAnswer({ clock, answeredAt = clock.now() }: ConversationOptions): () => number {
  const answeredMs = clock.monotonicMs() - Math.max(0, clock.now().getTime() - answeredAt.getTime());
  return () => Math.round(clock.monotonicMs() - answeredMs);
}

function digitOf(input: Input): string | null {
  if (input.kind === "key") return input.digit;
  if (input.kind !== "recorded") return null;
  return input.endedBy === "hash" ? "#" : input.endedBy === "opt-out" ? "9" : null;
}

/** The story itself has its row: what settles the call by that needs no step of the flow. */
function unlessNotKept(thrown: unknown): void {
  if (!isNotKept(thrown)) throw thrown;
}

const isNotKept = (thrown: unknown): boolean =>
  thrown instanceof AppError && thrown.code === "answer_not_kept";

const isTakenOver = (thrown: unknown): boolean =>
  thrown instanceof AppError && thrown.code === "call_taken_over";
