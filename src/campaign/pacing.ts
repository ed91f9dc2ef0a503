/** Call starts saved up: a bucket that fills at the campaign's calls per second. */
export interface StartBucket {
  tokens: number;
  /** clock.monotonicMs() at which `tokens` was right. */
  atMs: number;
}

export interface LineLoad {
  /** The campaign's most calls at once. */
  maxCalls: number;
  /** Its calls in flight now. */
  inFlight: number;
  /** Calls that the trunk and the nodes can take beside those under way. */
  freeCapacity: number;
}

/**
 * One call and a quarter of a second's may be saved up: smoother than the whole second that carriers commonly allow, and
 * enough for a loop that looks every 200 ms to lose nothing.
 */
const burstSeconds = 0.25;

/** The first call may go at once. */
export const newBucket = (nowMs: number): StartBucket => ({ tokens: 1, atMs: nowMs });

/** How many call starts are saved up at most. */
export const fullAt = (callsPerSecond: number): number => 1 + callsPerSecond * burstSeconds;

/** The bucket as time has filled it. `callsPerSecond` may be a fraction; time that went backwards fills nothing. */
export function fill(bucket: StartBucket, callsPerSecond: number, nowMs: number): StartBucket {
  const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * callsPerSecond;
  return {
    tokens: Math.min(fullAt(callsPerSecond), bucket.tokens + gained),
    atMs: Math.max(bucket.atMs, nowMs),
  };
}

/** What is left after `started` calls. */
export const spend = (bucket: StartBucket, started: number): StartBucket => ({
  ...bucket,
  tokens: bucket.tokens - started,
});

/** How many calls to start now, from a bucket just filled. */
export function callsToStart(bucket: StartBucket, load: LineLoad): number {
  // Adding up fractions may leave 0.9999999 where a whole call is meant.
  const saved = Math.floor(bucket.tokens + 1e-6);
  return Math.max(0, Math.min(saved, load.maxCalls - load.inFlight, Math.floor(load.freeCapacity)));
}
