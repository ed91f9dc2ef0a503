/**
 * Joins a flow and a line: asks the interpreter what comes next, does it, and writes down each key before the caller
 * hears that it was understood.
 */
import type { Flow } from "#flow/definition.ts";
import { advance, start } from "#flow/interpreter.ts";
import type { Advance, CallContext, Command, FlowState, Input } from "#flow/state.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { ask, handsetPause, MachineHeard, type Speaking, say } from "./ask.ts";
import { audioOf } from "./audio.ts";
import { KeyBuffer } from "./key-buffer.ts";
import type { Line } from "./line.ts";
import { AttentiveLine, LineEnded } from "./line-events.ts";
import type { LineTimes } from "./line-times.ts";
import type { CallEnd } from "./outcome.ts";
import type { CallLog } from "./ports.ts";
import { EndedInStory, recordPart } from "./record-part.ts";

export interface ConversationOptions {
  flow: Flow;
  line: Line;
  log: CallLog;
  clock: Clock;
  context: CallContext;
  timeZone: string;
  /** The times that may be offered just now. */
  callbackTimes(count: number): Promise<Input & { kind: "callback-times" }>;
  /** For boards: the step that the call is in. */
  onStep?(step: string, command: Command["kind"]): void;
  /** For metrics: how quickly the person is served. */
  times?: LineTimes | undefined;
}

export interface Conversation {
  state: FlowState;
  end: CallEnd;
  machine: { by: "beep" | "talk"; falseAlarm: boolean } | null;
  /** With end "fault": what was thrown. */
  fault?: unknown;
}

/** Holds the whole call. Never throws: a fault of ours ends the call and is told in `fault`. */
export async function converse(options: ConversationOptions): Promise<Conversation> {
  return new Talking(options).run();
}

class Talking {
  readonly #options: ConversationOptions;
  readonly #at: Speaking;
  #now: Advance;
  #sequence = 0;
  #afterKey = false;
  /** As far as it is known to be kept. */
  #kept: Advance | null = null;

  constructor(options: ConversationOptions) {
    const { flow, line, clock, context } = options;
    this.#options = options;
    this.#now = start(flow, context);
    this.#at = {
      line: new AttentiveLine(line, clock, options.times),
      keys: new KeyBuffer(flow.timing.sameKeyWithinMs),
      everywhere: [flow.everywhere.repeat, flow.everywhere.optOut.key],
      optOutKey: flow.everywhere.optOut.key,
      handsetPauseMs: flow.timing.handsetPauseMs,
      voicemailTalkMs: flow.timing.voicemailTalkMs,
    };
  }

  async run(): Promise<Conversation> {
    try {
      while (this.#now.command.kind !== "hang-up") await this.#step(this.#now.command);
      this.#at.line.hangUp();
      return this.#ended({ kind: "finished" });
    } catch (thrown) {
      if (thrown instanceof EndedInStory && thrown.spoke) await this.#keepWhatWasTold();
      if (thrown instanceof LineEnded) return this.#ended({ kind: thrown.how.kind });
      if (thrown instanceof AppError && thrown.code === "answer_not_kept") return this.#apologise(thrown);
      this.#at.line.hangUp();
      if (thrown instanceof MachineHeard) return this.#machine(thrown.by);
      return { ...this.#ended({ kind: "fault" }), fault: thrown };
    }
  }

  /** Hung up while telling: the flow is told as if the story had been finished, for what that settles. */
  async #keepWhatWasTold(): Promise<void> {
    const { flow, context } = this.#options;
    const before = this.#now.state;
    const told = advance(flow, context, before, { kind: "recorded", endedBy: "hash", spoke: true });
    this.#now = { ...told, state: { ...before, story: told.state.story } };
    await this.#keep(before.step, { kind: "played" });
  }

  async #step(command: Exclude<Command, { kind: "hang-up" }>): Promise<void> {
    this.#kept = this.#now;
    this.#options.onStep?.(this.#now.state.step, command.kind);
    if (this.#afterKey) await handsetPause(this.#at);
    this.#afterKey = false;
    const input = await this.#do(command);
    if (digitOf(input) !== null) this.#options.times?.keyTaken(this.#at.line.nowMs());
    const { flow, context } = this.#options;
    const step = this.#now.state.step;
    this.#now = advance(flow, context, this.#now.state, input);
    await this.#keep(step, input);
  }

  #do(command: Exclude<Command, { kind: "hang-up" }>): Promise<Input> {
    switch (command.kind) {
      case "ask":
        return ask(this.#at, command, this.#audio(command.say));
      case "play":
        return say(this.#at, this.#audio(command.say));
      case "record": {
        const { context, log } = this.#options;
        return recordPart(this.#at, command, this.#audio(command.say), context.callId, log);
      }
      case "offer-callback":
        return this.#options.callbackTimes(command.count);
    }
  }

  #audio(say: Parameters<typeof audioOf>[0]) {
    return audioOf(say, this.#options.clock.now(), this.#options.timeZone);
  }

  /** Durable before the next prompt: a key, and whatever the step changed for good. */
  async #keep(step: string, input: Input): Promise<void> {
    const key = digitOf(input);
    this.#afterKey = key !== null;
    if (key === null && this.#now.effects.length === 0 && this.#now.state.step === step) return;
    await this.#options.log.keep({
      callId: this.#options.context.callId,
      sequence: ++this.#sequence,
      key: key === null ? null : { digit: key, step, pressedAt: this.#options.clock.now() },
      state: this.#now.state,
      effects: this.#now.effects,
    });
  }

  /** An answer that is kept nowhere is not acknowledged: the call ends, and counts as it stood before it. */
  async #apologise(fault: AppError): Promise<Conversation> {
    this.#now = this.#kept ?? this.#now;
    try {
      if (this.#afterKey) await handsetPause(this.#at);
      await say(this.#at, [{ prompt: "apology" }]);
    } catch (thrown) {
      if (!(thrown instanceof LineEnded)) throw thrown;
    }
    this.#at.line.hangUp();
    return { ...this.#ended({ kind: "lost" }), fault };
  }

  #ended(end: CallEnd): Conversation {
    return { state: this.#now.state, end, machine: null };
  }

  /** We are hanging up on a machine. A key that still arrives shows that it was a person: counted. */
  async #machine(by: "beep" | "talk"): Promise<Conversation> {
    let falseAlarm = false;
    const until = this.#at.line.nowMs() + 1_000;
    try {
      for (;;) {
        const event = await this.#at.line.next(until);
        if (!event) break;
        falseAlarm ||= event.kind === "key";
      }
    } catch (thrown) {
      if (!(thrown instanceof LineEnded)) throw thrown;
    }
    return { state: this.#now.state, end: { kind: "machine" }, machine: { by, falseAlarm } };
  }
}

function digitOf(input: Input): string | null {
  if (input.kind === "key") return input.digit;
  if (input.kind !== "recorded") return null;
  return input.endedBy === "hash" ? "#" : input.endedBy === "opt-out" ? "9" : null;
}
