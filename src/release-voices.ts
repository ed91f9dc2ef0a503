/**
 * What calls say, by release: loaded once, kept while calls may need it, and followed as releases are published and
 * rolled back, on every instance. A release that cannot be loaded is refused, and the former one stays.
 */
import type { Pool } from "pg";
import type { CallVoices, NewCaller } from "#call/voices.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { watchCanary } from "#postgres/release-canary.ts";
import { filesOfRelease } from "#postgres/release-files.ts";
import { standing } from "#postgres/release-moves.ts";
import { noteTrouble } from "#postgres/release-troubles.ts";
import { meetsCanary } from "#release/arm.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { ReleaseVoice } from "#storage/release-voice.ts";

export interface VoicesParts {
  pool: Pool;
  /** Of this process. */
  owner: string;
  /** What calls say before there is any release. */
  folders: ReleaseVoice;
  /** Puts the sounds where every Asterisk finds them, and reads the flows. Throws where either cannot be. */
  load(files: ReleaseFiles, release: number): Promise<ReleaseVoice>;
  /**
   * Puts the sounds where dialplans play them by their names: of what is live, or of the folders (null). Throws where
   * they cannot be.
   */
  layNames(files: ReleaseFiles | null): Promise<void>;
  logger: Logger;
}

export interface Voices extends CallVoices {
  readonly live: ReleaseVoice;
  /** Follows what was published or rolled back; where the database is away, all stays as it is. */
  look(): Promise<void>;
  /** Once what dialplans play by name is of the release that look() found, or could not be laid down. */
  namesSettled(): Promise<void>;
  /** Looks at the canary, and does what follows. */
  watchCanary(): Promise<void>;
}

/** Calls of older releases than these, and than those in use, load theirs again. */
const mostKept = 12;

export function createVoices({ pool, owner, folders, load, layNames, logger }: VoicesParts): Voices {
  const loaded = new Map<number, Promise<ReleaseVoice>>();
  let live = folders;
  let canary: { voice: ReleaseVoice; share: number } | null = null;
  const refused = new Set<number>();
  const names = namesOfLive({ pool, layNames, logger });

  const read = async (release: number): Promise<ReleaseVoice> => {
    const files = await filesOfRelease(pool, release);
    if (!files) throw new AppError("release_unusable", `There is no release ${release}.`, { release });
    return load(files, release);
  };
  const of = (release: number | null): Promise<ReleaseVoice> => {
    if (release === null) return Promise.resolve(folders);
    const voice = loaded.get(release) ?? read(release);
    // Last used last: the first to go is the one that nobody asked for longest.
    loaded.delete(release);
    loaded.set(release, voice);
    voice.catch(() => loaded.delete(release));
    const inUse = [live.release, canary?.voice.release, release];
    for (const old of [...loaded.keys()].filter((one) => !inUse.includes(one)).slice(0, -mostKept))
      loaded.delete(old);
    return voice;
  };
  /** Null where it cannot be used here: told once, and tried again at each look. */
  const usable = async (release: number | null): Promise<ReleaseVoice | null> => {
    try {
      const voice = await of(release);
      if (release !== null && refused.delete(release))
        logger.info({ release }, "the release can be used after all");
      return voice;
    } catch (thrown) {
      if (release === null || refused.has(release)) return null;
      refused.add(release);
      logger.error(
        { release, problem: messageOf(thrown) },
        "a release cannot be used here: calls go on with the former one",
      );
      await noteTrouble(pool, { release, kind: "not-loaded", subject: owner });
      return null;
    }
  };
  return {
    get live() {
      return live;
    },
    of,
    ofNewCall: async ({ release = null, lot }: NewCaller) => {
      const own = release === null ? null : await usable(release).catch(() => null);
      if (own) return own;
      const drawn = canary && lot !== undefined && canary.voice.release !== null;
      if (canary && drawn && meetsCanary(lot, canary.voice.release!, canary.share)) return canary.voice;
      return live;
    },
    look: async () => {
      const now = await standing(pool);
      const before = live.release;
      live = (await usable(now.live)) ?? live;
      const next = now.canary && (await usable(now.canary.number));
      canary = now.canary && next && { voice: next, share: now.canary.share };
      if (live.release !== before)
        logger.info({ release: live.release, formerly: before }, "new calls get another release");
      names.follow(live.release);
    },
    namesSettled: () => names.settled(),
    watchCanary: async () => {
      const moved = await watchCanary(pool);
      if (!moved) return;
      const { number: release, why } = moved;
      if (moved.kind === "rolled-back")
        logger.error({ release, because: why }, "a release was rolled back by itself");
      else logger.info({ release, because: why }, "the canary is good: all calls get it");
    },
  };
}

/** What the dialplan plays by itself, where Hearback is away, say, is of the release that calls have: not of the folders. */
function namesOfLive({ pool, layNames, logger }: Pick<VoicesParts, "pool" | "layNames" | "logger">) {
  let [wanted, laid, told]: (number | null | undefined)[] = [];
  let laying: Promise<void> | null = null;
  const lay = async () => {
    while (wanted !== laid) {
      const release = wanted ?? null;
      // Half laid down is neither.
      laid = undefined;
      try {
        await layNames(release === null ? null : await filesOfRelease(pool, release));
        [laid, told] = [release, undefined];
      } catch (thrown) {
        const problem = messageOf(thrown);
        if (told !== release)
          logger.error(
            { release, problem },
            "the prompts that dialplans play by name could not be laid down",
          );
        told = release;
        return;
      }
    }
  };
  return {
    /** Beside the watch over releases: a roll-back does not wait for files. Tried again at each look, told once. */
    follow: (release: number | null) => {
      wanted = release;
      laying ??= lay().finally(() => {
        laying = null;
      });
    },
    settled: async () => {
      await laying;
    },
  };
}
