/**
 * Two shares compared, such as of calls that came to their end with one wording and with another: the difference with
 * a 95 % interval (Newcombe 1998, method 10: Wilson's intervals of both shares, joined), and what may be said of it.
 * Pure. https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
 */

export interface Share {
  /** Calls that came to their end. */
  of: number;
  calls: number;
}

export interface Interval {
  low: number;
  high: number;
}

export interface Comparison {
  first: Share & { share: number; interval: Interval };
  second: Share & { share: number; interval: Interval };
  /** The second's share less the first's: -1 to 1. */
  difference: number;
  interval: Interval;
  /** Never anything but "unclear" while the interval has 0 in it. */
  verdict: "first" | "second" | "unclear";
  /**
   * So many calls more each would take, to see a difference of this size four times out of five; 0 where the verdict is
   * there; null where no number of calls would do, or nobody can say yet.
   */
  callsMore: number | null;
}

/** Two-sided 95 %. */
const z = 1.959964;
/** To find a true difference four times out of five. */
const zPower = 0.841621;
/** A share of fewer calls is no guide to how many more are needed. */
const enoughCalls = 20;
const mostCalls = 1_000_000;

/** Wilson's score interval; of no calls, all is possible. */
export function wilson({ of, calls }: Share): Interval {
  if (calls === 0) return { low: 0, high: 1 };
  const share = of / calls;
  const middle = share + (z * z) / (2 * calls);
  const half = z * Math.sqrt((share * (1 - share)) / calls + (z * z) / (4 * calls * calls));
  const whole = 1 + (z * z) / calls;
  return { low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) };
}

/** @throws RangeError where more came to their end than there were calls */
export function compareShares(first: Share, second: Share): Comparison {
  for (const { of, calls } of [first, second])
    if (!(of >= 0 && of <= calls)) throw new RangeError(`${of} of ${calls} is no share`);
  const [one, other] = [first, second].map((each) => ({
    ...{ ...each, share: each.calls === 0 ? 0 : each.of / each.calls, interval: wilson(each) },
  })) as [Comparison["first"], Comparison["second"]];
  const difference = other.share - one.share;
  const interval = {
    low: Math.max(
      -1,
      difference - Math.hypot(other.share - other.interval.low, one.interval.high - one.share),
    ),
    high: Math.min(
      1,
      difference + Math.hypot(other.interval.high - other.share, one.share - one.interval.low),
    ),
  };
  const verdict = interval.low > 0 ? "second" : interval.high < 0 ? "first" : "unclear";
  return {
    first: one,
    second: other,
    difference,
    interval,
    verdict,
    callsMore: callsMore(one, other, verdict),
  };
}

function callsMore(
  first: Comparison["first"],
  second: Comparison["second"],
  verdict: Comparison["verdict"],
): number | null {
  if (verdict !== "unclear") return 0;
  const least = Math.min(first.calls, second.calls);
  const difference = second.share - first.share;
  if (least < enoughCalls || difference === 0) return null;
  const spread = first.share * (1 - first.share) + second.share * (1 - second.share);
  const needed = Math.ceil(((z + zPower) ** 2 * spread) / difference ** 2);
  return needed > mostCalls ? null : Math.max(1, needed - least);
}
