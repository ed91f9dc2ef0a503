/** A number keyed digit by digit, and an Asterisk that stands still meanwhile. */
import { expect, it } from "vitest";
import type { Speaking } from "#call/ask.ts";
import { KeyBuffer } from "#call/key-buffer.ts";
import { keyIn } from "#call/key-in.ts";
import { AttentiveLine } from "#call/line-events.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { hold, smallFlow } from "../flow/small-flow.ts";

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

const ward = smallFlow(`
  first: { kind: digits, answer: ward, as: number, max: 99, length: { min: 2, max: 2 }, say: [key-ward], next: sure }
  sure:
    kind: menu
    say: [are-you-sure]
    tries: 1
    choices: [{ key: "1", next: story }]
    unanswered: bye
  story:
    kind: play
    say: [thank-you]
    next: end
`);

it("has its # behind its last digit, though it needs none: that is no answer to the next question", async () => {
  const call: CallerAct[] = [
    { hear: "key-ward" },
    { press: "42#", gapMs: 900 },
    { hearOut: true },
    { press: "1" },
  ];
  const { heard, moves } = await hold(ward, call);
  expect(moves).toContain("sure key 1 story");
  expect(heard).toEqual(["key-ward", "are-you-sure", "thank-you"]);
});

it("is over by then: a # some time later is a wrong key", async () => {
  const call: CallerAct[] = [
    { hear: "key-ward" },
    { press: "42", gapMs: 900 },
    { hear: "are-you-sure" },
    { wait: 4_000 },
    { press: "#" },
  ];
  expect((await hold(ward, call)).moves).toContain("sure unanswered bye");
});
