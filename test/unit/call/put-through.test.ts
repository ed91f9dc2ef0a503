import { expect, it } from "vitest";
import type { Speaking } from "#call/ask.ts";
import type { TransferTo } from "#call/conversation-options.ts";
import type { LineEvent } from "#call/line.ts";
import { putThrough } from "#call/put-through.ts";

const to: TransferTo = {
  ...{ kind: "number", phone: "+441632960123", callerNumber: "+441632960000" },
  ...{ talkSeconds: 60, restSeconds: 900 },
};

/** A caller for whom it rings: what happens, one after the other; null: nothing more within the time given. */
function ringing(happens: (LineEvent | null)[]) {
  const done: string[] = [];
  const line = {
    nowMs: () => 0,
    join: () => void done.push("join"),
    part: () => void done.push("part"),
    next: async () => {
      const event = happens.shift() ?? null;
      done.push(event?.kind === "key" ? event.digit : (event?.kind ?? "nothing"));
      return event;
    },
  };
  const at = { line, keys: { clear() {} }, optOutKey: "9" } as unknown as Speaking;
  return { done, outcome: putThrough(at, to, 20) };
}
const key = (digit: string): LineEvent => ({ kind: "key", digit, atMs: 0 });

it("who opts out while it rings is spoken to only once they are in no bridge", async () => {
  const { done, outcome } = ringing([key("9"), { kind: "joined" }, { kind: "parted" }]);
  expect(await outcome).toEqual({ kind: "key", digit: "9" });
  expect(done).toEqual(["join", "9", "part", "joined", "parted"]);
});

it("who opts out while it is being given up has opted out", async () => {
  const { done, outcome } = ringing([null, key("1"), key("9"), { kind: "parted" }]);
  expect(await outcome).toEqual({ kind: "key", digit: "9" });
  expect(done).toEqual(["join", "nothing", "part", "1", "9", "parted"]);
});

it("an Asterisk that tells nothing any more is not waited for", async () => {
  const { done, outcome } = ringing([null, null]);
  expect(await outcome).toEqual({ kind: "transferred", outcome: "failed" });
  expect(done).toEqual(["join", "nothing", "part", "nothing"]);
});
