/** Finds by trying how much is held: up in steps of a tenth until something gives, then half a step back. */

export interface Climb<T> {
  /** The most that was held, and what was seen of it; null: nothing was. */
  held: Rung<T> | null;
  /** The least that was not. */
  failed: Rung<T> | null;
}

export interface Rung<T> {
  level: number;
  seen: T;
}

export interface ClimbOptions<T> {
  /** Whole, at least 1. */
  first: number;
  most: number;
  try(level: number): Promise<T>;
  holds(seen: T): boolean;
}

const stepUp = 1.1;

/** What fails is tried once more: a machine has other things to do now and then. */
export async function climb<T>({ first, most, try: make, holds }: ClimbOptions<T>): Promise<Climb<T>> {
  let held: Rung<T> | null = null;
  let failed: Rung<T> | null = null;
  for (let level: number | null = Math.min(first, most); level !== null; ) {
    let seen = await make(level);
    if (!holds(seen)) seen = await make(level);
    if (holds(seen)) held = { level, seen };
    else failed = { level, seen };
    level = nextLevel(held?.level ?? null, failed?.level ?? null, most);
  }
  return { held, failed };
}

/** Null: it is known well enough. */
export function nextLevel(held: number | null, failed: number | null, most: number): number | null {
  if (held === null) return failed! > 1 ? Math.floor(failed! / 1.5) : null;
  if (failed === null) return held < most ? Math.min(most, Math.ceil(held * stepUp)) : null;
  // Between the two it is halved, until they are half a step apart.
  const closeEnough = failed - held <= 1 || failed / held <= 1 + (stepUp - 1) * 0.6;
  return closeEnough ? null : Math.round((held + failed) / 2);
}
