/**
 * An Asterisk that stands still while a story is told: longer than a silence, and until its connection is given up. What
 * is pressed meanwhile waits at its door, and counts. The chaos run freezes at random; this at the worst moment.
 */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { KeyBuffer } from "#call/key-buffer.ts";
import { AttentiveLine } from "#call/line-events.ts";
import type { CallLog } from "#call/ports.ts";
import { recordPart } from "#call/record-part.ts";
import { systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { type Bench, startBench } from "../integration/asterisk-bench.ts";

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
}, 120_000);
afterAll(() => bench?.stop());

const log = { partBegun: async () => {}, partEnded: async () => {} } as unknown as CallLog;

/** Who says nothing, and presses # 4.8 s after answering, records a part whose silence is over before. */
async function pressedWhileFrozen(forMs: number) {
  await vi.waitFor(() => expect(bench.telephone.ready).toBe(true), { timeout: 10_000 });
  const line = new AttentiveLine(await bench.answered("142"), systemClock);
  const name = `hb-${newName("r")}`;
  const part = recordPart(
    {
      ...{ line, keys: new KeyBuffer(1_000), everywhere: ["*", "9"], optOutKey: "9" },
      ...{ handsetPauseMs: 0, voicemailTalkMs: 10_000 },
    },
    {
      ...{ kind: "record", nudge: false, say: [], tone: null, name, take: 1, part: 1 },
      ...{ limitMs: 60_000, silenceMs: 3_500 },
    },
    { words: [], tone: [], callId: name, log },
  );
  await wait(900);
  process.kill(bench.ivr.pid, "SIGSTOP");
  await wait(forMs).finally(() => process.kill(bench.ivr.pid, "SIGCONT"));
  const input = await part;
  line.hangUp();
  return input;
}

// 4.5 s: the connection is given up. 4.2 s: it is not, and all comes at once.
test.each([4_200, 4_600, 4_800, 5_500])(
  "a # pressed while Asterisk stood still for %d ms ends the story",
  async (ms) => {
    expect(await pressedWhileFrozen(ms)).toMatchObject({ kind: "recorded", endedBy: "hash" });
  },
  30_000,
);
