import pg from "pg";
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";

export interface ReleaseWatchParts {
  url: string;
  clock: Clock;
  logger: Logger;
  /** Something moved, or may have: look. One at a time. */
  look(): Promise<void>;
  /** How often it is looked at without having been told. */
  everyMs?: number;
}

export interface ReleaseWatch {
  start(): void;
  stop(): Promise<void>;
}

const usuallyEveryMs = 5_000;
const answerWithinMs = 5_000;

/** Hears of every release that is published, approved or rolled back: at once, and by looking, should a word be lost. */
export function createReleaseWatch({ url, clock, logger, ...parts }: ReleaseWatchParts): ReleaseWatch {
  const { look, everyMs = usuallyEveryMs } = parts;
  let listening: pg.Client | null = null;
  let looking: Promise<void> = Promise.resolve();
  let queued = false;
  const failed = (thrown: unknown) =>
    logger.error({ problem: messageOf(thrown) }, "the releases could not be looked at");
  /** Behind the look under way, which may have seen too little; whoever waits already needs no second one. */
  const lookNext = () => {
    if (queued) return looking;
    queued = true;
    looking = looking.then(() => {
      queued = false;
      return look().catch(failed);
    });
    return looking;
  };
  const forget = () => {
    listening?.end().catch(() => {});
    listening = null;
  };
  const listen = async () => {
    const client = new pg.Client({
      ...{ connectionString: url, application_name: "hearback releases", keepAlive: true },
      ...{ connectionTimeoutMillis: answerWithinMs, query_timeout: answerWithinMs },
    });
    client.on("error", (error) => {
      logger.warn({ problem: error.message }, "the connection that hears of releases was lost");
      forget();
    });
    client.on("notification", () => void lookNext());
    listening = client;
    try {
      await client.connect();
      await client.query("listen hearback_release");
    } catch (thrown) {
      forget();
      throw thrown;
    }
  };
  const polling = createPeriodic(
    clock,
    everyMs,
    async () => {
      if (!listening) await listen();
      await lookNext();
    },
    failed,
  );
  return {
    start: () => polling.start(),
    stop: async () => {
      await polling.stop();
      forget();
      await looking;
    },
  };
}
