/** Of so many calls, so many went a certain way. */
export interface Share {
  of: number;
  calls: number;
}

/**
 * Fisher's exact test, one-sided: how likely chance alone would put at least so many of all that happened among the
 * calls of `ours`, were both alike. Exact for small numbers, which canaries have; 1 where nothing happened.
 */
export function atLeastByChance(ours: Share, theirs: Share): number {
  const happened = ours.of + theirs.of;
  const all = ours.calls + theirs.calls;
  const most = Math.min(happened, ours.calls);
  let sum = 0;
  for (let count = ours.of; count <= most; count += 1) {
    sum += Math.exp(
      logChoose(ours.calls, count) + logChoose(theirs.calls, happened - count) - logChoose(all, happened),
    );
  }
  return Math.min(sum, 1);
}

const logFactorials = [0];

function logFactorial(n: number): number {
  for (let next = logFactorials.length; next <= n; next += 1)
    logFactorials.push((logFactorials[next - 1] ?? 0) + Math.log(next));
  return logFactorials[n] ?? 0;
}

const logChoose = (n: number, k: number): number =>
  k < 0 || k > n ? Number.NEGATIVE_INFINITY : logFactorial(n) - logFactorial(k) - logFactorial(n - k);
