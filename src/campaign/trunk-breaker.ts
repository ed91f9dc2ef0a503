/**
 * How much of its calls a second a trunk gets while it refuses calls: halved when it refuses many, given back bit by bit
 * (RELIABILITY.md F24, row 26: a storm of 503 or 403 must slow us within ten seconds, and burn no attempts). Pure.
 */
export interface TrunkBreaker {
  /** Of the trunk's calls per second; 1 when all is well. */
  share: number;
  /** What the trunk made of calls since `sinceMs`. */
  ended: number;
  refused: number;
  sinceMs: number;
}

export const wellBreaker = (nowMs: number): TrunkBreaker => ({
  share: 1,
  ended: 0,
  refused: 0,
  sinceMs: nowMs,
});

/** So many ends say something; fewer may be chance. */
const enoughEnds = 5;
const refusedShare = 0.4;
/** Looked at anew after so long; a storm that is plain before then counts at once. */
const windowMs = 5_000;
/** Never nothing: somebody must find out when the trunk is well again. */
const leastShare = 1 / 64;
const giveBack = 0.1;

/** @param seen calls that came to an end at the trunk since the last look, and those that it refused */
export function afterCalls(
  breaker: TrunkBreaker,
  seen: { ended: number; refused: number },
  nowMs: number,
): TrunkBreaker {
  const ended = breaker.ended + seen.ended;
  const refused = breaker.refused + seen.refused;
  const storm = ended >= enoughEnds && refused / ended >= refusedShare;
  if (storm) return { ...wellBreaker(nowMs), share: Math.max(leastShare, breaker.share / 2) };
  if (nowMs - breaker.sinceMs < windowMs) return { ...breaker, ended, refused };
  const better = refused === 0 || refused / ended < refusedShare;
  // A quiet trunk gets its share back too, or it would never be asked again.
  return { ...wellBreaker(nowMs), share: better ? Math.min(1, breaker.share + giveBack) : breaker.share };
}

/**
 * Of all calls a second, what goes by each trunk: the first gets its share, and each other one its share of what those
 * before it do not carry. While the first is well it gets everything; never does more go out than it would have got.
 * No call is dialled a second time for it: those that a trunk refused end as they are, and later ones go another way.
 */
export function sharesInTurn(shares: readonly number[]): number[] {
  let left = 1;
  return shares.map((share) => {
    const own = left * share;
    left -= own;
    return own;
  });
}

/**
 * The trunk or the network would not carry the call; the person has nothing to do with it. 403 comes from handsets too,
 * but not in storms.
 */
export const isRefusal = ({
  disposition,
  sipCode,
}: {
  disposition: string;
  sipCode: number | null;
}): boolean => disposition === "congestion" || disposition === "failed" || sipCode === 403 || sipCode === 503;

/**
 * Nothing was heard of the telephone at the other end: no answer without a sign of ringing, or no word at all, as where
 * the trunk's far end is away. Single calls end so for other reasons too; where there is another trunk it is worth a try.
 */
export const isSilence = ({ disposition, rang }: { disposition: string; rang: boolean }): boolean =>
  disposition === "unknown" || (disposition === "no_answer" && !rang);
