import { expect, it } from "vitest";
import { systemClock as clock } from "#lib/clock.ts";
import { createStopOrder } from "#lib/stop-order.ts";

function setUp() {
  const faults: string[] = [];
  const order = createStopOrder({
    clock,
    onFault: (what, thrown) => faults.push(`${what}: ${(thrown as Error).message}`),
  });
  const stopped: string[] = [];
  const part = (what: string) => order.add(what, async () => stopped.push(what));
  return { order, part, stopped, faults };
}

it("stops what was begun, the last first, one after the other, and each once", async () => {
  const { order, part, stopped, faults } = setUp();
  part("database");
  order.add("calls", async () => {
    await clock.wait(20);
    stopped.push("calls");
  });
  await order.stopAll(() => {});
  await order.stopAll(() => {});
  expect({ stopped, faults }).toEqual({ stopped: ["calls", "database"], faults: [] });
});

it("goes on where a part fails, at once or later, or never ends", async () => {
  const { order, part, stopped, faults } = setUp();
  part("database");
  order.add("throws", () => {
    throw new Error("at once");
  });
  order.add("rejects", () => Promise.reject(new Error("later")));
  order.add("hangs", () => new Promise(() => {}), 30);
  part("pages");
  await order.stopAll(() => {});
  expect(stopped).toEqual(["pages", "database"]);
  expect(faults).toEqual(["hangs: it did not end within 30 ms", "rejects: later", "throws: at once"]);
});

it("tells what it waits for, and only that", async () => {
  const { order, part } = setUp();
  const told: string[] = [];
  part("quick");
  order.add("slow", () => clock.wait(700));
  await order.stopAll((what) => told.push(what));
  await clock.wait(600);
  expect(told).toEqual(["slow"]);
});
