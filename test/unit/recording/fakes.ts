/** A spool, a store and the rows in memory; each step of theirs may be made to die before or after it took effect. */
import { createHash } from "node:crypto";
import { AppError } from "#lib/errors.ts";
import { silentLogger } from "#lib/logger.ts";
import type { KeepStories } from "#recording/keep-story.ts";
import type { KeptAudio, RecordingSpool, StoryToKeep } from "#recording/ports.ts";

export class Killed extends Error {}

export interface Settled {
  as: "stored" | "no-speech" | "deleted" | "missing";
  audio?: KeptAudio;
}

export class World {
  readonly spool = new Map<string, Buffer>();
  readonly store = new Map<string, Buffer>();
  readonly settled = new Map<string, Settled>();
  /** Stories that were erased while they were being kept. */
  readonly erased = new Set<string>();
  readonly warnings: object[] = [];
  /** How often a call's files were to be looked at again, later. */
  waits = 0;
  stories: StoryToKeep[] = [];
  /** Called with the name of each step, e.g. "store.put", before and after it took effect. */
  fault: (step: string, when: "before" | "after") => void = () => {};
  onWait: () => void = () => {};
  speechMs: (samples: Int16Array) => number = (samples) =>
    samples.some((s) => Math.abs(s) > 1000) ? 500 : 0;

  #step<T>(name: string, effect: () => T): Promise<T> {
    return Promise.resolve().then(() => {
      this.fault(name, "before");
      const result = effect();
      this.fault(name, "after");
      return result;
    });
  }

  readonly sweptSpool: RecordingSpool = {
    list: () => this.#step("spool.list", () => [...this.spool.keys()]),
    read: (name) => this.#step("spool.read", () => this.spool.get(name) ?? null),
    remove: (name) => this.#step("spool.remove", () => void this.spool.delete(name)),
  };

  readonly deps: KeepStories = {
    spool: this.sweptSpool,
    store: {
      put: (key, bytes) => this.#step("store.put", () => this.#put(key, bytes)),
      read: (key) => this.#step("store.read", () => this.#read(key)),
      remove: (key) => this.#step("store.remove", () => void this.store.delete(key)),
    },
    rows: {
      ofCall: (callId) => this.#step("rows.ofCall", () => this.#unsettled(callId)),
      stored: (id, audio) =>
        this.#step("rows.stored", () => {
          if (!this.erased.has(id)) this.settled.set(id, { as: "stored", audio });
          return !this.erased.has(id);
        }),
      discarded: (id, as) => this.#step("rows.discarded", () => void this.settled.set(id, { as })),
    },
    speechMs: (samples) => this.speechMs(samples),
    logger: {
      ...silentLogger,
      warn: (fields) => void this.warnings.push(fields),
      child: () => this.deps.logger,
    },
  };

  #unsettled(callId: string): StoryToKeep[] {
    const open = ({ storyId }: StoryToKeep) => (this.settled.get(storyId)?.as ?? "missing") === "missing";
    return this.stories.filter((story) => story.callId === callId && open(story));
  }

  #read(key: string): Buffer {
    const bytes = this.store.get(key);
    if (!bytes) throw new AppError("story_missing", "none");
    return bytes;
  }

  #put(key: string, bytes: Buffer) {
    const there = this.store.get(key);
    if (there && !there.equals(bytes)) throw new AppError("story_key_taken", "taken");
    this.store.set(key, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { uri: `memory://${key}`, sha256, bytes: bytes.length };
  }
}

/** So many ms of A-law: loud where there is speech, all but silent where there is none. */
export const audioOf = (ms: number, kind: "speech" | "silence", seed = 1): Buffer =>
  Buffer.from(
    Array.from({ length: ms * 8 }, (_, i) => (kind === "speech" ? (i * 7 * seed + (i >> 3)) % 256 : 0xd5)),
  );
