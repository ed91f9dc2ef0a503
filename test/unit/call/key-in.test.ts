/** A number keyed digit by digit, and an Asterisk that stands still meanwhile. */
import { expect, it } from "vitest";
import type { Speaking } from "#call/ask.ts";
import { KeyBuffer } from "#call/key-buffer.ts";
import { keyIn } from "#call/key-in.ts";
import { AttentiveLine } from "#call/line-events.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";

class StandsStill extends ScriptedLine {
  unseenTimes = 0;
  override inSight = async () => this.unseenTimes-- <= 0;
}

async function keyed(acts: CallerAct[], unseenTimes = 0): Promise<string> {
  const line = new StandsStill(acts);
  line.unseenTimes = unseenTimes;
  const at = { line: new AttentiveLine(line, line), keys: new KeyBuffer(1_000) } as unknown as Speaking;
  const command = { kind: "key-in", say: [], least: 4, most: 6, firstWithinMs: 5_000, as: null } as const;
  return keyIn(at, command as never, [{ prompt: "key-number", sound: "key-number" }]);
}

const half: CallerAct[] = [
  { hear: "key-number" },
  { press: "12" },
  { wait: 5_500 },
  { press: "34" },
  { press: "#" },
];

it("is taken as it is after a pause", async () => {
  expect(await keyed(half)).toBe("12");
});

it("is waited for where Asterisk told nothing meanwhile", async () => {
  expect(await keyed(half, 1)).toBe("1234");
});
