import type { DialOrder, DialOutcome } from "#call/line.ts";
import type { PromptBook } from "#call/prompt-book.ts";
import { messageOf } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { tellAct } from "#walk/caller-act.ts";
import { walkOnLine } from "#walk/walk-script.ts";
import { Caller } from "./caller.ts";
import type { CallerExchange } from "./caller-exchange.ts";
import { compareSound } from "./compare-sound.ts";
import type { Plan, PlannedWalk } from "./plan.ts";
import type { ReleaseSounds } from "./sounds.ts";
import { WatchedLine } from "./watched-line.ts";

/** One call of a walk, as it went. */
export interface WalkResult {
  flow: string;
  /** Of the flow test whose caller it was. */
  name: string;
  passed: boolean;
  /** The steps that it came to, in order. */
  steps: string[];
  /** What the caller pressed. */
  keys: string;
  /** "question, key 2" ... */
  ways: string[];
  /** Prompts, with their language, that were heard at the far end, in order. */
  heard: string[];
  /** What did not come as it should have, a sentence each. */
  faults: string[];
  durationMs: number;
}

export interface CallHouse {
  plan: Plan;
  sounds: ReleaseSounds;
  book: PromptBook;
  exchange: CallerExchange;
  dial(order: DialOrder): Promise<DialOutcome>;
  signal: AbortSignal;
}

/** After its end on our side, so long for the far end to be told. */
const goodbyeWithinMs = 10_000;

/** Makes one call, plays its caller, and compares what they heard. Never throws: a fault is a result. */
export async function walkCall(house: CallHouse, walk: PlannedWalk, number: string): Promise<WalkResult> {
  const begun = performance.now();
  const caller = new Caller(walk.script.call);
  const result: WalkResult = {
    ...{ flow: walk.flow.flow, name: walk.script.name, passed: false, steps: [], keys: "", ways: [] },
    ...{ heard: [], faults: [], durationMs: 0 },
  };
  try {
    await hold(house, walk, caller, number, result);
  } catch (thrown) {
    result.faults.push(`the call broke: ${messageOf(thrown)}`);
  }
  const { keys } = caller;
  const durationMs = Math.round(performance.now() - begun);
  return { ...result, keys, durationMs, passed: result.faults.length === 0 };
}

async function hold(
  { plan, sounds, book, exchange, dial, signal }: CallHouse,
  { flow, script, ways, lastsMs }: PlannedWalk,
  caller: Caller,
  number: string,
  result: WalkResult,
): Promise<void> {
  exchange.expect(number, caller);
  const callId = newId();
  const outcome = await dial({
    ...{ attemptId: callId, channelId: `hb-${callId}`, phone: number, callerNumber: "+441632960999" },
    ...{ ringSeconds: 20, maxCallSeconds: Math.ceil(lastsMs / 1000) + 120, node: "asterisk" },
  });
  if (outcome.kind !== "answered") {
    result.faults.push(`the pretend telephone was not reached (${outcome.kind})`);
    return;
  }
  const line = new WatchedLine(outcome.line, {
    sounds,
    onPrompt: (prompt) => caller.promptBegins(prompt),
    onQuiet: () => caller.becomesQuiet(),
  });
  caller.isQuiet = () => line.quiet;
  const stop = () => line.hangUp();
  signal.addEventListener("abort", stop);
  try {
    const walked = await walkOnLine({ flow, script, flows: plan.flows, line, book, callId }, (step) =>
      result.steps.push(step),
    );
    result.ways = walked.ways.map(({ from, on }) => `${from}, ${on ?? "opting out"}`);
    const expected = ways.map(({ from, on }) => `${from}, ${on ?? "opting out"}`);
    const apart = expected.findIndex((way, i) => way !== result.ways[i]);
    if (apart >= 0 || expected.length !== result.ways.length) {
      const at = apart < 0 ? expected.length : apart;
      const [should, went] = [expected[at] ?? "to end there", result.ways[at] ?? "it ended"];
      result.faults.push(`it went another way: expected ${should}; but ${went}`);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
  await Promise.race([caller.ended, line.wait(goodbyeWithinMs, signal)]);
  if (caller.stuckAt !== null && script.call[caller.stuckAt])
    result.faults.push(`the call was over before the caller ${tellAct(script.call[caller.stuckAt]!)}`);
  const compared = compareSound(line.playbacks, caller.heard, sounds);
  result.heard = compared.heard;
  result.faults.push(...compared.faults);
}
