import { describe, expect, it, vi } from "vitest";
import { type Clock, inTime, later, systemClock } from "#lib/clock.ts";

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

describe.each<[string, Pick<Clock, "wait">]>([
  ["the system's clock", systemClock],
  ["another", { wait: (ms, signal) => systemClock.wait(ms, signal) }],
])("after a time, by %s", (_, clock) => {
  it("is done, once", async () => {
    const act = vi.fn();
    const over = later(clock, 5, act);
    await vi.waitFor(() => expect(act).toHaveBeenCalledTimes(1));
    over();
    await systemClock.wait(20);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("is not done where it is taken back before", async () => {
    const act = vi.fn();
    later(clock, 5, act)();
    await systemClock.wait(30);
    expect(act).not.toHaveBeenCalled();
  });
});
