/** An answered call, as run-call.ts holds it as far as the ledger sees: steps kept as they come, effects, an end. */
import type { Disposition } from "#call/disposition.ts";
import type { CallLog } from "#call/ports.ts";
import type { AnsweredLeg } from "#campaign/attempt.ts";
import { callbackTimes } from "#campaign/callback-times.ts";
import { type CallingHours, type PermittedSpan, permittedSpans } from "#campaign/calling-hours.ts";
import { type Effect, type FlowState, firstState } from "#flow/state.ts";
import type { BookOfRings } from "./book-of-rings.ts";
import type { Chance } from "./chance.ts";
import type { Answer, PretendNetwork } from "./pretend-network.ts";
import type { PretendClock, PretendTime } from "./pretend-time.ts";

export interface CallParts {
  calls: CallLog;
  clock: PretendClock;
  time: PretendTime;
  chance: Chance;
  book: BookOfRings;
  network: PretendNetwork;
}

interface Ending {
  disposition: Disposition;
  callbackAt: Date | null;
  silent?: boolean;
}

const begun: FlowState = { ...firstState("fft", "greeting", { language: "en-GB" }), stepsEntered: 1 };

const lost: Ending = { disposition: "interrupted", callbackAt: null };

const dispositionOf: Record<Answer, Disposition> = {
  ...{ completed: "completed", partial: "partial", declined: "declined", optedOut: "opted_out" },
  ...{ wrongPerson: "wrong_person", callback: "callback", hungUp: "hung_up", machine: "machine" },
  ...{ noResponse: "no_response", silent: "hung_up", fault: "failed" },
};

/** After these nobody is ever rung about the visit again. */
const over: readonly Disposition[] = [
  "completed",
  "partial",
  "declined",
  "opted_out",
  "hung_up",
  "no_response",
  "wrong_person",
];

export async function holdCall(parts: CallParts, leg: AnsweredLeg): Promise<Ending> {
  const { attempt } = leg;
  const answer = parts.network.answerOf(attempt.id);
  const { calls, clock } = parts;
  await calls.begin({
    ...{ id: attempt.id, attemptId: attempt.id, flow: "fft", flowVersion: "0".repeat(64) },
    ...{ answeredAt: leg.answeredAt, release: null, state: begun },
  });
  await clock.wait(5_000 + parts.chance.below(20_000));
  if (!parts.network.hasLine(attempt.id)) return lost;
  if (answer === "fault") throw new Error("a fault of ours");
  const ending = await talk(parts, leg, answer);
  const { disposition, callbackAt } = ending;
  await clock.wait(parts.chance.below(90_000));
  if (!parts.network.hasLine(attempt.id)) return lost;
  const endedBy = answer === "hungUp" || answer === "silent" ? "them" : "us";
  await calls.end({
    id: attempt.id,
    disposition,
    endedBy,
    machine: answer === "machine" ? { by: "talk", falseAlarm: false } : null,
  });
  if (answer !== "silent" && answer !== "machine") reached(parts, leg, disposition, callbackAt);
  // Whoever takes over a call that died in their hands knows less, and waits a day.
  const ring = parts.book.rings.get(attempt.id);
  if (ring) parts.book.rests(ring, answer);
  leg.line.hangUp();
  return answer === "silent" ? { ...ending, silent: true } : ending;
}

async function talk(parts: CallParts, leg: AnsweredLeg, answer: Answer): Promise<Ending> {
  const { attempt } = leg;
  const { phone, person } = parts.network.whoIs(attempt.id);
  const disposition = dispositionOf[answer];
  const confirmed = parts.chance.happens(0.5);
  const ended: Ending = { disposition, callbackAt: null };
  if (answer === "completed" || answer === "partial") {
    const answers = { rating: 1 + parts.chance.below(6) };
    await keep(parts, leg, 1, { answers, confirmed, complete: answer === "completed" }, [
      { kind: "answer", name: "rating", value: answers.rating },
    ]);
  } else if (answer === "declined") {
    await keep(parts, leg, 1, { marks: ["declined"] }, [{ kind: "declined" }]);
  } else if (answer === "optedOut") {
    await keep(parts, leg, 1, { marks: ["opted-out"], confirmed }, [{ kind: "opt-out" }]);
    parts.book.optedOut(parts.time.nowMs, { phone });
    if (confirmed) parts.book.optedOut(parts.time.nowMs, { person });
  } else if (answer === "wrongPerson") {
    await keep(parts, leg, 1, { marks: ["wrong-person"] }, [{ kind: "wrong-person" }]);
    parts.book.optedOut(parts.time.nowMs, { phone, person });
  } else if (answer === "callback") {
    const at = chooseTime(parts, leg);
    if (!at) return { disposition: "no_response", callbackAt: null };
    await keep(parts, leg, 1, { callback: { at: at.toISOString() } }, [
      { kind: "callback", at: at.toISOString() },
    ]);
    parts.book.promise(attempt.visitId, at.getTime());
    parts.network.tell(attempt.visitId, `promised for ${at.toISOString()}`);
    return { disposition, callbackAt: at };
  }
  return ended;
}

function chooseTime({ clock, chance }: CallParts, { campaign: { settings } }: AnsweredLeg): Date | null {
  const now = clock.now();
  const spans = spansFrom(settings.callingHours, now);
  const offered = callbackTimes({ now, spans, count: 4, policy: settings.callbacks });
  return offered.times.length > 0 ? new Date(chance.pick(offered.times).at) : null;
}

const spansOf = new WeakMap<CallingHours, { hour: number; spans: PermittedSpan[] }>();

/** Once an hour is enough: zones are dear, and the days of the spans change at midnight. */
function spansFrom(hours: CallingHours, now: Date): PermittedSpan[] {
  const hour = Math.floor(now.getTime() / 3_600_000);
  const known = spansOf.get(hours);
  if (known?.hour === hour) return known.spans;
  const spans = permittedSpans(hours, now, 14);
  spansOf.set(hours, { hour, spans });
  return spans;
}

const keep = (
  { calls, clock }: CallParts,
  { attempt }: AnsweredLeg,
  sequence: number,
  different: Partial<FlowState>,
  effects: Effect[],
): Promise<void> =>
  calls.keep({
    ...{ callId: attempt.id, sequence, effects, state: { ...begun, ...different } },
    key: { digit: "1", step: "greeting", pressedAt: clock.now() },
  });

function reached(
  { book, network, time }: CallParts,
  { attempt }: AnsweredLeg,
  disposition: Disposition,
  callbackAt: Date | null,
): void {
  const { person } = network.whoIs(attempt.id);
  const isOver = over.includes(disposition) && callbackAt === null;
  if (disposition === "wrong_person") return;
  book.reached(attempt.visitId, { person, atMs: time.nowMs, over: isOver ? disposition : null });
}
