/** What a playback comes to where the sounds, or our sight of them, are away. */
import { describe, expect, it } from "vitest";
import { LinePlayer } from "#asterisk/line-player.ts";
import type { SoundFile } from "#asterisk/unheard.ts";
import type { LineEvent } from "#call/line.ts";

function player(fileOf: () => SoundFile | null) {
  const told: LineEvent[] = [];
  const unheard: (readonly string[])[] = [];
  let nowMs = 0;
  const waits: (() => void)[] = [];
  const line = new LinePlayer("hb-a", { send: async () => 200 } as never, {} as never, {
    tell: (event) => told.push(event),
    onQuiet: () => {},
    clock: { monotonicMs: () => nowMs, wait: () => new Promise((done) => waits.push(done)) },
    watch: { fileOf, unheard: (prompts) => unheard.push(prompts) },
  });
  const asked = [{ prompt: "hello", sound: "hello" }];
  line.play("p", { media: ["sound:hello"], asked, otherMs: 0 }, { aside: false });
  return {
    ...{ line, told, unheard },
    begins: () => line.started({ id: "p" } as never, null),
    endsAfter: (ms: number) => {
      nowMs += ms;
      line.finished({ id: "p", state: "done" } as never, null);
    },
    aSecondLater: async () => {
      for (const done of waits) done();
      await new Promise((done) => setImmediate(done));
    },
  };
}
const twoSeconds = (): SoundFile => ({ lengthMs: 2_000, readable: true });

describe("a playback", () => {
  it("that was too short was not heard", async () => {
    const on = player(twoSeconds);
    on.begins();
    on.endsAfter(100);
    await on.aSecondLater();
    expect(on.unheard).toEqual([["hello"]]);
  });

  it("ends for its caller though the folder of sounds cannot be looked at, and proves nothing then", async () => {
    const on = player(() => {
      throw new Error("EACCES");
    });
    on.begins();
    on.endsAfter(100);
    await on.aSecondLater();
    expect(on.told).toContainEqual({ kind: "play-finished", id: "p", complete: true });
    expect(on.unheard).toEqual([]);
  });

  it("whose connection was lost meanwhile is not judged by how long it lasted", async () => {
    const on = player(twoSeconds);
    await on.line.resume(async () => false);
    on.begins();
    on.endsAfter(100);
    await on.aSecondLater();
    expect(on.unheard).toEqual([]);
  });

  it("that seemed too short before the connection was lost is not held against its prompts", async () => {
    const on = player(twoSeconds);
    on.begins();
    on.endsAfter(100);
    await on.line.resume(async () => false);
    await on.aSecondLater();
    expect(on.unheard).toEqual([]);
  });
});
