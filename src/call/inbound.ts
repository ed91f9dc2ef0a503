/**
 * Calls that people make to us. Everybody hears the same greeting; only a caller who says that they are the person we
 * rang goes on, in the flow of the visit that waits for them. Calling hours do not apply.
 */
import { type Campaign, offersOf } from "#campaign/campaign.ts";
import { readPhone } from "#campaign/phone-number.ts";
import type { AttemptEnding, ClaimedAttempt } from "#campaign/ports.ts";
import { carryOnFrom } from "#flow/carry-on.ts";
import { start } from "#flow/interpreter.ts";
import { type CallContext, durable } from "#flow/state.ts";
import { messageOf } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { contactOf } from "./contact-fields.ts";
import { type Conversation, converse } from "./conversation.ts";
import type { OtherFlow } from "./conversation-options.ts";
import type { CarriedOn, InboundBook, IncomingCall, WaitingVisit } from "./incoming.ts";
import { LineTimes } from "./line-times.ts";
import { outcomeOf } from "./outcome.ts";
import { type CallRunner, toNobody } from "./run-call.ts";
import { transferTo } from "./transfer-to.ts";
import { type CallVoice, flowFor } from "./voices.ts";

export interface InboundParts extends Omit<CallRunner, "onStep"> {
  book: InboundBook;
  /** The flow that everybody hears. */
  greetingFlow: string;
  /** Writes the end of the attempt that a carried-on visit got. */
  endAttempt(attempt: ClaimedAttempt, ending: AttemptEnding): Promise<void>;
  /** Aborted when an end that cannot be written is to be left to whoever takes over. */
  giveUp: AbortSignal;
  /** More at once hear the engaged tone. */
  maxCalls: number;
}

export interface Inbound {
  /** Never rejects; resolves when the call is over. */
  take(call: IncomingCall): Promise<void>;
  readonly live: number;
  /** Takes no more, and waits so long for those under way. @returns how many were still going on */
  stop(options: { withinMs: number }): Promise<number>;
}

/** Who rang so often within the hour hears the greeting and no more. */
const mostAnHour = 10;
/** The name of no trust in particular. */
export const anyTrust = "trust-your-hospital";

export function createInbound(parts: InboundParts): Inbound {
  const calls = new Set<Promise<void>>();
  let stopped = false;
  return {
    take: async (incoming) => {
      if (stopped || calls.size >= parts.maxCalls) return incoming.engaged();
      const call = hold(parts, incoming)
        .catch((thrown) => {
          const { channelId } = incoming;
          parts.logger.error({ channelId, problem: messageOf(thrown) }, "a call to us could not be held");
          incoming.apologise();
        })
        .finally(() => calls.delete(call));
      calls.add(call);
      await call;
    },
    get live() {
      return calls.size;
    },
    stop: async ({ withinMs }) => {
      stopped = true;
      const timer = new AbortController();
      const late = parts.clock.wait(withinMs, timer.signal).catch(() => {});
      await Promise.race([Promise.all(calls), late]);
      timer.abort();
      return calls.size;
    },
  };
}

async function hold(parts: InboundParts, incoming: IncomingCall): Promise<void> {
  const { book, greetingFlow, clock, log } = parts;
  const called = readPhone(incoming.to);
  const campaign = await book.lineOf(called.kind === "number" ? called.e164 : null);
  if (!campaign) return incoming.apologise();
  const from = readPhone(incoming.from);
  const phone = from.kind === "number" ? parts.hashPhone(from.e164) : null;
  const voice = await voiceOfGreeting(parts, campaign, phone);
  const greeting = voice.flows.get(greetingFlow);
  if (!greeting) return incoming.apologise();
  const line = incoming.answer();
  const context: CallContext = {
    ...contextOf(newId(), campaign, voice),
    caller: phone === null ? "withheld" : "known",
  };
  const answeredAt = clock.now();
  const times = new LineTimes(parts.times ?? toNobody, context.callId, clock.monotonicMs());
  const before = await book.begin({
    ...{ id: context.callId, channelId: incoming.channelId, node: incoming.node, phone, campaign },
    ...{ answeredAt, release: voice.release },
    ...{ flow: greeting.flow, flowVersion: greeting.version, state: durable(start(greeting, context).state) },
  });
  if (before >= mostAnHour) context.caller = "too-often";
  let carried: { attempt: ClaimedAttempt } | null = null;
  // Whoever goes on with their visit goes on with its campaign's people and callbacks, not with the greeting's.
  let its = campaign;
  const talked = await converse({
    ...{ flow: greeting, book: voice.book, line, log, clock, context, answeredAt, times },
    timeZone: campaign.settings.callingHours.timeZone,
    callbackTimes: (count) => parts.callbackTimes(its, count),
    hashPhone: parts.hashPhone,
    transferTo: (name) => transferTo(name, its, parts),
    ringBack: {
      carryOn: async (language) => {
        const found = await carryOn(parts, context.callId, { language, voice });
        carried = found;
        its = found?.campaign ?? campaign;
        return found?.other ?? null;
      },
    },
  });
  const { kind } = talked.end;
  times.ended(clock.monotonicMs(), { ours: kind === "lost" || kind === "fault" });
  const attempt = (carried as { attempt: ClaimedAttempt } | null)?.attempt ?? null;
  await end(parts, context.callId, { talked, silent: times.silent }, attempt);
}

/** Of the campaign whose number was rung, where it has a release of its own that greets. */
async function voiceOfGreeting(
  { book, voices, greetingFlow }: InboundParts,
  { release = null }: Campaign,
  phone: string | null,
): Promise<CallVoice> {
  const lot = phone === null ? {} : { lot: await book.lotOf(phone) };
  const voice = await voices.ofNewCall({ release, ...lot });
  return voice.flows.has(greetingFlow) ? voice : voices.live;
}

async function carryOn(
  parts: InboundParts,
  callId: string,
  { language: chosen, voice: heard }: { language: string | null; voice: CallVoice },
): Promise<{ attempt: ClaimedAttempt; other: OtherFlow; campaign: Campaign } | null> {
  const { book, voices } = parts;
  let found: { other: OtherFlow; campaign: Campaign } | null = null;
  const goOn = async ({ campaign, has, language, release }: WaitingVisit): Promise<CarriedOn | null> => {
    // What was answered was answered in that release's words.
    const own = release ?? campaign.release ?? null;
    const voice = own === null ? heard : await voices.of(own);
    const flow = flowFor(voice, campaign);
    const place = carryOnFrom(flow, has);
    if (!place) return null;
    const from = chosen === null ? place : { ...place, language: chosen };
    const context = contextOf(callId, campaign, voice, language);
    found = { other: { flow, book: voice.book, context, from }, campaign };
    const { state } = start(flow, context, from);
    return { flow: flow.flow, flowVersion: flow.version, release: voice.release, state };
  };
  const attempt = await book.carryOn(callId, goOn);
  if (!attempt || !found) return null;
  const { other, campaign } = found as { other: OtherFlow; campaign: Campaign };
  const contact = await contactOf(other.flow, attempt.visitId, campaign, parts);
  return { attempt, campaign, other: { ...other, context: { ...other.context, contact } } };
}

async function end(
  parts: InboundParts,
  callId: string,
  { talked, silent }: { talked: Conversation; silent: boolean },
  attempt: ClaimedAttempt | null,
): Promise<void> {
  const disposition = outcomeOf(talked.state, talked.end);
  const { machine, trail } = talked;
  const { kind } = talked.end;
  if (kind === "fault")
    parts.logger.error({ callId, problem: messageOf(talked.fault) }, "the call ended by a fault of ours");
  const endedBy = kind === "hung-up" ? "them" : kind === "lost" || kind === "fault" ? "fault" : "us";
  await untilWritten(parts, () =>
    parts.log.end({ id: callId, disposition, endedBy, machine, trail, silent }),
  );
  if (!attempt) return;
  await untilWritten(parts, () => parts.endAttempt(attempt, { ...endingOf, disposition }));
}

/**
 * Nothing was dialled, and nothing counts: the disposition alone says what becomes of the visit. Silence is told of the
 * call: it was the greeting's, whose release may be another than the visit's, and no number rests for having rung us.
 */
const endingOf: Omit<AttemptEnding, "disposition"> = {
  ...{ cause: 0, sipCode: null, counts: false, rang: false, contact: false, silent: false },
  ...{ numberRestsUntil: null, promise: null },
  follows: { kind: "done" },
};

/** However long the database is away: an end that is lost is a visit nobody returns to. */
async function untilWritten(
  { clock, logger, giveUp }: InboundParts,
  write: () => Promise<void>,
): Promise<void> {
  for (let waitMs = 250; !giveUp.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
    try {
      return await write();
    } catch (thrown) {
      logger.error({ problem: messageOf(thrown) }, "the end of a call to us was not written; trying again");
    }
    await clock.wait(waitMs, giveUp).catch(() => {});
  }
}

const contextOf = (
  callId: string,
  { settings }: Campaign,
  { prompts }: CallVoice,
  language: string | null = null,
): CallContext => ({
  callId,
  reason: "ring_back",
  spokenName: prompts.ids.has(settings.spokenName) ? settings.spokenName : anyTrust,
  ringBackNumber: settings.ringBackNumber,
  storyLimitSeconds: settings.storyLimitSeconds,
  language: language ?? settings.language,
  offers: offersOf(settings),
});
