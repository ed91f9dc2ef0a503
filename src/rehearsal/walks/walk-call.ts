import type { DialOrder, DialOutcome } from "#call/line.ts";
import type { PromptBook } from "#call/prompt-book.ts";
import { messageOf } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import type { WalkedCall, WalkFault } from "#release/walk-report.ts";
import { tellAct } from "#walk/caller-act.ts";
import { type WayTaken, walkOnLine } from "#walk/walk-script.ts";
import { Caller } from "./caller.ts";
import type { CallerExchange } from "./caller-exchange.ts";
import type { ComparingThread } from "./compare-beside.ts";
import { courseOf } from "./course.ts";
import type { Plan } from "./plan.ts";
import type { PlannedWalk } from "./planned-walk.ts";
import type { ReleaseSounds } from "./sounds.ts";
import { WatchedLine } from "./watched-line.ts";

export interface CallHouse {
  plan: Plan;
  sounds: ReleaseSounds;
  book: PromptBook;
  exchange: CallerExchange;
  comparing: ComparingThread;
  dial(order: DialOrder): Promise<DialOutcome>;
  signal: AbortSignal;
}

/** After its end on our side, so long for the far end to be told. */
const goodbyeWithinMs = 10_000;

/** Makes one call, plays its caller, and compares what they heard. Never throws: a fault is a result. */
export async function walkCall(house: CallHouse, walk: PlannedWalk, number: string): Promise<WalkedCall> {
  const begun = performance.now();
  const { clock, punctuality } = house.exchange;
  const caller = new Caller(walk.script.call, clock);
  const result: WalkedCall = {
    ...{ flow: walk.flow.flow, name: walk.script.name, passed: false, steps: [], keys: "", ways: [] },
    ...{ heard: [], course: [], faults: [], durationMs: 0, lateMs: 0, earlier: [] },
  };
  try {
    await hold(house, walk, caller, number, result);
  } catch (thrown) {
    const step = result.steps.at(-1) ?? null;
    result.faults.push({ step, expected: "a call", got: `it broke: ${messageOf(thrown)}` });
  }
  const { keys } = caller;
  const durationMs = Math.round(performance.now() - begun);
  const lateMs = Math.round(Math.max(result.lateMs, punctuality.worstSince(begun)));
  return { ...result, keys, durationMs, lateMs, passed: result.faults.length === 0 };
}

async function hold(
  { plan, sounds, book, exchange, comparing, dial, signal }: CallHouse,
  { flow, script, ways, lastsMs }: PlannedWalk,
  caller: Caller,
  number: string,
  result: WalkedCall,
): Promise<void> {
  exchange.expect(number, caller);
  const callId = newId();
  const outcome = await dial({
    ...{ attemptId: callId, channelId: `hb-${callId}`, phone: number, callerNumber: "+441632960999" },
    ...{ ringSeconds: 20, maxCallSeconds: Math.ceil(lastsMs / 1000) + 120, node: "asterisk" },
  });
  if (outcome.kind !== "answered") {
    const got = `the pretend telephone was not reached (${outcome.kind === "unknown" ? outcome.reason : outcome.kind})`;
    result.faults.push({ step: null, expected: "a call", got });
    return;
  }
  const line = new WatchedLine(outcome.line, { sounds, ear: caller, clock: exchange.clock });
  caller.isQuiet = () => line.quiet;
  const stop = () => line.hangUp();
  signal.addEventListener("abort", stop);
  try {
    const walked = await walkOnLine({ flow, script, flows: plan.flows, line, book, callId }, (step) => {
      line.step = step;
      result.steps.push(step);
    });
    result.ways = walked.ways.map(tellWayTaken);
    const brokenOff = caller.hungUpAtMs !== null && line.farEndHungUp(caller.hungUpAtMs);
    result.faults.push(...otherWay(ways, brokenOff ? walked.ways.slice(0, ways.length) : walked.ways));
  } finally {
    signal.removeEventListener("abort", stop);
  }
  await Promise.race([caller.ended, line.wait(goodbyeWithinMs, signal)]);
  const left = caller.stuckAt === null ? undefined : script.call[caller.stuckAt];
  if (left)
    result.faults.push({
      step: line.step,
      expected: `the caller ${tellAct(left)}`,
      got: "the call was over before",
    });
  result.lateMs = line.soundLateMs;
  result.course = courseOf(line.playbacks, caller.deeds, sounds);
  const compared = await comparing.compare(line.playbacks, caller.heard);
  result.heard = compared.heard;
  result.faults.push(...compared.faults);
}

const tellWayTaken = ({ from, on }: WayTaken): string => `${from}, ${on ?? "opting out"}`;

/** Where it first went elsewhere than on paper. */
function otherWay(planned: readonly WayTaken[], taken: readonly WayTaken[]): WalkFault[] {
  const at = planned.findIndex((way, i) => taken[i] === undefined || tellMove(way) !== tellMove(taken[i]));
  const apart = at < 0 ? planned.length : at;
  const [should, went] = [planned[apart], taken[apart]];
  if (!should && !went) return [];
  const expected = should ? `the call to go ${tellMove(should)}` : "the call to end there";
  const got = went ? `it went ${tellMove(went)}` : "it ended";
  return [{ step: (should ?? went)!.from, expected, got }];
}

/** "from question to read-back (key 2)" */
const tellMove = ({ from, on, to }: WayTaken): string => `from ${from} to ${to} (${on ?? "opting out"})`;
