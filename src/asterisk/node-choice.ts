/** On which Asterisk the next call is made; pure. */

export interface NodeLoad {
  name: string;
  /** Its share of the calls beside the others'. */
  weight: number;
  /** Null without a limit. */
  maxCalls: number | null;
  /** Whoever's they are, as far as is known. */
  calls: number;
}

/** How many calls more it may carry. */
export const roomOf = ({ maxCalls, calls }: NodeLoad): number =>
  maxCalls === null ? Number.MAX_SAFE_INTEGER : Math.max(0, maxCalls - calls);

/**
 * The one that is least full for its size, which is its limit times its weight: two nodes of 60 and 30 calls fill up side
 * by side. One without a limit is taken for as large as the largest that has one. Of equals, the first after `last`, so
 * that single calls go round. Null where none has room.
 */
export function chooseNode(loads: readonly NodeLoad[], last: string | null): string | null {
  const largest = Math.max(1, ...loads.map(({ maxCalls }) => maxCalls ?? 1));
  const fullness = ({ maxCalls, weight, calls }: NodeLoad) => (calls + 1) / ((maxCalls ?? largest) * weight);
  const next = loads.findIndex(({ name }) => name === last) + 1;
  const inTurn = [...loads.slice(next), ...loads.slice(0, next)].filter((load) => roomOf(load) > 0);
  const least = inTurn.reduce<NodeLoad | null>(
    (best, load) => (best === null || fullness(load) < fullness(best) ? load : best),
    null,
  );
  return least?.name ?? null;
}
