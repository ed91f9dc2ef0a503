import type { Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newName } from "#lib/ids.ts";
import { newToken, type TestApi, testApi } from "../support/api.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { dramaNumber, runningCampaign } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
let api: TestApi;
let key: string;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
  api = await testApi(pool);
});
afterAll(() => db.drop());
beforeEach(() => {
  key = newName("key");
});

const campaign = () => ({
  name: newName("made"),
  settings: { callerNumber: "01632 960000", spokenName: "trust-your-hospital" },
});
const post = (path: string, body?: object, more = {}) =>
  api.post(path, body, { "idempotency-key": key, ...more });
const rowsOfKey = async () =>
  (await pool.query("select * from housekeeping.api_answer where key = $1", [key])).rows;

describe("a write with an Idempotency-Key", () => {
  it("sent again is answered as the first time, and done once", async () => {
    const body = campaign();
    const first = await post("/campaigns", body);
    expect(first.status).toBe(201);
    expect(first.headers).not.toHaveProperty("idempotency-replayed");
    const again = await post("/campaigns", body);
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.headers.location).toBe(first.headers.location);
    expect(again.headers["content-type"]).toBe(first.headers["content-type"]);
    expect((await api.post("/campaigns", body)).status).toBe(409);
  });

  it("that was refused is refused again in the same words", async () => {
    const body = campaign();
    await api.post("/campaigns", body);
    const first = await post("/campaigns", body);
    expect(first.status).toBe(409);
    expect((await post("/campaigns", body)).text).toBe(first.text);
  });

  it.each([
    ["another body", "/campaigns", campaign()],
    ["another address", "/opt-outs", { phone: "07700 900910" }],
  ])("is refused for %s", async (_, path, body) => {
    expect((await post("/campaigns", campaign())).status).toBe(201);
    const answer = await post(path, body);
    expect(answer.status).toBe(422);
    expect(answer.json.type).toBe("/docs#key-reused");
  });

  it("belongs to its token: another's same key is another key", async () => {
    const body = { phone: dramaNumber(911) };
    expect((await post("/opt-outs", body)).status).toBe(201);
    const { token } = await newToken(pool);
    const send = () =>
      api.ask({ method: "POST", url: "/api/v1/opt-outs", body, headers: { "idempotency-key": key }, token });
    const other = await send();
    expect(other.status).toBe(200);
    expect(other.headers).not.toHaveProperty("idempotency-replayed");
    const again = await send();
    expect(again.status).toBe(200);
    expect(again.headers["idempotency-replayed"]).toBe("true");
  });

  it("sent twice at once is done once", async () => {
    const count = async () => (await pool.query("select count(*)::int as n from opt_out")).rows[0].n;
    const before = await count();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post("/opt-outs", { phone: dramaNumber(912) })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set(statuses.includes(409) ? [201, 409] : [201]));
    for (const { status, json } of answers) if (status === 409) expect(json.type).toBe("/docs#key-in-use");
    expect(await count()).toBe(before + 1);
  });

  it("works for lists of visits that come as a stream", async () => {
    const { name } = await runningCampaign(pool);
    const { token } = await newToken(pool);
    const send = (list: string) =>
      api.ask({
        ...{ method: "POST", url: `/api/v1/campaigns/${name}/imports`, token, body: list },
        headers: { "content-type": "text/csv", "idempotency-key": key },
      });
    const first = await send("visit_ref,phone\nA1,07700 900913");
    expect(first.json.added).toBe(1);
    const again = await send("visit_ref,phone\nA1,07700 900913");
    expect(again.json.added).toBe(1);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect((await send("visit_ref,phone\nA2,07700 900914")).json.type).toBe("/docs#key-reused");
  });

  it("works for a list refused at its header, of which little was read", async () => {
    const { name } = await runningCampaign(pool);
    const { token } = await newToken(pool);
    const list = `colour,phone\n${"red,07700 900915\n".repeat(20_000)}`;
    const send = (body: string) =>
      api.ask({
        ...{ method: "POST", url: `/api/v1/campaigns/${name}/imports`, token, body },
        headers: { "content-type": "text/csv", "idempotency-key": key },
      });
    const first = await send(list);
    expect(first.status).toBe(422);
    expect(first.json.type).toBe("/docs#list-refused");
    expect((await send(list)).text).toBe(first.text);
    expect((await send(`${list}x`)).json.type).toBe("/docs#key-reused");
  });

  it("is kept as a keyed hash of the request, and without its numbers", async () => {
    await post("/opt-outs", { phone: "07700 900916" });
    const [row] = await rowsOfKey();
    expect(row.status).toBe(201);
    expect(row.request_hmac).toHaveLength(32);
    expect(JSON.stringify(row)).not.toContain("900916");
  });

  it("may be used for another request after a day", async () => {
    await post("/campaigns", campaign());
    await pool.query(
      "update housekeeping.api_answer set begun_at = begun_at - interval '25 hours' where key = $1",
      [key],
    );
    expect((await post("/campaigns", campaign())).status).toBe(201);
  });

  it("left by a process that died over it is free after ten minutes", async () => {
    const { rows } = await pool.query("select id from housekeeping.api_token order by created_at limit 1");
    await pool.query("insert into housekeeping.api_answer (token_id, key) values ($1, $2)", [
      rows[0].id,
      key,
    ]);
    expect((await post("/campaigns", campaign())).json.type).toBe("/docs#key-in-use");
    await pool.query(
      "update housekeeping.api_answer set begun_at = begun_at - interval '11 minutes' where key = $1",
      [key],
    );
    expect((await post("/campaigns", campaign())).status).toBe(201);
  });

  it.each(["", "a b", "x".repeat(201)])("must have a shape: %j has not", async (bad) => {
    const answer = await api.post("/campaigns", campaign(), { "idempotency-key": bad });
    expect(answer.status).toBe(400);
    expect(answer.json.detail).toContain("Idempotency-Key");
  });

  it("is not taken by a request that is wrong: put right, it may come with the same key", async () => {
    expect((await post("/campaigns", { name: "x" })).status).toBe(400);
    expect(await rowsOfKey()).toEqual([]);
    expect((await post("/campaigns", campaign())).status).toBe(201);
  });
});
