/** Which release a call gets: on every instance, for every later call of a visit, and after its process died. */
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { paperBook } from "#call/audio.ts";
import type { Disposition } from "#call/disposition.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { watchCanary } from "#postgres/release-canary.ts";
import { noteTrouble, noteUnheard } from "#postgres/release-troubles.ts";
import { createReleaseWatch, type ReleaseWatch } from "#postgres/release-watch.ts";
import { readWork } from "#postgres/vital-signs.ts";
import { meetsCanary } from "#release/arm.ts";
import { hashOf, textOf } from "#release/files.ts";
import { createVoices, type Voices, type VoicesParts } from "#release-voices.ts";
import type { ReleaseVoice } from "#storage/release-voice.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { publishDraft, sam, uncheckedDesk } from "../support/releases.ts";
import { begin, dialAgain, dialled, ending, newLedger, visit } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
const watches: ReleaseWatch[] = [];
beforeEach(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterEach(async () => {
  await Promise.all(watches.splice(0).map((watch) => watch.stop()));
  await db.drop();
});

const folders = () => new Map([["flows/ring-back.yaml", Buffer.from("flow: ring-back\n")]]);
const deskOf = () => uncheckedDesk(pool, folders);

const voiceOf = (release: number | null): ReleaseVoice => ({
  ...{ release, flows: new Map(), book: paperBook },
  prompts: { language: "en-GB", ids: new Set(), words: new Map() },
});

const instance = (unusable: number[] = [], layNames: VoicesParts["layNames"] = async () => {}): Voices =>
  createVoices({
    ...{ pool, owner: newName("app"), folders: voiceOf(null), logger: silentLogger },
    load: async (files, release) => {
      if (unusable.includes(release)) throw new AppError("release_unusable", "no room on the disk");
      expect([...files.keys()]).toEqual(["flows/ring-back.yaml"]);
      return voiceOf(release);
    },
    layNames,
  });

/** Another text, as a canary. */
async function publish(share?: number): Promise<number> {
  const desk = deskOf();
  const path = "flows/ring-back.yaml";
  const there = (await desk.file("draft", path))!;
  const bytes = Buffer.concat([Buffer.from("# changed\n"), there]);
  await desk.saveFile({ path, bytes, expectedHash: hashOf(there) }, sam);
  return publishDraft(pool, share, folders);
}
async function goLive(): Promise<number> {
  const number = await publish();
  await deskOf().approve(number, sam);
  return number;
}

describe("every instance", () => {
  it("has dialplans play by name what is live, once each, and again where it could not be laid down", async () => {
    const laid: (string | null)[] = [];
    let full = false;
    const voices = instance([], async (files) => {
      if (full) throw new AppError("no_room", "no room on the disk");
      laid.push(files && (textOf(files, "flows/ring-back.yaml")?.split("\n")[0] ?? ""));
    });
    const lookAndLay = async () => {
      await voices.look();
      await voices.namesSettled();
    };
    await lookAndLay();
    await lookAndLay();
    expect(laid).toEqual([null]);
    full = true;
    await goLive();
    await lookAndLay();
    expect(voices.live.release).not.toBeNull();
    full = false;
    await lookAndLay();
    await lookAndLay();
    expect(laid).toEqual([null, "# changed"]);
  });

  it("goes on to what is live while names are still being laid, and then lays those of what is live by then", async () => {
    const laid: string[] = [];
    const disk = Promise.withResolvers<void>();
    const voices = instance([], async (files) => {
      laid.push(
        files ? textOf(files, "flows/ring-back.yaml")!.split("\n").slice(0, 2).join(", ") : "the folders",
      );
      await disk.promise;
    });
    await voices.look();
    for (const number of [1, 2]) {
      expect(await goLive()).toBe(number);
      await voices.look();
      expect(voices.live.release).toBe(number);
    }
    expect(laid).toEqual(["the folders"]);
    disk.resolve();
    await voices.namesSettled();
    expect(laid).toEqual(["the folders", "# changed, # changed"]);
  });

  it("hears of each move at once, without looking for it", async () => {
    const heard = [instance(), instance()].map((voices) => {
      const waiting: (() => void)[] = [];
      const watch = createReleaseWatch({
        ...{ url: db.url, clock: systemClock, logger: silentLogger, everyMs: 3_600_000 },
        look: async () => {
          await voices.look();
          for (const done of waiting.splice(0)) done();
        },
      });
      watches.push(watch);
      const until = async (release: number | null) => {
        while (voices.live.release !== release) await new Promise<void>((resolve) => waiting.push(resolve));
      };
      return { watch, until, first: new Promise<void>((resolve) => waiting.push(resolve)) };
    });
    for (const { watch } of heard) watch.start();
    await Promise.all(heard.map(({ first }) => first));
    const number = await goLive();
    await Promise.all(heard.map(({ until }) => until(number)));
    await deskOf().rollback(null, "no", sam);
    await Promise.all(heard.map(({ until }) => until(null)));
  });

  it("that cannot use a release says so, and goes on with the former one until it can", async () => {
    await goLive();
    const unusable: number[] = [2];
    const voices = instance(unusable);
    await voices.look();
    await goLive();
    await voices.look();
    await voices.look();
    expect(voices.live.release).toBe(1);
    const work = await readWork(pool);
    expect(work.releasesNotLoaded).toEqual([expect.stringMatching(/^2 on app-/)]);
    unusable.pop();
    await voices.look();
    expect(voices.live.release).toBe(2);
  });

  it("gives the canary to its share of people, always the same, and to nobody whose visit has a release", async () => {
    await goLive();
    const canary = await publish(0.2);
    const voices = instance();
    await voices.look();
    const lots = Array.from({ length: 200 }, (_, n) => n.toString(16).padStart(16, "0"));
    for (const lot of lots) {
      const { release } = await voices.ofNewCall({ lot });
      expect(release).toBe(meetsCanary(lot, canary, 0.2) ? canary : 1);
      expect((await voices.ofNewCall({ lot, release: 1 })).release).toBe(1);
    }
    expect((await voices.ofNewCall({})).release).toBe(1);
  });
});

describe("a visit", () => {
  it("keeps the release of its first answered call, unless that is rolled back", async () => {
    await goLive();
    const { ledger, attempt, campaign } = await dialled(pool);
    expect(attempt).toMatchObject({ release: null, lot: expect.stringMatching(/^[0-9a-f]{16}$/) });
    await begin(pool, attempt, { release: 1 });
    const again = ending({ disposition: "partial", follows: { kind: "retry", at: new Date(0) } });
    await ledger.end(attempt, again);
    await goLive();
    const second = await dialAgain(ledger, campaign);
    expect(second.release).toBe(1);
    await ledger.end(second, again);
    await deskOf().rollback(1, "back", sam);
    await deskOf().rollback(2, "and forth", sam);
    expect((await dialAgain(ledger, campaign)).release).toBeNull();
  });

  it("whose call's process dies goes on in the release of that call", async () => {
    await goLive();
    const { attempt } = await dialled(pool);
    await begin(pool, attempt, { release: 1 });
    await goLive();
    const [taken] = await newLedger(pool, { onlyInstance: true }).takeOverAbandoned();
    expect(taken).toMatchObject({ id: attempt.id, release: 1, call: { release: 1 } });
    expect((await instance().of(taken!.call!.release)).release).toBe(1);
  });
});

describe("the canary", () => {
  it("is told to have waited by its working hours, and by its calls", async () => {
    await goLive();
    expect((await readWork(pool)).canary).toBeNull();
    const number = await publish(0.2);
    expect((await readWork(pool)).canary).toEqual({
      number,
      share: 0.2,
      calls: 0,
      wanted: 200,
      workingHours: expect.any(Number),
    });
    await pool.query("alter table housekeeping.release disable trigger release_stays");
    await pool.query(
      "update housekeeping.release set published_at = now() - interval '14 days' where number = $1",
      [number],
    );
    const { attempt } = await dialled(pool);
    await begin(pool, attempt, { release: number });
    const { canary } = await readWork(pool);
    expect(canary).toMatchObject({ calls: 1 });
    expect(canary!.workingHours).toBeGreaterThanOrEqual(10 * 24 - 2);
    expect(canary!.workingHours).toBeLessThanOrEqual(10 * 24 + 1);
  });

  const held = async (release: number | null, disposition: Disposition, silent = false) => {
    const { ledger, attempt } = await dialled(pool, visit());
    const id = await begin(pool, attempt, { release });
    await createCallLog(pool).end({ id, disposition, endedBy: "them", machine: null });
    await ledger.end(attempt, ending({ disposition, silent }));
  };

  it.each([
    ["a call in silence", () => held(2, "hung_up", true), /heard nothing/],
    [
      "a missing prompt",
      () => noteTrouble(pool, { release: 2, kind: "missing-prompt", subject: "hello (en-GB)" }),
      /no sound/,
    ],
    [
      "a sound that Asterisk did not play",
      async () => {
        const { attempt } = await dialled(pool, visit());
        await begin(pool, attempt, { release: 2 });
        expect(await noteUnheard(pool, "hb-staff-0", ["hello"]), "a call that is no patient's").toBeNull();
        expect(await noteUnheard(pool, `hb-${attempt.id}`, ["hello"])).toEqual({
          release: 2,
          language: "en-GB",
        });
      },
      /no sound/,
    ],
  ])("is rolled back by itself for %s, and says why", async (_, happens, why) => {
    await goLive();
    await publish();
    expect(await watchCanary(pool)).toBeNull();
    await happens();
    expect(await watchCanary(pool)).toMatchObject({ kind: "rolled-back", number: 2 });
    expect(await watchCanary(pool), "and only once").toBeNull();
    const desk = deskOf();
    expect(await desk.state()).toEqual({ live: 1, canary: null });
    const [last] = (await desk.show(2))!.history.slice(-1);
    expect(last).toMatchObject({
      kind: "rollback",
      by: { kind: "job", id: "canary" },
      why: expect.stringMatching(why),
    });
    expect((await readWork(pool)).rolledBackReleases).toEqual(["2"]);
  });

  it("is rolled back when more people hang up than in the last release, by one of two instances", async () => {
    await goLive();
    await publish();
    for (let n = 0; n < 12; n += 1) await held(1, "completed");
    for (let n = 0; n < 10; n += 1) await held(2, "hung_up");
    const moved = await Promise.all([watchCanary(pool), watchCanary(pool)]);
    expect(moved.filter((one) => one?.kind === "rolled-back")).toHaveLength(1);
    expect(moved.find((one) => one)!.why).toContain("hung up before any answer 100.0 % instead of 0.0 %");
    expect(await deskOf().state()).toEqual({ live: 1, canary: null });
    const { rows } = await pool.query("select look, states from housekeeping.release_look");
    expect(rows).toEqual([{ look: 10, states: expect.stringContaining("Fisher's exact test") }]);
  });
});
