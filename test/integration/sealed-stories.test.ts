/** Stories sealed on a real disk under keys in a real Postgres: kept, killed, sealed late, erased; and what verify says. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "#lib/logger.ts";
import { auditPage } from "#postgres/audit-log.ts";
import { createCallLog } from "#postgres/calls.ts";
import { goesWithStory, staysAfterErasure } from "#postgres/erase-story.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { eraseStory, removeErased } from "#recording/erase-story.ts";
import { sealStories } from "#recording/seal-stories.ts";
import { sealedKey } from "#storage/sealed-store.ts";
import { plainFiles } from "#verify/stories.ts";
import { killedAtEachStep, SealedHouse, spokenAs } from "../support/sealed-house.ts";
import { flowState } from "../support/survey.ts";
import { hearback } from "../unit/cli/run-command.ts";

let house: SealedHouse;
beforeEach(async () => {
  house = await SealedHouse.open();
});
afterEach(() => house.close());

const voice = spokenAs(4);
const wav = toALawWav(voice);
const keyOf = (storyId: string) => `${storyId}.wav`;
const filesOf = (storyId: string) =>
  readdirSync(house.folder, { recursive: true })
    .map(String)
    .filter((path) => path.includes(storyId));
const keyRow = (storyId: string) =>
  house.one<object | undefined>("select 1 from story_key where story_id = $1", storyId);

describe("a story that is kept", () => {
  it("lies there sealed, and is read whole and in stretches", async () => {
    const storyId = await house.toldAndKept(voice);
    const row = await house.one<{ uri: string; sha256: string; bytes: string }>(
      "select uri, sha256, bytes from story where id = $1",
      storyId,
    );
    const file = readFileSync(fileURLToPath(row.uri));
    expect(row.uri).toMatch(/\.wav\.sealed$/);
    expect(Number(row.bytes)).toBe(file.length);
    expect(file.includes(wav.subarray(100, 116))).toBe(false);
    expect(filesOf(storyId)).toHaveLength(1);
    expect((await house.store.read(keyOf(storyId))).equals(wav)).toBe(true);
    expect(await house.store.readRange(keyOf(storyId), 58, 100)).toEqual(wav.subarray(58, 100));
    expect(await house.broken()).toEqual([]);
  });

  it("is safe at each step of keeping it, and never without its key", async () => {
    const steps = await killedAtEachStep({
      house,
      begin: () => house.tell(voice),
      work: async ({ callId, storyId }) => {
        await house.keep(callId).finally(async () => {
          const stored = await house.one("select 1 from story where id = $1 and audio = 'stored'", storyId);
          const sealed = filesOf(storyId).some((path) => path.endsWith(".sealed"));
          if (stored) expect(sealed, "a stored story has its file").toBe(true);
          if (sealed) expect(await keyRow(storyId), "no sealed file without its key").toBeDefined();
          if (house.spool.size === 0) expect(stored, "nothing is removed before it is kept").toBeDefined();
        });
      },
      look: async ({ storyId }, diedAt) => {
        expect((await house.store.read(keyOf(storyId))).equals(wav), diedAt).toBe(true);
        const swept = await house.rows.callsWithUnkeptParts([...house.spool.keys()]);
        expect(swept, diedAt).toEqual({
          callIds: [],
          unknownNames: [],
          settledNames: [...house.spool.keys()],
        });
        house.spool.clear();
      },
    });
    expect(steps).toEqual(
      expect.arrayContaining(["after keys.keyFor", "after disk.put", "before rows.stored"]),
    );
    expect(await house.broken()).toEqual([]);
  });

  it("has one key, however many ask for it at once", async () => {
    const { storyId } = await house.tell(voice);
    const keys = await Promise.all(Array.from({ length: 8 }, () => house.keys.keyFor(storyId)));
    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
  });

  it("gets no key while it is being erased: whoever asks waits, and is refused", async () => {
    const { storyId } = await house.tell(voice);
    const erasing = await house.pool.connect();
    await erasing.query("begin");
    await erasing.query("select from story where id = $1 for update", [storyId]);
    const asked = house.keys.keyFor(storyId).then(
      () => "a key",
      (thrown: { code: string }) => thrown.code,
    );
    const waiting =
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    await expect.poll(() => house.one(waiting)).toBeDefined();
    await erasing.query("update story set audio = 'discarded', discarded_because = 'erased' where id = $1", [
      storyId,
    ]);
    await erasing.query("commit");
    erasing.release();
    expect(await asked).toBe("story_erased");
    expect(await keyRow(storyId)).toBeUndefined();
  });

  it("is told by verify where its key is gone, or its file is cut", async () => {
    const [lost, cut] = [await house.toldAndKept(spokenAs(5)), await house.toldAndKept(spokenAs(6))];
    const file = join(house.folder, filesOf(cut)[0]!);
    const whole = readFileSync(file);
    const key = await house.one<object>("delete from story_key where story_id = $1 returning *", lost);
    writeFileSync(file, whole.subarray(0, -1));
    expect(await house.broken()).toEqual([
      `keys: ${lost} sealed, and its key is not there: nobody can hear it`,
      `stored: ${cut} its file is not what was written`,
    ]);
    await expect(house.store.read(keyOf(lost))).rejects.toMatchObject({ code: "story_key_lost" });
    await house.pool.query("insert into story_key select * from json_populate_record(null::story_key, $1)", [
      JSON.stringify(key, (_, value) =>
        value?.type === "Buffer" ? `\\x${Buffer.from(value.data).toString("hex")}` : value,
      ),
    ]);
    writeFileSync(file, whole);
    expect(await house.broken()).toEqual([]);
  });
});

describe("stories in plain", () => {
  const seal = async () =>
    sealStories(
      {
        ...{ disk: house.disk, sealed: house.store, sealedKey, rows: house.plainRows },
        ...{ signal: new AbortController().signal, progress: () => {} },
      },
      await plainFiles(house.folder),
    );

  it("are read as they lie, told by verify, and sealed", async () => {
    const storyId = await house.keptInPlain(voice);
    expect((await house.store.read(keyOf(storyId))).equals(wav)).toBe(true);
    expect(await house.broken()).toEqual([
      `sealed: ${storyId} lies there in plain: hearback recordings seal`,
    ]);
    expect(await seal()).toEqual({ sealed: 1, cleared: 0, damaged: [] });
    expect((await house.store.read(keyOf(storyId))).equals(wav)).toBe(true);
    expect(filesOf(storyId)).toEqual([expect.stringMatching(/\.sealed$/)]);
    expect(await house.broken()).toEqual([]);
    expect(await seal()).toEqual({ sealed: 0, cleared: 0, damaged: [] });
  });

  it("are whole and can be heard at each step of it", async () => {
    const steps = await killedAtEachStep({
      house,
      begin: () => house.keptInPlain(voice),
      work: async (storyId) => {
        await seal().finally(async () => {
          const { fault } = house;
          house.fault = () => {};
          expect((await house.store.read(keyOf(storyId))).equals(wav)).toBe(true);
          house.fault = fault;
        });
      },
      look: async (storyId, diedAt) => {
        expect(filesOf(storyId), diedAt).toEqual([expect.stringMatching(/\.sealed$/)]);
      },
    });
    expect(steps).toEqual(
      expect.arrayContaining(["after disk.put", "after plain.sealed", "before disk.remove"]),
    );
    expect(await house.broken()).toEqual([]);
  });

  it("that are damaged are left as they are", async () => {
    const storyId = await house.keptInPlain(voice);
    const file = join(house.folder, filesOf(storyId)[0]!);
    writeFileSync(file, "not what was written");
    expect(await seal()).toEqual({ sealed: 0, cleared: 0, damaged: [storyId] });
    expect(readFileSync(file, "utf8")).toBe("not what was written");
    writeFileSync(file, wav);
    expect((await seal()).sealed).toBe(1);
  });

  it("are sealed by the command, which tells how many and leaves its entry in the audit", async () => {
    const storyId = await house.keptInPlain(voice);
    const env = {
      HEARBACK_DATABASE_URL: house.database.url,
      HEARBACK_DATA_KEY: Buffer.alloc(32, 7).toString("hex"),
      HEARBACK_STORY_FOLDER: house.folder,
    };
    expect((await hearback(["recordings", "seal", "--dry-run"], { env })).stdout).toBe("1 story in plain.\n");
    const ran = await hearback(["recordings", "seal"], { env });
    expect(ran).toMatchObject({ status: 0, stdout: "1 story sealed.\n", stderr: "1 of 1 sealed\n" });
    expect(filesOf(storyId)).toEqual([expect.stringMatching(/\.sealed$/)]);
    const { items } = await auditPage(house.pool, { actions: ["seal"] }, { before: null, limit: 1 });
    expect(items).toMatchObject([{ who: { kind: "command" }, details: { count: 1, files: 1 } }]);
  });
});

describe("an erased story", () => {
  const order = {
    by: { kind: "user", id: "user-1", name: "Gail Ovens" },
    why: "asked for by letter",
  } as const;
  const erase = (storyId: string) =>
    eraseStory({ rows: house.erasures, store: house.store, logger: silentLogger }, storyId, order);

  /** With something in every table that goes with a story. */
  async function lovedStory(): Promise<string> {
    const storyId = await house.toldAndKept(voice);
    const with_ = (table: string, columns: string, values: string) =>
      house.pool.query(
        `insert into ${table} (story_id, trust, unit, ${columns}) select id, trust, unit, ${values} from story where id = $1`,
        [storyId],
      );
    const someone = "gen_random_uuid(), 'Gail Ovens'";
    await house.pool.query(
      "update transcript set state = 'done', engine = 'x', model = '', rough = false, text = 'kind nurses' where story_id = $1",
      [storyId],
    );
    await with_("story_work", "heard_at, heard_by, heard_by_name", `now(), ${someone}`);
    await with_("story_note", "text, by_user, by_name", `'ring her', ${someone}`);
    await with_("story_label", "label, by_user, by_name", `'food', ${someone}`);
    await with_("story_correction", "version, text, by_user, by_name", `1, 'kind nurse', ${someone}`);
    await with_("story_clip", "name, from_ms, to_ms, by_user, by_name", `'the best', 0, 500, ${someone}`);
    await with_("story_peaks", "levels", "'\\x0102'");
    await with_("urgent_flag", "reason, flagged_by, flagged_by_name", `'a fall', ${someone}`);
    await with_(
      "urgent_step",
      "flag_id, kind, by_name",
      "(select id from urgent_flag where story_id = $1), 'flagged', 'Gail'",
    );
    await with_(
      "listening_grant",
      "kind, user_id, session_id, expires_at",
      "'room', gen_random_uuid(), gen_random_uuid(), now() + interval '1 hour'",
    );
    return storyId;
  }

  it("leaves no key, no file, no word and nothing made of it; only the proof, and its entry in the audit", async () => {
    const storyId = await lovedStory();
    const erasure = await erase(storyId);
    expect(Object.entries(erasure.gone).filter(([, count]) => count !== 1)).toEqual([]);
    expect(Object.keys(erasure.gone).toSorted()).toEqual(Object.keys(goesWithStory).toSorted());
    expect(erasure).toMatchObject({ storyId, ...order, fileGoneAt: expect.any(Date) });
    expect(erasure.backupsUntil!.getTime() - erasure.at.getTime()).toBeCloseTo(30 * 86_400_000, -4);
    expect(filesOf(storyId)).toEqual([]);
    await expect(house.store.read(keyOf(storyId))).rejects.toMatchObject({ code: "story_missing" });
    expect(await keyRow(storyId)).toBeUndefined();
    expect(await house.one("select 1 from story_card where story_id = $1", storyId)).toBeUndefined();
    expect(
      await house.one("select audio, discarded_because, uri, sha256 from story where id = $1", storyId),
    ).toEqual({
      ...{ audio: "discarded", discarded_because: "erased", uri: null, sha256: null },
    });
    const { items } = await auditPage(house.pool, { actions: ["erase"] }, { before: null, limit: 1 });
    expect(items).toMatchObject([
      { who: order.by, subject: { kind: "story", id: storyId }, reason: order.why },
    ]);
    expect(await house.broken()).toEqual([]);
  });

  it("is told anew in the results, without a story", async () => {
    const storyId = await house.toldAndKept(voice);
    const [{ visit_id: visitId }] = [
      await house.one<{ visit_id: string }>("select visit_id from story where id = $1", storyId),
    ];
    const result = () =>
      house.one<{ story_id: string | null; updated_at: Date }>(
        "select story_id, recording_uri, transcript_state, updated_at from survey_result where visit_id = $1",
        visitId,
      );
    const visitChanged = () => house.one("select updated_at from visit where id = $1", visitId);
    const [before, visitBefore] = [await result(), await visitChanged()];
    await erase(storyId);
    expect(await visitChanged(), "retention of the person counts from there").toEqual(visitBefore);
    const after = await result();
    expect(after).toMatchObject({ story_id: null, recording_uri: null, transcript_state: "none" });
    expect(after.updated_at.getTime()).toBeGreaterThan(before.updated_at.getTime());
  });

  it("is erased once: again tells the first, and adds nothing", async () => {
    const storyId = await house.toldAndKept(voice);
    const first = await erase(storyId);
    const again = { ...order, why: "another reason" };
    const deps = { rows: house.erasures, store: house.store, logger: silentLogger };
    expect(await eraseStory(deps, storyId, again)).toEqual(first);
    const { items } = await auditPage(
      house.pool,
      { subject: { kind: "story", id: storyId } },
      { before: null, limit: 9 },
    );
    expect(items).toHaveLength(1);
  });

  it("is unreadable from the first moment, and gone in the end, wherever its erasing dies", async () => {
    const steps = await killedAtEachStep({
      house,
      begin: () => house.toldAndKept(voice),
      work: async (storyId) => {
        await erase(storyId);
        await removeErased({ rows: house.erasures, store: house.store }, storyId);
      },
      look: async (storyId, diedAt) => {
        expect(filesOf(storyId), diedAt).toEqual([]);
        expect(
          await house.one(
            "select 1 from story_erasure where story_id = $1 and file_gone_at is not null",
            storyId,
          ),
        ).toBeDefined();
      },
    });
    expect(steps).toEqual(
      expect.arrayContaining(["after erasures.erase", "before disk.remove", "before erasures.fileGone"]),
    );
    expect(await house.broken()).toEqual([]);
  });

  it("queues the removal of its file with the row: a job that a dead process leaves to others", async () => {
    const storyId = await house.toldAndKept(voice);
    await house.erasures.erase(storyId, order);
    expect(filesOf(storyId), "noise, until the job comes").toHaveLength(1);
    await expect(house.store.read(keyOf(storyId))).rejects.toMatchObject({ code: "story_missing" });
    const job = await house.one(
      "select 1 from graphile_worker.jobs where key = $1",
      `remove-erased:${storyId}`,
    );
    expect(job).toBeDefined();
    expect(await house.broken()).toEqual([
      `keys: ${storyId} erased, and its file has not been removed yet`,
      `files: ${storyId} its file is there, and its row says erased`,
    ]);
    await removeErased({ rows: house.erasures, store: house.store }, storyId);
    expect(await house.broken()).toEqual([]);
  });

  it("stays erased where it was just being kept, at whichever step", async () => {
    const count = { steps: 0 };
    for (let at = 0; ; at++) {
      const { callId, storyId } = await house.tell(voice);
      count.steps = 0;
      let erased: Promise<unknown> | null = null;
      const keeping = house.keep(callId);
      house.fault = (step) => {
        if (step.startsWith("before rows.ofCall") || count.steps++ !== at) return;
        house.fault = () => {};
        erased = erase(storyId);
      };
      // Whatever it meets, the file gone or its key: the job runs again, and has nothing to keep.
      await keeping.catch(() => {});
      house.fault = () => {};
      if (erased === null) break;
      await erased;
      await house.keep(callId);
      // What the job of the erasure and the sweep of the spool do in the end.
      await removeErased({ rows: house.erasures, store: house.store }, storyId);
      house.spool.clear();
      expect(filesOf(storyId)).toEqual([]);
      expect(await keyRow(storyId)).toBeUndefined();
    }
    expect(count.steps).toBeGreaterThan(5);
    expect(await house.broken()).toEqual([]);
  });

  it("is not one whose call goes on, nor one that is unknown", async () => {
    const { callId, storyId } = await house.tell(voice);
    await house.pool.query(
      "update call set ended_at = null, disposition = null, ended_by = null where id = $1",
      [callId],
    );
    await expect(erase(storyId)).rejects.toMatchObject({ code: "story_being_told" });
    await expect(erase("00000000-0000-4000-8000-000000000000")).rejects.toMatchObject({
      code: "story_unknown",
    });
    await house.pool.query(
      "update call set ended_at = now(), disposition = 'completed', ended_by = 'them' where id = $1",
      [callId],
    );
    await house.keep(callId);
  });

  it("is what the patient deletes by a key, stored already or not", async () => {
    const early = await house.tell(voice);
    const late = await house.tell(voice);
    await house.keep(late.callId);
    const log = createCallLog(house.pool);
    for (const { callId } of [early, late]) {
      const effects = [{ kind: "delete-story" } as const];
      await log.keep({ callId, sequence: 2, key: null, state: flowState(), effects });
      await house.keep(callId);
    }
    await removeErased({ rows: house.erasures, store: house.store }, late.storyId);
    for (const { storyId } of [early, late]) {
      expect(filesOf(storyId)).toEqual([]);
      expect(await house.one("select discarded_because, state from story where id = $1", storyId)).toEqual({
        ...{ discarded_because: "deleted", state: "deleted" },
      });
      expect(
        await house.one(
          "select by_kind, file_gone_at is not null as gone from story_erasure where story_id = $1",
          storyId,
        ),
      ).toEqual({ by_kind: "patient", gone: true });
    }
    expect(await house.broken()).toEqual([]);
  });

  it("leaves nothing in any table: each that refers to stories is named as going or as staying", async () => {
    const { rows } = await house.pool.query<{ name: string }>(
      `select distinct conrelid::regclass::text as name from pg_constraint
       where contype = 'f' and confrelid = 'story'::regclass order by 1`,
    );
    const named = [...Object.values(goesWithStory), ...staysAfterErasure.map((table) => ` ${table} `)].join(
      "\n",
    );
    const forgotten = rows
      .filter(({ name }) => !new RegExp(`\\s${name}\\s`).test(named))
      .map(({ name }) => name);
    expect(forgotten, "add them to src/postgres/erase-story.ts").toEqual([]);
    expect(rows.length).toBeGreaterThan(3);
  });

  it("by the command asks for yes, and says what backups may still hold", async () => {
    const storyId = await house.toldAndKept(voice);
    const env = {
      HEARBACK_DATABASE_URL: house.database.url,
      HEARBACK_DATA_KEY: Buffer.alloc(32, 7).toString("hex"),
      HEARBACK_STORY_FOLDER: house.folder,
      HEARBACK_BACKUP_DAYS: "35",
    };
    const args = ["recordings", "erase", storyId, "--because", "asked for by letter"];
    expect(await hearback(args, { env })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--yes"),
    });
    expect(filesOf(storyId)).toHaveLength(1);
    const { status, stdout } = await hearback([...args, "--yes"], { env });
    expect(stdout).toMatch(
      /^Erased at .*; its file is gone\.\nBackups of before may hold it until \d{4}-\d\d-\d\d\.\n$/,
    );
    expect(status).toBe(0);
    expect(filesOf(storyId)).toEqual([]);
  });
});
