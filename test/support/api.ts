/** The HTTP API on a test's own database, with tokens for it. */
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { type Scope, scopes } from "#access/scopes.ts";
import { makeToken } from "#access/token.ts";
import type { VitalSigns } from "#alerts/vital-signs.ts";
import { createApiParts } from "#api-parts.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import type { Logger } from "#lib/logger.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import { buildWeb } from "#web/build-web.ts";
import { createMetrics } from "#web/metrics.ts";
import { ciphers } from "./survey.ts";
import { goodVitals } from "./vitals.ts";

/** As `JSON.parse` gives it: tests look into answers of many shapes. */
export type Json = ReturnType<typeof JSON.parse>;

export interface TestApi {
  web: FastifyInstance;
  /** What the log was given. */
  logged: string[];
  /** The story store: WAV files by key. */
  stored: Map<string, Buffer>;
  /** With a token that may do everything. */
  get(path: string, headers?: Record<string, string>): ReturnType<TestApi["ask"]>;
  post(path: string, body?: object, headers?: Record<string, string>): ReturnType<TestApi["ask"]>;
  ask(options: {
    method: "GET" | "HEAD" | "POST";
    url: string;
    token?: string;
    headers?: Record<string, string>;
    body?: string | object;
  }): Promise<{ status: number; headers: Record<string, unknown>; text: string; bytes: Buffer; json: Json }>;
}

export async function newToken(
  pool: Pool,
  of: readonly Scope[] = scopes,
  expiresAt: Date | null = null,
): Promise<{ name: string; token: string }> {
  const { token, prefix, sha256 } = makeToken();
  const name = newName("token");
  await createTokenBook(pool).create({ name, prefix, sha256, scopes: [...of], expiresAt });
  return { name, token };
}

export async function testApi(
  pool: Pool,
  options: {
    requestsPerMinute?: number;
    vitals?: () => Promise<VitalSigns>;
    host?: string;
    pool?: Pool;
    /** Instead of `logged`. */
    logger?: Logger;
  } = {},
): Promise<TestApi> {
  const logged: string[] = [];
  const stored = new Map<string, Buffer>();
  const { requestsPerMinute = 1_000_000, vitals = async () => goodVitals(), host = "0.0.0.0" } = options;
  const note = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const logger: Logger = { info: note, warn: note, error: note, debug: note, child: () => logger };
  const store = {
    read: async (key: string) => {
      const bytes = stored.get(key);
      if (!bytes) throw new AppError("story_missing", "none");
      return bytes;
    },
  };
  const allowNumbers = new Set<string>();
  const api = createApiParts({
    ...{ pool: options.pool ?? pool, ciphers, store, vitals, allowNumbers, requestsPerMinute },
    ...{ clock: systemClock, logger: options.logger ?? logger },
  });
  const web = buildWeb({ vitals, api, metrics: createMetrics(), host });
  const { token: all } = await newToken(pool);
  const ask: TestApi["ask"] = async ({ method, url, token, headers = {}, body }) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await web.inject({
      ...{ method, url, headers: { ...authorization, ...headers } },
      ...(body === undefined ? {} : { payload: body }),
    });
    const isJson = /json/.test(String(answer.headers["content-type"]));
    const json = isJson && answer.body !== "" ? answer.json() : null;
    const { statusCode: status, body: text, rawPayload: bytes } = answer;
    return { status, headers: answer.headers, text, bytes, json };
  };
  return {
    ...{ web, logged, stored, ask },
    get: (path, headers = {}) => ask({ method: "GET", url: `/api/v1${path}`, token: all, headers }),
    post: (path, body, headers = {}) =>
      ask({ method: "POST", url: `/api/v1${path}`, token: all, headers, ...(body ? { body } : {}) }),
  };
}
