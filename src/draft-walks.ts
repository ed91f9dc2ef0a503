/** Walks of the draft that were asked for on the page: this instance takes one that waits, and sees it through. */
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";
import type { Author, Draft, WalkReport } from "#release/ports.ts";
import type { WalkWork } from "#release/walk-jobs.ts";
import type { WalkBeside } from "#walk-beside.ts";

export interface DraftWalks {
  work: WalkWork;
  draft(): Promise<Draft>;
  keepWalk(report: Omit<WalkReport, "at">): Promise<void>;
  begin(files: Draft["files"]): WalkBeside;
  /** Whether live calls leave room for it. */
  mayGoOn(): Promise<boolean>;
  clock: Clock;
  logger: Logger;
}

const lookEveryMs = 1_000;
const beatEveryMs = 1_000;

export function createDraftWalks(parts: DraftWalks): { start(): void; stop(): Promise<void> } {
  const { clock, logger } = parts;
  const stopping = new AbortController();
  let told = "";
  const look = async () => {
    const job = await parts.work.take();
    if (job) await seeThrough(parts, job, stopping.signal);
    told = "";
  };
  const looking = createPeriodic(clock, lookEveryMs, look, (thrown) => {
    const problem = messageOf(thrown);
    if (problem !== told) logger.error({ problem }, "a walk of the draft could not be made");
    told = problem;
  });
  return {
    start: () => looking.start(),
    stop: async () => {
      stopping.abort();
      await looking.stop();
    },
  };
}

async function seeThrough(
  { work, draft, keepWalk, begin, mayGoOn, clock }: DraftWalks,
  { id, by }: { id: string; by: Author },
  stopping: AbortSignal,
): Promise<void> {
  const { files, digest } = await draft();
  const walk = begin(files);
  let over = false;
  const ended = walk.ended.finally(() => {
    over = true;
  });
  try {
    while (!over) {
      if (stopping.aborted) return await work.giveBack(id);
      const answer = await work.beat(id, walk.progress(), digest);
      if (answer === "lost") return;
      if (answer === "stop") {
        await walk.stop();
        return await work.end(id, { state: "stopped" });
      }
      walk.mayGoOn(await mayGoOn());
      await Promise.race([ended, clock.wait(beatEveryMs, stopping).catch(() => {})]);
    }
    const end = await ended;
    // Once more, so that of two who believe that it is theirs only one keeps its report.
    if ((await work.beat(id, walk.progress(), digest)) === "lost") return;
    if (end.kind === "report") await keepWalk({ digest, passed: end.report.passed, by, report: end.report });
    await work.end(id, end.kind === "report" ? { state: "done" } : { state: "failed", problem: end.problem });
  } finally {
    await walk.stop();
  }
}
