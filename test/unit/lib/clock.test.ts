import { describe, expect, it } from "vitest";
import { inTime, systemClock } from "#lib/clock.ts";

describe("the system's clock", () => {
  it("waits, and not at all where the wait is over before it begins", async () => {
    const before = performance.now();
    await systemClock.wait(20);
    expect(performance.now() - before).toBeGreaterThanOrEqual(19);
    await expect(systemClock.wait(60_000, AbortSignal.abort(inTime))).rejects.toBe(inTime);
  });

  it("tells why a wait ended early by the signal's own reason, and leaves no listener behind", async () => {
    const over = new AbortController();
    const long = systemClock.wait(60_000, over.signal);
    let listeners = 0;
    const { addEventListener, removeEventListener } = over.signal;
    over.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(over.signal, args);
    };
    over.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(over.signal, args);
    };
    await systemClock.wait(1, over.signal);
    expect(listeners).toBe(0);
    over.abort(inTime);
    await expect(long).rejects.toBe(inTime);
  });
});
