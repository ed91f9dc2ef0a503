import pg from "pg";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createPeriodic } from "#lib/periodic.ts";
import { Trouble } from "#lib/trouble.ts";
import { giveUpLease, type Lease, renewLease, tryInstanceLock } from "./instances.ts";

export interface InstanceLeaseParts {
  url: string;
  lease: Lease;
  clock: Clock;
  logger: Logger;
  /** Another took over our calls: we must never act again. */
  onReplaced(because: AppError): void;
}

export interface InstanceLease {
  /** Resolves once we are alive and hold our lock. */
  start(): Promise<void>;
  /** Says to the others that we are gone. */
  stop(): Promise<void>;
}

const renewEveryMs = 500;
const answerWithinMs = 2_000;

/**
 * Keeps us alive in the eyes of others, over a connection of its own, which waits behind nobody's query: a killed
 * process's connection is closed by the kernel, and Postgres frees its lock in that moment.
 */
export function createInstanceLease({
  url,
  lease,
  clock,
  logger,
  onReplaced,
}: InstanceLeaseParts): InstanceLease {
  let session: Session | null = null;
  const trouble = new Trouble(clock);
  const renew = async () => {
    session ??= await openSession(url, logger);
    try {
      if (!session.locked) session.locked = await tryInstanceLock(session.client, lease.owner);
      await renewLease(session.client, lease);
      if (trouble.isOver()) logger.info({}, "our lease is renewed again");
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === "instance_replaced") throw thrown;
      await session.end();
      session = null;
      throw thrown;
    }
  };
  const renewing = createPeriodic(clock, renewEveryMs, renew, (thrown) => {
    if (thrown instanceof AppError && thrown.code === "instance_replaced") onReplaced(thrown);
    const problem = messageOf(thrown);
    if (trouble.isNews(problem)) logger.error({ problem }, "our lease could not be renewed");
  });
  return {
    start: async () => {
      await renew();
      renewing.start();
    },
    stop: async () => {
      await renewing.stop();
      if (session) await giveUpLease(session.client, lease).catch(() => {});
      await session?.end();
    },
  };
}

interface Session {
  client: pg.Client;
  locked: boolean;
  end(): Promise<void>;
}

async function openSession(url: string, logger: Logger): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "hearback lease",
    connectionTimeoutMillis: answerWithinMs,
    // A connection that is half open answers nothing: it is given up, and another opened.
    query_timeout: answerWithinMs,
    statement_timeout: answerWithinMs,
    keepAlive: true,
  });
  client.on("error", (error) => logger.warn({ problem: error.message }, "the lease's connection was lost"));
  await client.connect();
  return { client, locked: false, end: () => client.end().catch(() => {}) };
}
