/** A hang-up ends what is being said or recorded at once; where machines are busy, the call's end is told a good while later. */
import { expect, it } from "vitest";
import type { Audio, LineEvent, RecordOptions } from "#call/line.ts";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { readFlow, walk } from "../../support/shipped-flows.ts";

const lateMs = 2_000;
const toInvitation: CallerAct[] = [
  ...[{ hear: "greeting-keys" }, { press: "1" }, { hear: "fft-question" }, { press: "2" }],
  ...[{ hear: "read-back-keys" }, { press: "1" }],
];
const told: CallerAct[] = [...toInvitation, { hear: "tone" }, { wait: 2_500 }, { talk: 3_000 }];

/** As Asterisk where the processor is short: what is asked for meanwhile is refused, since the channel has gone. */
class TellsItsEndLate extends ScriptedLine {
  #refused: LineEvent[] = [];
  #end: { event: LineEvent; atMs: number } | null = null;

  override play(id: string, audio: Audio[]): void {
    if (!this.over) super.play(id, audio);
    else this.#refused.push({ kind: "play-finished", id, complete: false, hungUp: true });
  }

  override startRecording(name: string, options: RecordOptions): void {
    const refused = { name, endedBySilence: false, failed: true, hungUp: true };
    if (!this.over) super.startRecording(name, options);
    else this.#refused.push({ kind: "recording-finished", ...refused });
  }

  override async next(untilMs: number): Promise<LineEvent | null> {
    const refused = this.#refused.shift();
    if (refused) return refused;
    if (!this.#end) {
      const event = await super.next(untilMs);
      if (event?.kind !== "hung-up" || this.hungUpByUs) return event;
      this.#end = { event, atMs: this.monotonicMs() + lateMs };
    }
    const { event, atMs } = this.#end;
    await super.next(Math.min(untilMs, atMs));
    return this.monotonicMs() >= atMs ? event : null;
  }
}

it.each<[string, CallerAct[], { disposition: string; parts: number }]>([
  [
    "in the invitation",
    [...toInvitation, { hear: "story-invitation" }, { hangUp: true }],
    { disposition: "partial", parts: 0 },
  ],
  [
    "in the tone",
    [...toInvitation, { hear: "tone" }, { hangUp: true }],
    { disposition: "partial", parts: 1 },
  ],
  ["while telling", [...told, { hangUp: true }], { disposition: "partial", parts: 1 }],
  [
    "while hearing that the story is deleted",
    [
      ...told,
      { press: "#" },
      { hear: "review-keys" },
      { press: "4" },
      { hear: "story-deleted" },
      { hangUp: true },
    ],
    { disposition: "partial", parts: 1 },
  ],
  [
    "in the thanks",
    [...toInvitation, { hear: "story-invitation" }, { press: "#" }, { hear: "thank-you" }, { hangUp: true }],
    { disposition: "completed", parts: 0 },
  ],
])("whoever hangs up %s came no further than that", async (_, call, expected) => {
  const line = new TellsItsEndLate(call);
  const { log, disposition } = await walk(readFlow("fft"), { call }, { line });
  expect({ disposition, parts: log.parts.length }).toEqual(expected);
  expect(line.hungUpByUs).toBe(false);
});
