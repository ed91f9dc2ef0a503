/** A database with a folder of stories, as the app joins them, and a spool that is only memory; any step may die. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { encodeALaw } from "#lib/audio/g711.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { createPlainStories } from "#postgres/plain-stories.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { createStoryKeys } from "#postgres/story-keys.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { keepStoriesOfCall } from "#recording/keep-story.ts";
import type { RecordingSpool, StoryRows, StoryStore } from "#recording/ports.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { createMasterKeys, type MasterKeys } from "#storage/master-key.ts";
import { createSealedStore, type StoryKeys } from "#storage/sealed-store.ts";
import { verify } from "#verify/verify.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { begin, dialled, ending, flowState } from "./survey.ts";

export const dataKey = Buffer.alloc(32, 7);
export const mastersOf = (masterKey: Buffer | null = null, ...oldMasterKeys: Buffer[]): MasterKeys =>
  createMasterKeys({ dataKey, masterKey, oldMasterKeys });

/** A second of a tone; another for each pitch. */
export const spokenAs = (pitch: number): Buffer =>
  Buffer.from(encodeALaw(Int16Array.from({ length: 8_000 }, (_, i) => 9_000 * Math.sin(i / pitch))));

export class Killed extends Error {}

export class SealedHouse {
  readonly spool = new Map<string, Buffer>();
  /** Called with each step's name before and after it took effect; throws to die there. */
  fault: (step: string) => void = () => {};
  readonly database: TestDatabase;
  readonly folder: string;
  readonly disk: StoryStore;
  readonly keys: StoryKeys;
  readonly rows: StoryRows;
  readonly store: StoryStore;

  private constructor(database: TestDatabase, folder: string, disk: StoryStore) {
    this.database = database;
    this.folder = folder;
    this.disk = this.#mortal("disk", disk);
    this.keys = this.#mortal("keys", createStoryKeys(database.pool, mastersOf()));
    this.rows = this.#mortal("rows", createStoryRows(database.pool, { transcribe: true }));
    this.store = createSealedStore(this.disk, this.keys);
  }

  static async open(): Promise<SealedHouse> {
    const folder = mkdtempSync(join(tmpdir(), "hearback-house-"));
    return new SealedHouse(await createTestDatabase(), folder, await createLocalStore(folder));
  }

  async close(): Promise<void> {
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get pool(): Pool {
    return this.database.pool;
  }

  get plainRows() {
    return this.#mortal("plain", createPlainStories(this.pool));
  }

  get erasures() {
    return this.#mortal("erasures", createErasureRows(this.pool, { backupDays: 30 }));
  }

  #mortal<T extends object>(name: string, object: T): T {
    return new Proxy(object, {
      get: (target, key) => {
        const method = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          this.fault(`before ${name}.${String(key)}`);
          const result = await Reflect.apply(method, target, args);
          this.fault(`after ${name}.${String(key)}`);
          return result;
        };
      },
    });
  }

  /** A call that is over, in which this was said; it waits in the spool. */
  async tell(audio: Buffer): Promise<{ callId: string; storyId: string }> {
    const { pool } = this;
    const { attempt, ledger } = await dialled(pool);
    const callId = await begin(pool, attempt);
    const log = createCallLog(pool);
    const name = newName("told");
    const durationMs = audio.length / 8;
    await log.partBegun({ callId, name, take: 1, part: 1 });
    await log.partEnded({ name, durationMs, speechMs: durationMs });
    const effects = [{ kind: "keep-take", take: 1 } as const];
    await log.keep({ callId, sequence: 1, key: null, state: flowState(), effects });
    await log.end({ id: callId, disposition: "completed", endedBy: "them", machine: null });
    await ledger.end(attempt, ending());
    this.spool.set(name, audio);
    const [story] = (await pool.query("select id from story where call_id = $1", [callId])).rows;
    return { callId, storyId: story.id };
  }

  async keep(callId: string): Promise<void> {
    const { store, rows } = this;
    const spool: Omit<RecordingSpool, "list"> = this.#mortal("spool", {
      read: async (name: string) => this.spool.get(name) ?? null,
      remove: async (name: string) => void this.spool.delete(name),
    });
    const speechMs = (samples: Int16Array) => samples.length / 8;
    // The spool has all of it, so that there is nothing to look at again.
    await keepStoriesOfCall({ spool, store, rows, speechMs, logger: silentLogger }, callId);
  }

  async toldAndKept(audio: Buffer): Promise<string> {
    const { callId, storyId } = await this.tell(audio);
    await this.keep(callId);
    return storyId;
  }

  /** As versions before kept it: in plain. */
  async keptInPlain(audio: Buffer): Promise<string> {
    const { callId, storyId } = await this.tell(audio);
    const [story] = await this.rows.ofCall(callId);
    const { name } = story!.parts[0]!;
    const kept = await this.disk.put(`${storyId}.wav`, toALawWav(audio));
    const of = { durationMs: audio.length / 8, speechMs: 900, truncated: false };
    const parts = [{ name, startMs: 0, durationMs: of.durationMs, sha256: "a".repeat(64) }];
    await this.rows.stored(storyId, { ...kept, ...of, parts });
    this.spool.delete(name);
    return storyId;
  }

  /** What `hearback verify` finds broken: its word, and about which story. */
  async broken(): Promise<string[]> {
    const options = { pool: this.pool, storyFolder: this.folder, settled: true, now: new Date() };
    const found = await verify(options, () => {});
    return found.flatMap(({ name, rows }) => rows.map(({ id, what }) => `${name}: ${id} ${what}`));
  }

  async one<T>(sql: string, ...values: unknown[]): Promise<T> {
    return (await this.pool.query(sql, values)).rows[0] as T;
  }
}

/**
 * Does the work again and again, dying at its first step, then at its second ..., each time in a world of its own, and
 * looks at each after it was done once more.
 * @returns how many steps there were
 */
export async function killedAtEachStep<W>(of: {
  house: SealedHouse;
  begin(): Promise<W>;
  work(world: W): Promise<unknown>;
  look(world: W, diedAt: string): Promise<void>;
}): Promise<string[]> {
  const steps: string[] = [];
  for (;;) {
    const world = await of.begin();
    let count = 0;
    let diedAt: string | null = null;
    of.house.fault = (step) => {
      if (count++ !== steps.length) return;
      diedAt = step;
      throw new Killed(step);
    };
    await of.work(world).catch((thrown: unknown) => {
      if (!(thrown instanceof Killed)) throw thrown;
    });
    of.house.fault = () => {};
    if (diedAt === null) return steps;
    steps.push(diedAt);
    await of.work(world);
    await of.look(world, diedAt);
  }
}
