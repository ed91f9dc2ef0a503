/** The API on a real socket: what `inject` cannot show. */
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openUpload } from "#web/api/upload.ts";
import { newToken, type TestApi, testApi } from "../support/api.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runningCampaign } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
let api: TestApi;
let port: number;
let token: string;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
  api = await testApi(pool);
  await api.web.listen({ host: "127.0.0.1", port: 0 });
  port = (api.web.server.address() as AddressInfo).port;
  token = (await newToken(pool)).token;
});
afterAll(async () => {
  await api.web.close();
  await db.drop();
});

const url = (path: string) => `http://127.0.0.1:${port}/api/v1${path}`;
const headers = (more = {}) => ({ authorization: `Bearer ${token}`, ...more });
const visitsOf = async (id: string): Promise<number> =>
  (await pool.query("select count(*)::int as n from visit where campaign_id = $1", [id])).rows[0].n;

/** Those under way, by their locks: in our database, since pg_locks shows those of the whole server. */
const imports = async (): Promise<number> =>
  (
    await pool.query(
      `select from pg_locks where locktype = 'advisory'
       and database = (select oid from pg_database where datname = current_database())`,
    )
  ).rows.length;

/** Rows enough for many pieces; numbers may repeat. */
function* list(rows: number) {
  yield Buffer.from("visit_ref,phone\n");
  for (let row = 0; row < rows; row++)
    yield Buffer.from(`L${row},07700 900${String(row % 1000).padStart(3, "0")}\n`);
}

describe("an import over the wire", () => {
  it("comes as a stream without a length, far larger than a body may be", async () => {
    const { id, name } = await runningCampaign(pool);
    const answer = await fetch(url(`/campaigns/${name}/imports`), {
      ...{ method: "POST", headers: headers({ "content-type": "text/csv" }), duplex: "half" },
      body: ReadableStream.from(list(5_000)) as unknown as string,
    } as RequestInit);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ rows: 5_000, added: 5_000 });
    expect(await visitsOf(id)).toBe(5_000);
  });

  it("that breaks off leaves nothing", async () => {
    const { id, name } = await runningCampaign(pool);
    const sent = request(url(`/campaigns/${name}/imports`), {
      ...{ method: "POST", headers: headers({ "content-type": "text/csv", "content-length": "1000000" }) },
    });
    sent.on("error", () => {});
    sent.write(Buffer.concat([...list(3_000)]));
    await expect.poll(imports).toBe(1);
    sent.destroy();
    await expect.poll(imports).toBe(0);
    expect(await visitsOf(id)).toBe(0);
  });

  it("beside two others waits its turn", async () => {
    const { name } = await runningCampaign(pool);
    const [other, third] = [await runningCampaign(pool), await runningCampaign(pool)];
    const slow = [name, other.name].map((campaign) => {
      const sent = request(url(`/campaigns/${campaign}/imports`), {
        ...{ method: "POST", headers: headers({ "content-type": "text/csv" }) },
      });
      const answered = new Promise<number>((resolve) =>
        sent.on("response", (got) => resolve(got.statusCode!)),
      );
      sent.write("visit_ref,phone\n");
      return { sent, answered };
    });
    await expect.poll(imports).toBe(2);
    const refused = await fetch(url(`/campaigns/${third.name}/imports`), {
      ...{ method: "POST", headers: headers({ "content-type": "text/csv" }), body: "visit_ref,phone\n" },
    });
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(((await refused.json()) as { type: string }).type).toBe("/docs#imports-busy");
    for (const { sent } of slow) sent.end("A1,07700 900001\n");
    expect(await Promise.all(slow.map(({ answered }) => answered))).toEqual([200, 200]);
  });

  it("without a token is refused before its body is read", async () => {
    const socket = connect(port, "127.0.0.1");
    const answered = new Promise<string>((resolve) => socket.once("data", (piece) => resolve(String(piece))));
    socket.write(
      "POST /api/v1/campaigns/x/imports HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 50000000\r\n\r\n",
    );
    expect(await answered).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });
});

describe("other bodies", () => {
  it("are refused beyond 16 KiB", async () => {
    const body = JSON.stringify({ phone: "0".repeat(20_000) });
    const answer = await fetch(url("/opt-outs"), {
      ...{ method: "POST", headers: headers({ "content-type": "application/json" }), body },
    });
    expect(answer.status).toBe(413);
    expect(((await answer.json()) as { type: string }).type).toBe("/docs#body-too-large");
  });
});

describe("an upload", () => {
  const waits = { now: () => new Date(), monotonicMs: () => 0, wait: () => new Promise<void>(() => {}) };
  const source = async function* (...pieces: string[]) {
    for (const piece of pieces) yield Buffer.from(piece);
  };
  const read = async (bytes: AsyncIterable<Uint8Array>) =>
    Buffer.concat(await Array.fromAsync(bytes)).toString();

  it("is handed on piece by piece, and its hash is that of the whole, read or not", async () => {
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // of "abc": FIPS 180-2
    const limits = { mostBytes: 10, stallMs: 1_000, clock: waits };
    const whole = openUpload(source("a", "bc"), limits);
    expect(await read(whole.bytes)).toBe("abc");
    expect(await whole.hash()).toBe(sha256);
    const unread = openUpload(source("a", "bc"), limits);
    expect(await unread.hash()).toBe(sha256);
    const half = openUpload(source("a", "bc"), limits);
    for await (const piece of half.bytes) {
      expect(piece.length).toBe(1);
      break;
    }
    expect(await half.hash()).toBe(sha256);
  });

  it("is refused when it is too large, however it is cut", async () => {
    const { bytes } = openUpload(source("aaaa", "bbbb"), { mostBytes: 7, stallMs: 1_000, clock: waits });
    await expect(read(bytes)).rejects.toMatchObject({ code: "upload_too_large" });
  });

  it("is given up when nothing comes", async () => {
    const never = (async function* (): AsyncGenerator<Uint8Array> {
      await new Promise(() => {});
    })();
    const clock = { ...waits, wait: async () => {} };
    const { bytes } = openUpload(never, { mostBytes: 7, stallMs: 1_000, clock });
    await expect(read(bytes)).rejects.toMatchObject({ code: "upload_stalled" });
  });
});
