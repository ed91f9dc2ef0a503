import { mostTalkMinutes } from "#campaign/longest-call.ts";
import type { Input } from "#flow/state.ts";
import type { Speaking } from "./ask.ts";
import type { TransferTo } from "./conversation-options.ts";

/** After the ringing time, Asterisk has so long to say how it ended. */
const verdictWithinMs = 5_000;

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
    const gaveUp = event?.kind === "key" && event.digit === at.optOutKey;
    if (event && !gaveUp) continue;
    line.part();
    return gaveUp ? { kind: "key", digit: at.optOutKey } : { kind: "transferred", outcome: "failed" };
  }
}

/** No talk is longer: Asterisk itself has ended it by then. */
const longestTalkMs = (mostTalkMinutes + 1) * 60_000;

/**
 * Two people talk, and nobody listens: keys mean nothing until one of them hangs up. Taken over from another process,
 * the talk goes on where it still does.
 * @throws LineEnded: the caller hung up
 */
export async function stayJoined({ line, keys }: Speaking): Promise<Input> {
  if (!(await line.takeUpJoin())) return { kind: "transferred", outcome: "parted" };
  const until = line.nowMs() + longestTalkMs;
  for (;;) {
    const event = await line.next(until);
    if (event?.kind === "key" || (event && event.kind !== "parted")) continue;
    keys.clear();
    if (!event) line.part();
    return { kind: "transferred", outcome: "parted" };
  }
}
