/** Joins the calls that people make to us: the telephone's side, the flow that everybody hears, and the database's. */
import { createInboundRole } from "#asterisk/inbound-role.ts";
import { createInbound } from "#call/inbound.ts";
import type { CallRunner } from "#call/run-call.ts";
import { trustShowing } from "#dialplan/trunks/trunk-book.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import { createPeriodic } from "#lib/periodic.ts";
import { createInboundHolders } from "#postgres/inbound-holders.ts";
import { createInboundBook } from "#postgres/ring-back.ts";
import type { Starting } from "./app-start.ts";

/** The flow that everybody hears who rings us. */
const greetingFlow = "ring-back";
/** On stopping, calls may come to their end; pretend people are not waited for. */
const callsEndWithinMs = 10 * 60_000;
const rehearsalEndsWithinMs = 3_000;
/** Meanwhile the caller of a process that died hears nothing. */
const settleEveryMs = 1_000;

/** From here on calls to us are taken. Without the flow they hear the dialplan's apology. @returns how many there are */
export function answerCalls(
  { settings, options, voices, logger, order, parts }: Starting,
  runner: CallRunner,
): () => number {
  if (options.onlyCampaign) return () => 0;
  // Roles are taken all the same: another release may bring the flow while we run.
  if (!voices.live.flows.has(greetingFlow))
    logger.warn({}, `there is no call flow "${greetingFlow}": whoever rings us hears an apology`);
  const { pool, owner, answers, telephone } = parts;
  const book = createInboundBook(pool, owner, (number) => trustShowing(parts.trunkBook, number));
  const holders = createInboundHolders(pool, owner);
  const giveUp = new AbortController();
  const inbound = createInbound({
    ...{ ...runner, book, greetingFlow, giveUp: giveUp.signal, maxCalls: settings.maxInboundCalls },
    endAttempt: answers.writes.endAttempt,
  });
  const settle = async () => {
    for (const caller of await book.endAbandoned()) telephone.greetAgain(caller);
  };
  const settling = createPeriodic(clock, settleEveryMs, settle, (thrown) =>
    logger.error({ problem: messageOf(thrown) }, "calls to us that others left open could not be ended"),
  );
  const stop = async () => {
    const withinMs = options.rehearsal ? rehearsalEndsWithinMs : callsEndWithinMs;
    const unfinished = await inbound.stop({ withinMs });
    giveUp.abort();
    if (unfinished > 0) logger.warn({ unfinished }, "calls to us were still going on when we stopped");
  };
  order.add("calls to us", stop, callsEndWithinMs + 30_000);
  order.add("the settling of calls to us", () => settling.stop());
  settling.start();
  for (const node of telephone.nodes) {
    node.telephone.onIncoming((call) => {
      const place = telephone.reserveOn(node.name);
      if (place) void inbound.take(call).then(place.giveBack);
      else call.engaged();
    });
    const role = createInboundRole({ node, app: settings.ariApp, holders, clock, logger });
    order.add(`taking calls on ${node.name}`, () => role.stop());
    role.start();
  }
  return () => inbound.live;
}
