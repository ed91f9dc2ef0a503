import { AppError } from "#lib/errors.ts";

/** What `hearback demo` was asked for. */
export interface DemoOptions {
  /** End by itself once everybody has been called. */
  exit: boolean;
  /** Resume the last demo where it stopped. */
  resume: boolean;
  /** Where to write the results as JSON. */
  json: string | null;
  /** Another list than the demo's own. */
  contacts: string | null;
  /** Somebody else's SIP far end instead of our pretend carrier. */
  farEnd: { host: string; port: number } | null;
  /** An existing Postgres instead of the embedded one. */
  databaseUrl: string | null;
  /** A folder of its own for all that the demo keeps, instead of .hearback. */
  state: string | null;
  maxCalls: number;
  callsPerSecond: number;
  /** E.164 numbers outside the drama ranges that may be rung. */
  allowNumbers: string[];
}

/**
 * Reads `sip:HOST:PORT`.
 * @throws AppError `far_end_wrong`
 */
export function readFarEnd(text: string): { host: string; port: number } {
  const [, host, port] = /^sip:(\[[0-9a-f:]+\]|[a-z0-9.-]+):(\d{1,5})$/i.exec(text) ?? [];
  if (!host || !port || Number(port) < 1 || Number(port) > 65_535) {
    throw new AppError(
      "far_end_wrong",
      `--carrier ${text} is no SIP address; write it as sip:HOST:PORT, e.g. sip:127.0.0.1:5060`,
    );
  }
  return { host, port: Number(port) };
}

/** Calls that cannot leave this machine need no calling hours: nobody sleeps there. */
export const isLoopback = (host: string): boolean => /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/i.test(host);
