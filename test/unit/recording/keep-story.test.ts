import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { fromALawWav } from "#recording/a-law-wav.ts";
import { keepStoriesOfCall } from "#recording/keep-story.ts";
import type { PartToKeep, StoryToKeep } from "#recording/ports.ts";
import { audioOf, Killed, World } from "./fakes.ts";

const one = audioOf(2000, "speech", 1);
const two = audioOf(1000, "speech", 3);

const partOf = (part: number, durationMs: number | null, more: object = {}): PartToKeep => ({
  name: `hb-story-${part}`,
  part,
  durationMs,
  speechMs: null,
  endSeen: true,
  ...more,
});
const story = (parts: PartToKeep[], more: Partial<StoryToKeep> = {}): StoryToKeep => ({
  storyId: "story-1",
  callId: "call-1",
  take: 1,
  state: "kept",
  parts,
  ...more,
});

let world: World;
beforeEach(() => {
  world = new World();
  world.spool.set("hb-story-1", one);
  world.spool.set("hb-story-2", two);
  world.stories = [story([partOf(2, 1000), partOf(1, 2000)])];
});
/** As often as the job is put back. */
const keep = async () => {
  let looked = await keepStoriesOfCall(world.deps, "call-1");
  for (; looked; looked = await keepStoriesOfCall(world.deps, "call-1", looked)) {
    world.waits += 1;
    world.onWait();
  }
};
const keptAudio = () => world.settled.get("story-1")?.audio;
const keptCodes = () => fromALawWav(world.store.get("story-1.wav")!);

describe("keeping a call's stories", () => {
  it("joins the parts in their order, keeps them as one WAV, and only then empties the spool", async () => {
    await keep();
    expect(keptCodes()).toEqual(Buffer.concat([one, two]));
    expect(keptAudio()).toMatchObject({ durationMs: 3000, speechMs: 1000, truncated: false });
    expect(keptAudio()?.parts).toEqual([
      {
        name: "hb-story-1",
        startMs: 0,
        durationMs: 2000,
        sha256: createHash("sha256").update(one).digest("hex"),
      },
      {
        name: "hb-story-2",
        startMs: 2000,
        durationMs: 1000,
        sha256: createHash("sha256").update(two).digest("hex"),
      },
    ]);
    expect(world.spool.size).toBe(0);
    expect(world.waits).toBe(0);
  });

  it("keeps a take that was told again, too", async () => {
    world.stories = [
      story([partOf(1, 2000)], { state: "superseded" }),
      story([partOf(2, 1000)], { storyId: "story-2" }),
    ];
    await keep();
    expect([...world.store.keys()]).toEqual(["story-1.wav", "story-2.wav"]);
  });

  it("keeps a file that is shorter than the line said, marks it, and tells", async () => {
    world.stories = [story([partOf(1, 2600)])];
    await keep();
    expect(keptAudio()?.truncated).toBe(true);
    expect(world.warnings).toEqual([{ recordings: ["hb-story-1"] }]);
    expect(keptCodes()).toEqual(one);
  });

  it("keeps a story that was cut by a crash, marks it, and tells", async () => {
    world.stories = [story([partOf(1, null, { endSeen: false })])];
    await keep();
    expect(keptAudio()?.truncated).toBe(true);
    expect(world.warnings).toEqual([{ recordings: ["hb-story-1"] }]);
    expect(keptCodes()).toEqual(one);
  });

  it("leaves out what a full disk made up at its end, and marks it", async () => {
    const told = one.subarray(0, 12_000);
    world.spool.set("hb-story-1", Buffer.concat([told, Buffer.alloc(4_000)]));
    world.stories = [story([partOf(1, 2000)])];
    await keep();
    expect(keptCodes()).toEqual(told);
    expect(keptAudio()?.truncated).toBe(true);
  });

  it.each([
    ["with a block of the disk, where nobody knows its length", 20_480, null, true],
    ["with a block of the disk, as long as the line said", 20_480, 2_560, false],
    ["otherwise, where nobody knows its length", 20_562, null, false],
  ])("of one that ends %s", async (_, bytes, durationMs, truncated) => {
    world.spool.set("hb-story-1", Buffer.concat([one, one]).subarray(0, bytes));
    world.stories = [story([partOf(1, durationMs)])];
    await keep();
    expect(keptAudio()?.truncated).toBe(truncated);
  });

  it("does not mark what is short by no more than an event's travel", async () => {
    world.stories = [story([partOf(1, 2200)])];
    await keep();
    expect(keptAudio()?.truncated).toBe(false);
  });

  it("waits for a file that is still being written", async () => {
    world.stories = [story([partOf(1, null)])];
    world.spool.set("hb-story-1", one.subarray(0, 8000));
    world.onWait = () => world.spool.set("hb-story-1", one);
    await keep();
    expect(keptCodes()).toEqual(one);
  });

  it("leaves the rest of a file that grows for ever, and marks it", async () => {
    world.stories = [story([partOf(1, 9000)])];
    world.onWait = () => world.spool.set("hb-story-1", Buffer.concat([world.spool.get("hb-story-1")!, one]));
    await keep();
    expect(world.waits).toBe(3);
    expect(keptAudio()).toMatchObject({ durationMs: 8000, truncated: true });
  });

  it("keeps another story of the call meanwhile", async () => {
    world.stories = [
      story([partOf(1, null)], { state: "superseded" }),
      story([partOf(2, 1000)], { storyId: "story-2" }),
    ];
    expect(await keepStoriesOfCall(world.deps, "call-1")).toEqual({
      "hb-story-1": { bytes: 16_000, times: 1 },
    });
    expect([...world.store.keys()]).toEqual(["story-2.wav"]);
    expect([...world.spool.keys()]).toEqual(["hb-story-1"]);
  });

  it("keeps one that may still grow, though another of the call fails again and again", async () => {
    world.stories = [
      story([partOf(1, null)], { state: "superseded" }),
      story([partOf(2, 1000)], { storyId: "story-2" }),
    ];
    world.fault = (step) => {
      if (step === "store.put" && world.settled.has("story-1")) throw new Error("no room");
      if (step === "rows.stored" && world.settled.size === 0 && world.waits === 0) throw new Error("away");
    };
    await expect(keep()).rejects.toThrow("no room");
    expect(world.waits).toBe(1);
    expect(world.settled.get("story-1")?.as).toBe("stored");
  });

  it("waits for no file of a part that ended as it began, but for one whose end nobody saw", async () => {
    world.spool.clear();
    world.stories = [story([partOf(1, 3)])];
    await keep();
    expect(world.settled.get("story-1")).toEqual({ as: "missing" });
    expect(world.waits).toBe(0);
    for (const part of [partOf(1, 3, { endSeen: false }), partOf(1, null), partOf(1, 300)]) {
      world.waits = 0;
      world.stories = [story([part])];
      await keep();
      expect(world.waits, JSON.stringify(part)).toBeGreaterThan(0);
    }
  });

  it("keeps what is there of a story with a missing part, marks it, and tells", async () => {
    world.spool.delete("hb-story-2");
    await keep();
    expect(keptCodes()).toEqual(one);
    expect(keptAudio()?.truncated).toBe(true);
    expect(world.warnings).toEqual([{ recordings: ["hb-story-2"] }]);
  });

  it("says so when nothing is there at all, and keeps the story when it turns up after all", async () => {
    world.spool.clear();
    await keep();
    expect(world.settled.get("story-1")).toEqual({ as: "missing" });
    world.spool.set("hb-story-1", one).set("hb-story-2", two);
    await keep();
    expect(world.settled.get("story-1")?.as).toBe("stored");
  });

  it("does away with what the patient deleted, in the spool and in the store", async () => {
    world.stories = [story([partOf(1, 2000), partOf(2, 1000)], { state: "deleted" })];
    world.store.set("story-1.wav", one);
    await keep();
    expect(world.settled.get("story-1")).toEqual({ as: "deleted" });
    expect(world.spool.size + world.store.size).toBe(0);
  });
});

describe("a story in which nobody speaks", () => {
  const silent = (more: object = {}, durationMs = 2000) => {
    world.spool.set("hb-story-1", audioOf(2000, "silence"));
    world.stories = [story([partOf(1, durationMs, more)])];
  };

  it("is noted, then removed", async () => {
    silent();
    await keep();
    expect(world.settled.get("story-1")).toEqual({ as: "no-speech" });
    expect([...world.spool.keys()]).toEqual(["hb-story-2"]);
    expect(world.store.size).toBe(0);
  });

  it.each([
    ["the line heard a voice", { speechMs: 400 }, 2000],
    ["its file was cut short", {}, 5000],
  ])("is kept where %s", async (_, more, durationMs) => {
    silent(more, durationMs);
    await keep();
    expect(world.settled.get("story-1")?.as).toBe("stored");
  });

  it("is not searched for speech where the line heard a voice: that takes longer than all else", async () => {
    world.speechMs = () => {
      throw new Error("searched for speech");
    };
    world.stories = [story([partOf(1, 2000, { speechMs: 400 })])];
    await keep();
    expect(keptAudio()).toMatchObject({ speechMs: 400 });
  });

  it("is kept where it is loud and nobody knows what the line heard; not where the line heard nothing", async () => {
    world.speechMs = () => 0;
    await keep();
    expect(world.settled.get("story-1")?.as).toBe("stored");
    world.settled.clear();
    world.spool.set("hb-story-1", one);
    world.stories = [story([partOf(1, 2000, { speechMs: 0 })])];
    await keep();
    expect(world.settled.get("story-1")?.as).toBe("no-speech");
  });

  it("is kept where another part has speech", async () => {
    world.spool.set("hb-story-2", audioOf(1000, "silence"));
    await keep();
    expect(keptAudio()?.durationMs).toBe(3000);
  });
});

describe("killed at any step, and run again", () => {
  /** Runs until it ends by itself, killed at the n-th point first. */
  async function killedAt(point: number): Promise<{ wasKilled: boolean }> {
    let at = 0;
    world.fault = () => {
      if (at++ === point) throw new Killed();
      nothingLost();
    };
    const wasKilled = await keep().then(
      () => false,
      (thrown) => {
        if (thrown instanceof Killed) return true;
        throw thrown;
      },
    );
    world.fault = nothingLost;
    nothingLost();
    await keep();
    return { wasKilled };
  }

  let nothingLost = () => {};

  const everyPoint = async (check: () => void, arrange: () => void) => {
    let points = 0;
    for (; ; points++) {
      world = new World();
      arrange();
      const { wasKilled } = await killedAt(points);
      check();
      if (!wasKilled) break;
    }
    return points;
  };

  it("loses nothing, and removes nothing before its row", async () => {
    nothingLost = () => {
      const row = world.settled.get("story-1")?.as;
      if (row !== "stored") expect([...world.spool.values()]).toEqual([one, two]);
      if (row === "stored") expect(keptCodes()).toEqual(Buffer.concat([one, two]));
    };
    const arrange = () => {
      world.spool.set("hb-story-1", one).set("hb-story-2", two);
      world.stories = [story([partOf(1, 2000), partOf(2, 1000)])];
    };
    const points = await everyPoint(() => expect(world.settled.get("story-1")?.as).toBe("stored"), arrange);
    expect(points).toBeGreaterThan(12); // before and after of: rows, two reads, store look-up, put, row, two removals
  });

  it("keeps the more complete audio when the spool has lost a part since the first run", async () => {
    nothingLost = () => {};
    world.fault = (step) => {
      if (step === "rows.stored") throw new Killed();
    };
    await expect(keep()).rejects.toThrow(Killed);
    world.fault = () => {};
    world.spool.delete("hb-story-2");
    await keep();
    expect(keptCodes()).toEqual(Buffer.concat([one, two]));
    expect(keptAudio()?.truncated).toBe(true);
  });

  it("adopts what the first run put into the store when the spool has lost all", async () => {
    world.fault = (step) => {
      if (step === "rows.stored") throw new Killed();
    };
    await expect(keep()).rejects.toThrow(Killed);
    world.fault = () => {};
    world.spool.clear();
    await keep();
    expect(world.settled.get("story-1")?.as).toBe("stored");
    expect(keptAudio()?.durationMs).toBe(3000);
  });

  it("removes a silent story only when the row says so", async () => {
    nothingLost = () => {
      if (!world.settled.get("story-1")) expect(world.spool.size).toBe(1);
    };
    const arrange = () => {
      world.spool.set("hb-story-1", audioOf(2000, "silence"));
      world.stories = [story([partOf(1, 2000)])];
    };
    await everyPoint(() => expect(world.settled.get("story-1")?.as).toBe("no-speech"), arrange);
  });

  it("finishes a deletion that was interrupted", async () => {
    nothingLost = () => {
      if (world.settled.get("story-1")) expect(world.spool.size + world.store.size).toBe(0);
    };
    const arrange = () => {
      world.spool.set("hb-story-1", one);
      world.stories = [story([partOf(1, 2000)], { state: "deleted" })];
    };
    await everyPoint(() => expect(world.settled.get("story-1")?.as).toBe("deleted"), arrange);
  });
});
