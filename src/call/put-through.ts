import { mostTalkMinutes } from "#campaign/longest-call.ts";
import type { Input } from "#flow/state.ts";
import type { Speaking } from "./ask.ts";
import type { TransferTo } from "./conversation-options.ts";
import type { LineEvent } from "./line.ts";

/** After the ringing time, Asterisk has so long to say how it ended. */
const verdictWithinMs = 5_000;
/** An Asterisk that does not answer is waited for no longer. */
const partedWithinMs = 5_000;

/**
 * Rings the person and joins both. Meanwhile the caller hears it ring; the opt-out key gives it up.
 * @throws LineEnded: the caller hung up, and it rings no more
 */
export async function putThrough(at: Speaking, to: TransferTo, ringSeconds: number): Promise<Input> {
  const { line, keys } = at;
  if (to.kind === "closed") return { kind: "transferred", outcome: "closed" };
  if (to.kind === "nobody") return { kind: "transferred", outcome: "failed" };
  keys.clear();
  const { kind: _, ...order } = to;
  line.join({ ...order, ringSeconds });
  const until = line.nowMs() + ringSeconds * 1000 + verdictWithinMs;
  for (;;) {
    const event = await line.next(until);
    if (event?.kind === "joined") return { kind: "transferred", outcome: "joined" };
    if (event?.kind === "parted") return { kind: "transferred", outcome: "failed" };
    const gaveUp = isOptOut(event, at);
    if (event && !gaveUp) continue;
    const optsOut = (await takeApart(at)) || gaveUp;
    return optsOut ? { kind: "key", digit: at.optOutKey } : { kind: "transferred", outcome: "failed" };
  }
}

const isOptOut = (event: LineEvent | null, { optOutKey }: Speaking): boolean =>
  event?.kind === "key" && event.digit === optOutKey;

/**
 * Until the caller is ours alone again: the person may answer at this very moment, and what is played to somebody in a
 * bridge may never end.
 * @returns whether they opted out meanwhile
 */
async function takeApart(at: Speaking): Promise<boolean> {
  const { line } = at;
  line.part();
  const until = line.nowMs() + partedWithinMs;
  for (let optsOut = false; ; ) {
    const event = await line.next(until);
    if (!event || event.kind === "parted") return optsOut;
    if (isOptOut(event, at)) optsOut = true;
  }
}

/** No talk is longer: Asterisk itself has ended it by then. */
const longestTalkMs = (mostTalkMinutes + 1) * 60_000;

/**
 * Two people talk, and nobody listens: keys mean nothing until one of them hangs up. Taken over from another process,
 * the talk goes on where it still does.
 * @throws LineEnded: the caller hung up
 */
export async function stayJoined(at: Speaking): Promise<Input> {
  const { line, keys } = at;
  if (!(await line.takeUpJoin())) return { kind: "transferred", outcome: "parted" };
  const until = line.nowMs() + longestTalkMs;
  for (;;) {
    const event = await line.next(until);
    if (event?.kind === "key" || (event && event.kind !== "parted")) continue;
    if (!event) await takeApart(at);
    keys.clear();
    return { kind: "transferred", outcome: "parted" };
  }
}
