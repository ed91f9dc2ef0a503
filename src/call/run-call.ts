import { type Campaign, offersOf } from "#campaign/campaign.ts";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import type { Flow } from "#flow/definition.ts";
import { start } from "#flow/interpreter.ts";
import type { CallContext, Command, Input } from "#flow/state.ts";
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { type ContactParts, contactOf } from "./contact-fields.ts";
import { type Conversation, converse } from "./conversation.ts";
import type { CallSoFar } from "./conversation-options.ts";
import type { Disposition } from "./disposition.ts";
import type { Line } from "./line.ts";
import { LineTimes } from "./line-times.ts";
import { outcomeOf } from "./outcome.ts";
import type { CallLog, CallTimes } from "./ports.ts";
import { transferTo } from "./transfer-to.ts";
import { type CallVoice, type CallVoices, flowFor, voiceOfNewCall } from "./voices.ts";

export interface CallRunner extends Pick<ContactParts, "fieldsOf"> {
  voices: CallVoices;
  log: CallLog;
  clock: Clock;
  logger: Logger;
  /** Stands for a number wherever it is written down. */
  hashPhone(e164: string): string;
  /** Numbers outside the usual ranges that a rehearsal may ring, E.164. */
  allowNumbers: ReadonlySet<string>;
  /** The number that a trust's calls show, where staff have named one. */
  callers?: ReadonlyMap<string, string>;
  callbackTimes(campaign: Campaign, count: number): Promise<Input & { kind: "callback-times" }>;
  onStep?(attempt: ClaimedAttempt, step: string, command: Command["kind"]): void;
  /** How quickly people are served. */
  times?: CallTimes;
}

export interface AnsweredCall {
  attempt: ClaimedAttempt;
  campaign: Campaign;
  line: Line;
  answeredAt: Date;
  /** Another process held it until it died. */
  takenOver?: TakenOver;
}

export interface TakenOver extends CallSoFar {
  /** The last sign of that process; clock.monotonicMs. */
  lastSignMs: number;
  /** The release that the call began with. */
  release: number | null;
}

export interface CallEnding {
  disposition: Disposition;
  /** The promise that was made. */
  callbackAt: Date | null;
  /** They heard nothing of us for two seconds, or at all. */
  silent: boolean;
}

/** Runs one answered call from its first word to its row: begins it in the log, or goes on with it, and ends it there. */
export async function runCall(runner: CallRunner, call: AnsweredCall): Promise<CallEnding> {
  const { attempt, campaign, line, takenOver } = call;
  const { voices } = runner;
  const voice = await (takenOver ? voices.of(takenOver.release) : voiceOfNewCall(voices, campaign, attempt));
  const flow = flowFor(voice, campaign);
  // One call an attempt: the same id, so that a row found anywhere leads to the other.
  const contact = await contactOf(flow, attempt.visitId, campaign, runner);
  const context = { ...contextOf(attempt, campaign), contact };
  const begun = takenOver ? Promise.resolve() : begin(runner, call, { flow, voice, context });
  // "Hello." does not wait for the database: the row must be there before the first key, and is.
  begun.catch(() => {});
  const log: CallLog = { ...bound(runner.log), keep: (step) => begun.then(() => runner.log.keep(step)) };

  const times = timesOf(runner, call);
  const talked = await converse({
    flow,
    line,
    log,
    clock: runner.clock,
    context,
    book: voice.book,
    answeredAt: call.answeredAt,
    timeZone: campaign.settings.callingHours.timeZone,
    hashPhone: runner.hashPhone,
    transferTo: (name) => transferTo(name, campaign, runner),
    callbackTimes: (count) => runner.callbackTimes(campaign, count),
    onStep: (step, command) => runner.onStep?.(attempt, step, command),
    soFar: takenOver,
    times,
  });
  const { kind } = talked.end;
  times.ended(runner.clock.monotonicMs(), { ours: kind === "lost" || kind === "fault" });
  if (kind === "fault") {
    runner.logger.error(
      { callId: context.callId, problem: messageOf(talked.fault) },
      "the call ended by a fault of ours",
    );
  }
  await begun;
  return { ...(await end(runner, context.callId, talked)), silent: !takenOver && times.silent };
}

const begin = (
  runner: CallRunner,
  { attempt, answeredAt }: AnsweredCall,
  { flow, voice, context }: { flow: Flow; voice: CallVoice; context: CallContext },
): Promise<void> =>
  runner.log.begin({
    id: context.callId,
    attemptId: attempt.id,
    flow: flow.flow,
    flowVersion: flow.version,
    release: voice.release,
    answeredAt,
    state: start(flow, context).state,
  });

/** A call taken over is no new one: what counts is how long nobody held it. */
function timesOf({ times = toNobody, clock }: CallRunner, { attempt, takenOver }: AnsweredCall): LineTimes {
  if (!takenOver) return new LineTimes(times, attempt.id, clock.monotonicMs());
  const gap = { firstAudio: (ms: number) => times.takenOver(attempt.id, ms), silent: () => {} };
  return new LineTimes({ ...times, ...gap }, attempt.id, takenOver.lastSignMs);
}

async function end(
  runner: CallRunner,
  callId: string,
  talked: Conversation,
): Promise<Omit<CallEnding, "silent">> {
  const disposition = outcomeOf(talked.state, talked.end);
  const { kind } = talked.end;
  const endedBy = kind === "hung-up" ? "them" : kind === "lost" || kind === "fault" ? "fault" : "us";
  await runner.log.end({ id: callId, disposition, endedBy, machine: talked.machine, trail: talked.trail });
  const promised = disposition === "callback" ? talked.state.callback : null;
  return { disposition, callbackAt: promised ? new Date(promised.at) : null };
}

function contextOf(attempt: ClaimedAttempt, { settings }: Campaign): CallContext {
  return {
    callId: attempt.id,
    reason: attempt.reason,
    spokenName: settings.spokenName,
    ringBackNumber: settings.ringBackNumber,
    storyLimitSeconds: settings.storyLimitSeconds,
    language: attempt.language ?? settings.language,
    offers: offersOf(settings),
  };
}

export const toNobody: CallTimes = { firstAudio() {}, silent() {}, keyToPrompt() {}, takenOver() {} };

const bound = (log: CallLog): CallLog => ({
  begin: (call) => log.begin(call),
  keep: (step) => log.keep(step),
  partBegun: (part) => log.partBegun(part),
  partEnded: (part) => log.partEnded(part),
  end: (call) => log.end(call),
});
