/** The listening room on a test's own database, as browsers meet it: cookies are kept, forms carry their tokens. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { SignInService } from "#access/door-ports.ts";
import { type Grant, type Role, roles, type SignedIn } from "#access/rights.ts";
import { readFolders } from "#app-voices.ts";
import type { StaffNumber } from "#call/staff-call.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import type { Logger } from "#lib/logger.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import type { StoryStore } from "#recording/ports.ts";
import { createRoomParts } from "#room-parts.ts";
import { readVoice } from "#storage/flow-files.ts";
import { buildWeb } from "#web/build-web.ts";
import { sessionCookie } from "#web/room/who.ts";
import { ciphers } from "./survey.ts";
import { goodVitals } from "./vitals.ts";

export interface Answered {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  bytes: Buffer;
}

/** Somebody who is signed in. */
export interface Visitor {
  who: SignedIn;
  /** What the session's cookie holds, for a real browser. */
  secret: string;
  get(url: string, headers?: Record<string, string>): Promise<Answered>;
  /** A form as a browser sends it, with the token of a page seen before. */
  post(url: string, form?: Record<string, string | string[]>): Promise<Answered>;
  /** A form with a file. */
  upload(url: string, file: string | Buffer, fields?: Record<string, string>): Promise<Answered>;
}

export type Browser = Omit<Visitor, "who" | "secret">;

export interface TestRoom {
  web: FastifyInstance;
  /** What the log was given. */
  logged: string[];
  nobody: Browser;
  /** A new one, without cookies: for whoever signs in by the pages. */
  browser(): Browser;
  /** With a role in trust RXX, or with these grants. */
  visitor(role: Role | Partial<Grant>[], name?: string): Promise<Visitor>;
  close(): Promise<void>;
}

const everywhere = { trust: "RXX", unit: null, site: null, ward: null, service: null };

/** In memory: stories by key. */
export function memoryStore(): StoryStore {
  const kept = new Map<string, Buffer>();
  const read = async (key: string) => {
    const bytes = kept.get(key);
    if (!bytes) throw new AppError("story_missing", "the test has no sound");
    return bytes;
  };
  return {
    put: async (key, bytes) => {
      kept.set(key, bytes);
      return { uri: `memory:${key}`, sha256: "0".repeat(64), bytes: bytes.length };
    },
    read,
    size: async (key) => (await read(key)).length,
    readRange: async (key, from, to) => (await read(key)).subarray(from, to),
    remove: async (key) => void kept.delete(key),
  };
}

/** @param store without it there is no sound of any story */
export async function testRoom(
  pool: Pool,
  options: {
    store?: StoryStore;
    service?: SignInService | null;
    rehearsal?: boolean;
    staffNumbers?: readonly StaffNumber[];
  } = {},
): Promise<TestRoom> {
  const { store = memoryStore(), service = null, rehearsal = false, staffNumbers = [] } = options;
  const logged: string[] = [];
  const note = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const logger: Logger = { info: note, warn: note, error: note, debug: note, child: () => logger };
  const real = createSessionBook(pool);
  const sessions = new Map<string, SignedIn>();
  const room = createRoomParts({
    ...{ pool, logger, clock: systemClock, formKey: randomBytes(32), rehearsal },
    publicUrl: "https://hearback.test",
    allowNumbers: new Set<string>(),
    staffNumbers,
    voice: readVoice({ promptFolder: "prompts", flowFolder: "dialplans/flows" }),
    folders: () => readFolders({ promptFolder: "prompts", flowFolder: "dialplans/flows" }),
    sessions: { find: async (secret) => sessions.get(secret) ?? (await real.find(secret)) },
    ...{ ciphers, service, store, backupDays: 30 },
  });
  const web = buildWeb({ vitals: async () => goodVitals(), room });
  await web.ready();
  return {
    ...{ web, logged, nobody: browser(web, {}), close: () => web.close() },
    browser: () => browser(web, {}),
    visitor: async (role, name = "Sam Example") => {
      const userId = newId();
      await pool.query("insert into housekeeping.user_account (id, email, name) values ($1, $2, $3)", [
        userId,
        `${userId}@hearback.test`,
        name,
      ]);
      const given = typeof role === "string" ? [{ role }] : role;
      const grants = given.map((grant): Grant => ({ role: "clinician", ...everywhere, ...grant }));
      for (const { role, trust, unit, site, ward, service } of grants)
        await pool.query(
          `insert into housekeeping.user_grant (user_id, role, trust, unit, site, ward, service)
           values ($1, $2, $3, $4, $5, $6, $7)`,
          [userId, role, trust, unit, site, ward, service],
        );
      const secret = randomBytes(16).toString("hex");
      const who: SignedIn = { userId, sessionId: newId(), name, grants };
      sessions.set(secret, who);
      return { who, secret, ...browser(web, { [sessionCookie]: secret }) };
    },
  };
}

function browser(web: FastifyInstance, cookies: Record<string, string>): Browser {
  let csrf = "";
  const answered = (answer: Awaited<ReturnType<FastifyInstance["inject"]>>): Answered => {
    for (const { name, value } of answer.cookies) {
      if (value === "") delete cookies[name];
      else cookies[name] = value;
    }
    csrf = /name="_csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? csrf;
    const { statusCode: status, headers, body: text, rawPayload: bytes } = answer;
    return { status, headers, text, bytes };
  };
  const get: Visitor["get"] = async (url, headers = {}) =>
    answered(await web.inject({ method: "GET", url, cookies, headers }));
  return {
    get,
    post: async (url, form = {}) => {
      // Of a page that is there for everybody: "/" may lead elsewhere.
      if (csrf === "") await get("/no-such-page");
      if (csrf === "") await get("/sign-in");
      const fields = new URLSearchParams({ _csrf: csrf });
      for (const [name, value] of Object.entries(form))
        for (const one of [value].flat()) fields.append(name, one);
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return answered(
        await web.inject({ method: "POST", url, cookies, headers, payload: fields.toString() }),
      );
    },
    upload: async (url, file, fields = {}) => {
      if (csrf === "") await get("/no-such-page");
      const { type, body } = multipart(Buffer.from(file), fields);
      const headers = { "content-type": type };
      return answered(
        await web.inject({
          ...{ method: "POST", url: `${url}?_csrf=${encodeURIComponent(csrf)}`, cookies, headers },
          payload: body,
        }),
      );
    },
  };
}

/** As browsers write a form with a file. */
function multipart(file: Buffer, fields: Record<string, string>): { type: string; body: Buffer } {
  const boundary = "----a-boundary-of-tests";
  const part = (head: string, content: Buffer) => [
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`),
    content,
    Buffer.from("\r\n"),
  ];
  const body = Buffer.concat([
    ...part('name="list"; filename="list.csv"\r\ncontent-type: text/csv', file),
    ...Object.entries(fields).flatMap(([name, text]) => part(`name="${name}"`, Buffer.from(text))),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}

export const everyRole = roles;
