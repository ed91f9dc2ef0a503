/** Hearback and the dialplan in turns, for what is told of the one beside the other. */
import type { Bench } from "../part.ts";
import { type Batch, type BatchOrder, batchByDialplan, batchByHearback } from "./batch.ts";
import { type House, type Spent, since } from "./house.ts";
import { storyMs } from "./the-call.ts";

export interface Duel {
  dialplan: Batch[];
  hearback: Batch[];
  /** Of both. */
  cpu: Spent;
}

/** Their order: A is the dialplan, B is Hearback. Where each begins as often as the other, neither gains by it. */
export type Turns = "AB" | "BA" | "ABBA";

const orderOf = ({ signal }: Bench, atOnce: number): BatchOrder => ({
  // All are up before the first has ended, which takes 19 s.
  ...{ calls: atOnce, atOnce, perSecond: Math.min(25, atOnce / 2), storyMs, signal },
});

/** What is done once (modules, prepared statements, caches) is no call's. */
export async function warmUpBoth(house: House, bench: Bench): Promise<void> {
  await warmUp(house, bench);
  await batchByDialplan(house, { ...orderOf(bench, 4), storyMs: 1_000 });
}

/** As warmUpBoth, where only Hearback is measured. */
export async function warmUp(house: House, bench: Bench): Promise<void> {
  bench.progress("warming up");
  await batchByHearback(house, { ...orderOf(bench, bench.quick ? 4 : 40), storyMs: 1_000 });
}

/** In a house that is warm. */
export async function duel(house: House, bench: Bench, atOnce: number, turns: Turns): Promise<Duel> {
  const order = orderOf(bench, atOnce);
  const made: Pick<Duel, "dialplan" | "hearback"> = { dialplan: [], hearback: [] };
  const before = house.cpu();
  for (const [n, who] of [...turns].entries()) {
    const name = who === "A" ? "dialplan" : "Hearback";
    bench.progress(`${atOnce} at once, ${n + 1} of ${turns.length}, ${name}`);
    if (who === "A") made.dialplan.push(await batchByDialplan(house, order));
    else made.hearback.push(await batchByHearback(house, order));
  }
  return { ...made, cpu: since(house.cpu(), before) };
}
