/** Stand-ins asked for on a page: one job at a time, and what was made saved in the draft as whoever asked. */
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { StandInJob, StandInJobs, StandInOrder, StandInsSaid } from "#prompts/stand-in-jobs.ts";
import { hashOf } from "#release/files.ts";
import type { Author, ReleaseDesk } from "#release/ports.ts";

export interface StandInWork {
  /** As this author may use it. */
  desk(by: Author): ReleaseDesk;
  /** Rejects once the signal is raised. */
  say(order: StandInOrder, signal: AbortSignal): Promise<StandInsSaid>;
  clock: Clock;
}

export function createStandInJobs(work: StandInWork): StandInJobs {
  let latest: StandInJob | null = null;
  let stopping = new AbortController();
  return {
    latest: () => latest,
    order: (language, by) => {
      if (latest?.endedAt === null) return "under-way";
      const job: StandInJob = {
        ...{ language, by, askedAt: work.clock.now(), endedAt: null },
        ...{ made: [], leftAlone: [], problem: null, stoppedBy: null },
      };
      latest = job;
      stopping = new AbortController();
      const { signal } = stopping;
      void make(work, job, signal).then(
        (said) => Object.assign(job, said, { endedAt: work.clock.now() }),
        (thrown) => Object.assign(job, { problem: messageOf(thrown), endedAt: work.clock.now() }),
      );
      return "ordered";
    },
    stop: (by) => {
      if (latest?.endedAt !== null) return;
      latest.stoppedBy ??= by;
      stopping.abort(new Error("it was stopped"));
    },
  };
}

/** @throws Error where nothing was kept */
async function make(
  { desk, say }: StandInWork,
  { language, by }: StandInJob,
  signal: AbortSignal,
): Promise<Pick<StandInJob, "made" | "leftAlone">> {
  const { files } = await desk(by).draft();
  const { changes, made, leftAlone } = await say({ files, language }, signal);
  signal.throwIfAborted();
  const saves = [...changes].map(([path, bytes]) => {
    const there = files.get(path);
    return { path, bytes, expectedHash: there ? hashOf(there) : null };
  });
  const saved = await desk(by).saveFiles(saves, by);
  if (saved.kind === "conflict")
    throw new Error(`${saved.by?.name ?? "somebody"} saved ${saved.path} meanwhile: make them again`);
  if (saved.kind === "refused") throw new Error(saved.because);
  return { made, leftAlone };
}
