import type { Pool, PoolClient } from "pg";

/**
 * The pool as the job queue is to see it. Where graphile-worker notes that a job is done, or failed, it does not wait for
 * the answer: a connection lost in that moment would end the whole process, calls and all, and the job would stay locked.
 * It does try again by itself, with pauses, for errors of a database that is just starting: so all losses look like that.
 */
export const patientPool = (pool: Pool): Pool =>
  new Proxy(pool, {
    get: (target, key) => {
      if (key === "connect") return connecting(target);
      if (key === "query") return patiently(target.query.bind(target));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

/** With a callback it is the ear for new jobs, which looks after itself. */
const connecting =
  (pool: Pool) =>
  (...callback: []): unknown =>
    callback.length > 0 ? pool.connect(...callback) : pool.connect().then(patientClient, asStarting);

const patientClient = (client: PoolClient): PoolClient =>
  new Proxy(client, {
    get: (target, key) => {
      if (key === "query") return patiently(target.query.bind(target));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });

const patiently =
  (query: (...args: never[]) => unknown) =>
  (...args: never[]): unknown => {
    const result = query(...args);
    return result instanceof Promise ? result.catch(asStarting) : result;
  };

/** Of Postgres itself: shut down, crashed, starting. The others are Node's, or have no code. */
const lostCodes = new Set([
  "57P01",
  "57P02",
  "57P03",
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ENOENT",
  "ETIMEDOUT",
]);
const lostWords = /Connection terminated|timeout exceeded when trying to connect|Query read timeout/;

function asStarting(thrown: unknown): never {
  const error = thrown as Error & { code?: string };
  if (lostCodes.has(error.code ?? "") || error.code?.startsWith("08") || lostWords.test(error.message))
    throw Object.assign(new Error(error.message, { cause: thrown }), { code: "57P03" });
  throw thrown;
}
