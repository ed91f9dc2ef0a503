import { setTimeout as wait } from "node:timers/promises";
import type { Instance } from "./instance.ts";

const everyMs = 200;

/** How long an instance says that it is ready while it is cut off from Asterisk without a sign. Milliseconds. */
export async function blindnessOf(instance: Instance, over: Promise<unknown>): Promise<number> {
  const fromMs = Date.now();
  let isOver = false;
  void over.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    if ((await isReady(instance)) === false) break;
    await wait(everyMs);
  }
  return Date.now() - fromMs;
}

/** Null where it does not say. */
async function isReady({ address }: Instance): Promise<boolean | null> {
  if (!address) return null;
  const answer = await fetch(new URL("/readyz", address), { signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  return answer ? answer.status === 200 : null;
}
