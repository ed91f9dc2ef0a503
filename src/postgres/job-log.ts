import { Logger as GraphileLogger } from "graphile-worker";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";

/**
 * The queue's own words in our log: its errors and warnings only, and never a job's payload. What a job threw is told by
 * its message; the queue itself would add it as it stands, with its stack.
 */
export function toGraphileLogger(logger: Logger): GraphileLogger {
  return new GraphileLogger((scope) => (level, text, meta) => {
    const [problem] = text.split(" with error ");
    const error = meta?.error === undefined ? {} : { error: messageOf(meta.error) };
    const ids = { job: scope.jobId, task: scope.taskIdentifier, worker: scope.workerId };
    const fields = { ...ids, problem, ...error };
    if (level === "error") logger.error(fields, "a job, or the queue itself, failed");
    else if (level === "warning") logger.warn(fields, "a warning of the job queue");
    else logger.debug(fields, "the job queue");
  });
}
