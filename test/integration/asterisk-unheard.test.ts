/** Prompts that a real Asterisk does not play: noticed, and never where the call itself ended them. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { AriConnection } from "#asterisk/ari-connection.ts";
import type { AriTelephone } from "#asterisk/ari-telephone.ts";
import type { Line } from "#call/line.ts";
import { newName } from "#lib/ids.ts";
import { soundFileIn } from "#storage/telephone-prompts.ts";
import { type Bench, connectTo, listen, startBench } from "./asterisk-bench.ts";

let bench: Bench;
let connection: AriConnection;
let telephone: AriTelephone;
const told: { channelId: string; prompts: readonly string[] }[] = [];
beforeAll(async () => {
  bench = await startBench();
  const fileOf = soundFileIn(bench.ivr.soundsDir);
  ({ connection, telephone } = connectTo(bench.ivr, newName("unheard"), { fileOf }));
  telephone.onUnheard((channelId, prompts) => told.push({ channelId, prompts }));
  await connection.start();
}, 120_000);
beforeEach(() => void told.splice(0));
afterAll(async () => {
  telephone?.close();
  await connection?.stop();
  await bench?.stop();
});

async function answered(lastDigits: string, maxCallSeconds = 120): Promise<Line> {
  const attemptId = newName("unheard");
  const outcome = await telephone.dial(
    {
      ...{ attemptId, channelId: `hb-${attemptId}`, phone: `+441632960${lastDigits}` },
      ...{ callerNumber: "+441632960999", ringSeconds: 20, maxCallSeconds, node: "asterisk" },
    },
    () => {},
  );
  if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
  return outcome.line;
}
const sounds = (...prompts: string[]) => prompts.map((prompt) => ({ prompt, sound: prompt }));
const finished = (line: Line, id: string) =>
  listen(line, 20_000, (event) => event.kind === "play-finished" && event.id === id);

it("in the middle of a list, at its end, and alone; and a list that is whole is none", async () => {
  const line = await answered("100");
  line.play("whole", sounds("short", "short", "short"));
  await finished(line, "whole");
  await wait(1_200);
  expect(told).toEqual([]);
  line.play("middle", sounds("short", "gone-1", "short"));
  await finished(line, "middle");
  line.play("end", sounds("short", "gone-2"));
  await finished(line, "end");
  line.play("alone", sounds("gone-3"));
  await finished(line, "alone");
  await wait(1_200);
  expect(told.map(({ prompts }) => prompts)).toEqual([["gone-1"], ["gone-2"], ["gone-3"]]);
  expect(new Set(told.map(({ channelId }) => channelId))).toEqual(new Set([line.channelId]));
  line.hangUp();
});

it("a file that goes away between two calls, also as a call's last word before we hang up", async () => {
  const file = join(bench.ivr.soundsDir, "fleeting.alaw");
  writeFileSync(file, new Uint8Array(6_400).fill(0xd5));
  const line = await answered("100");
  line.play("there", sounds("fleeting"));
  await finished(line, "there");
  rmSync(file);
  line.play("gone", sounds("fleeting"));
  await finished(line, "gone");
  line.hangUp();
  await listen(line, 5_000);
  await wait(1_200);
  expect(told.map(({ prompts }) => prompts)).toEqual([["fleeting"]]);
});

it("never one that was cut short: by them, by the channel's own time, by a key or by us", async () => {
  const theirs = await answered("121");
  for (let n = 0; n < 3; n += 1) theirs.play(`p${n}`, sounds("long"));
  expect((await listen(theirs, 20_000)).at(-1)?.kind).toBe("hung-up");
  const timed = await answered("100", 3);
  timed.play("p1", sounds("long", "long"));
  expect((await listen(timed, 20_000)).at(-1)?.kind).toBe("hung-up");
  const interrupted = await answered("100");
  interrupted.play("p1", sounds("long"));
  await wait(500);
  interrupted.stopPlaying("p1");
  interrupted.play("p2", sounds("long"));
  await wait(500);
  interrupted.hangUp();
  await listen(interrupted, 5_000);
  await wait(1_500);
  expect(told).toEqual([]);
});
