import { Logger as GraphileLogger } from "graphile-worker";
import type { Logger } from "#lib/logger.ts";

/** The queue's own words in our log: its errors and warnings only, and never a job's payload. */
export function toGraphileLogger(logger: Logger): GraphileLogger {
  return new GraphileLogger((scope) => (level, message) => {
    const fields = { job: scope.jobId, task: scope.taskIdentifier, worker: scope.workerId };
    if (level === "error") logger.error(fields, message);
    else if (level === "warning") logger.warn(fields, message);
    else logger.debug(fields, message);
  });
}
