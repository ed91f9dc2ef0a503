import { readdirSync } from "node:fs";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dispositions } from "#call/disposition.ts";
import type { ImportedVisit } from "#campaign/ports.ts";
import { encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { newId, newName } from "#lib/ids.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { problems } from "#web/api/problems.ts";
import { type Json, type TestApi, testApi } from "../support/api.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import * as survey from "../support/survey.ts";
import { goodVitals } from "../support/vitals.ts";

let db: TestDatabase;
let pool: Pool;
let api: TestApi;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
  api = await testApi(pool);
});
afterAll(() => db.drop());

const { visit, runningCampaign, dramaNumber } = survey;
const visitOf = async (campaignId: string): Promise<string> =>
  (await pool.query("select id from visit where campaign_id = $1 order by id limit 1", [campaignId])).rows[0]
    .id;
const pages = async (path: string): Promise<Json[]> => {
  const all: Json[] = [];
  for (let after: string | null = null; ; ) {
    const { status, json } = await api.get(
      `${path}${path.includes("?") ? "&" : "?"}limit=2${after ? `&after=${after}` : ""}`,
    );
    expect(status).toBe(200);
    expect(json.items.length).toBeLessThanOrEqual(2);
    all.push(...json.items);
    after = json.next;
    if (after === null) return all;
  }
};

const newCampaign = (more: object = {}) => ({
  name: newName("made"),
  settings: { callerNumber: "01632 960000", spokenName: "trust-your-hospital", ...more },
});

describe("campaigns", () => {
  it("are made with what is not given filled in, and show no number", async () => {
    const open = { 1: ["09:00", "12:00"] };
    const transfers = { "ward-desk": { number: "01632 960123", open } };
    const body = newCampaign({ maxCalls: 7, transfers });
    const { status, json, headers, text } = await api.post("/campaigns", body);
    expect(status).toBe(201);
    expect(json).toMatchObject({ name: body.name, status: "draft", trust: "default", rehearsal: false });
    expect(json.settings).toMatchObject({ maxCalls: 7, callerNumber: "•••••••••••00", flow: "fft" });
    expect(json.settings.transfers).toEqual({
      "ward-desk": { number: "•••••••••••23", talkMinutes: 60, open },
    });
    expect(headers.location).toBe(`/api/v1/campaigns/${body.name}`);
    expect(text).not.toContain("1632960");
    const { rows } = await pool.query("select settings from campaign where name = $1", [body.name]);
    expect(rows[0].settings.callerNumber).toBe("+441632960000");
    expect((await api.post("/campaigns", body)).json).toMatchObject({
      type: "/docs#campaign-exists",
      status: 409,
    });
  });

  it.each([
    [{ callerNumber: "0900 1234567" }, 422, "campaign-settings", "callerNumber"],
    [{ maxCalls: 0 }, 422, "campaign-settings", "maxCalls"],
    [{ unheardOf: 1 }, 422, "campaign-settings", "unheardOf"],
  ])("refuse %j", async (settings, status, slug, told) => {
    const answer = await api.post("/campaigns", newCampaign(settings));
    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(`/docs#${slug}`);
    expect(answer.json.detail).toContain(told);
    expect(answer.text).not.toContain("0900");
  });

  it.each([
    [{ settings: {} }, "must have required property 'name'"],
    [{ ...newCampaign(), colour: "red" }, "must NOT have additional properties"],
    [{ ...newCampaign(), name: "a/b" }, "body/name must match pattern"],
  ])("refuse %j as a request", async (body, told) => {
    const answer = await api.post("/campaigns", body);
    expect(answer.status).toBe(400);
    expect(answer.json.type).toBe("/docs#request-wrong");
    expect(answer.json.detail).toContain(told);
  });

  it("start, pause and stop, and say when they cannot", async () => {
    const { name } = (await api.post("/campaigns", newCampaign())).json;
    const move = async (verb: string) => (await api.post(`/campaigns/${name}/${verb}`)).json;
    expect((await move("pause")).type).toBe("/docs#campaign-status");
    expect((await move("start")).status).toBe("running");
    expect((await move("start")).status).toBe("running");
    expect((await move("pause")).status).toBe("paused");
    expect((await move("stop")).status).toBe("stopped");
    expect(await move("start")).toMatchObject({ type: "/docs#campaign-status", status: 409 });
    expect((await api.post("/campaigns/none/start")).json.type).toBe("/docs#campaign-missing");
  });

  it("tell how they stand, and are listed by key", async () => {
    const campaign = await runningCampaign(pool, [visit(), visit(), visit({ doNotCallReason: "deceased" })]);
    const { json } = await api.get(`/campaigns/${campaign.name}`);
    expect(json).toMatchObject({ name: campaign.name, status: "running", visits: 3, due: 2, calling: 0 });
    expect(json.dispositions).toEqual({ pending: 2, suppressed: 1 });
    const listed = await pages("/campaigns");
    expect(listed.map(({ name }) => name)).toContain(campaign.name);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
    expect((await api.get(`/campaigns?after=${newId()}`)).json.type).toBe("/docs#cursor-wrong");
  });
});

describe("imports", () => {
  const list = (...rows: string[]) => ["visit_ref,phone,given_name", ...rows].join("\n");
  const send = (name: string, body: string, query = "", headers = {}) =>
    api.ask({
      ...{ method: "POST", url: `/api/v1/campaigns/${name}/imports${query}`, body },
      ...{ token: token, headers: { "content-type": "text/csv", ...headers } },
    });
  let token: string;
  beforeAll(async () => {
    const { newToken } = await import("../support/api.ts");
    token = (await newToken(pool, ["write:imports"])).token;
  });

  it("add visits, and the same list twice changes nothing", async () => {
    const { name, id } = await runningCampaign(pool);
    const body = list("A1,07700 900001,Mary", "A2,07700 900002,");
    const { status, json } = await send(name, body);
    expect(status).toBe(200);
    expect(json).toEqual({
      rows: 2,
      added: 2,
      same: 0,
      stopped: 0,
      ringing: 0,
      bad: 0,
      doNotCall: 0,
      faultCount: 0,
      faults: [],
    });
    expect((await send(name, body)).json).toMatchObject({ added: 0, same: 2 });
    const { rows } = await pool.query("select visit_ref from visit where campaign_id = $1 order by id", [id]);
    expect(rows).toEqual([{ visit_ref: "A1" }, { visit_ref: "A2" }]);
  });

  it("take all rows or none, name each fault, and repeat no cell", async () => {
    const { name, id } = await runningCampaign(pool);
    const body = list("B1,07700 900003,", "B2,0900 1234567,", ",07700 900004,Zebedee");
    const refused = await send(name, body);
    expect(refused.status).toBe(422);
    expect(refused.json).toMatchObject({ type: "/docs#list-refused", rows: 3, bad: 2, faultCount: 2 });
    expect(refused.json.faults).toMatchObject([
      { line: 3, column: "phone" },
      { line: 4, column: "visit_ref" },
    ]);
    expect(refused.text).not.toMatch(/900003|1234567|Zebedee/);
    const counted = async () =>
      (await pool.query("select count(*)::int as n from visit where campaign_id = $1", [id])).rows[0].n;
    expect(await counted()).toBe(0);
    const skipped = await send(name, body, "?skipBad=true");
    expect(skipped.status).toBe(200);
    expect(skipped.json).toMatchObject({ rows: 3, added: 1, bad: 2, faultCount: 2 });
    expect(skipped.text).not.toMatch(/900003|1234567|Zebedee/);
    expect(await counted()).toBe(1);
  });

  it("keep columns by name, and read what Excel writes", async () => {
    const { name } = await runningCampaign(pool);
    const body = "visit_ref,phone,episode\nC1,07700 900005,7";
    expect((await send(name, body)).json.type).toBe("/docs#list-refused");
    expect((await send(name, body, "?keep=episode&encoding=windows-1252")).json.added).toBe(1);
  });

  it("refuse numbers that a rehearsal may not ring", async () => {
    const { name } = await runningCampaign(pool);
    const answer = await send(name, list(`D1,${"020 7946"} 0018,`));
    expect(answer.json.faults[0].column).toBe("phone");
  });

  it.each([
    ["none", {}, 404, "campaign-missing"],
    ["none", { "content-type": "application/json" }, 415, "type-unsupported"],
  ])("refuse %s with %j", async (name, headers, status, slug) => {
    const answer = await send(name, list(), "", headers);
    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(`/docs#${slug}`);
  });
});

describe("visits", () => {
  it("are listed by key and by status, without number or name", async () => {
    const list = Array.from({ length: 5 }, (_, i) =>
      visit({ phone: dramaNumber(700 + i), givenName: "Zebedee", nhsNumber: "9990548609", ward: "W1" }),
    );
    const campaign = await runningCampaign(pool, list);
    const all = await pages(`/campaigns/${campaign.name}/visits`);
    expect(all.map(({ visitRef }) => visitRef)).toEqual(list.map(({ visitRef }) => visitRef));
    expect(all[0]).toMatchObject({
      status: "due",
      disposition: "pending",
      campaign: campaign.name,
      ward: "W1",
    });
    expect(JSON.stringify(all)).not.toMatch(/7700900|Zebedee|9990548609/);
    expect(await pages(`/campaigns/${campaign.name}/visits?status=held`)).toEqual([]);
    const { json } = await api.get(`/visits/${all[0].id}`);
    expect(json).toEqual(all[0]);
    expect((await api.get(`/visits/${newId()}`)).json.type).toBe("/docs#visit-missing");
    expect((await api.get("/visits/..%2f..")).json.type).toBe("/docs#request-wrong");
  });

  const one = async (of: Partial<ImportedVisit> = {}) => {
    const campaign = await runningCampaign(pool, [visit(of)]);
    const id = await visitOf(campaign.id);
    const move = async (how: string) => (await api.post(`/visits/${id}/${how}`)).json;
    return { campaign, id, move };
  };

  it("are held, and not called; released, and called after all", async () => {
    const { campaign, move } = await one();
    expect((await move("hold")).status).toBe("held");
    expect((await move("hold")).status).toBe("held");
    const ledger = survey.newLedger(pool);
    expect(await ledger.claim(campaign, 1)).toEqual([]);
    expect((await move("release")).status).toBe("due");
    expect(await ledger.claim(campaign, 1)).toHaveLength(1);
  });

  it("are withdrawn for good, with what was promised", async () => {
    const { id, move } = await one();
    expect((await move("withdraw")).status).toBe("withdrawn");
    expect((await move("withdraw")).status).toBe("withdrawn");
    expect(await move("release")).toMatchObject({ type: "/docs#visit-status", status: 409 });
    expect((await api.get(`/results/${id}`)).json.disposition).toBe("withdrawn");
    expect((await api.post(`/visits/${newId()}/withdraw`)).json.type).toBe("/docs#visit-missing");
    const dialled = await survey.dialled(pool);
    await survey.begin(pool, dialled.attempt);
    await pool.query(
      `insert into callback (visit_id, call_id, trust, unit, due)
       select visit_id, id, trust, unit, now() from call where visit_id = $1`,
      [dialled.attempt.visitId],
    );
    const follows = { kind: "callback", at: new Date(), again: false } as const;
    await dialled.ledger.end(dialled.attempt, survey.ending({ disposition: "callback", follows }));
    await api.post(`/visits/${dialled.attempt.visitId}/withdraw`);
    const { rows } = await pool.query("select state from callback where visit_id = $1", [
      dialled.attempt.visitId,
    ]);
    expect(rows).toEqual([{ state: "withdrawn" }]);
  });

  it.each(["hold", "withdraw"])("that are claimed but not dialled are not dialled after %s", async (how) => {
    const { campaign, move, id } = await one();
    const ledger = survey.newLedger(pool);
    const [attempt] = await ledger.claim(campaign, 1);
    const moved = await move(how);
    expect(["held", "withdrawn"]).toContain(moved.status);
    expect((await ledger.commitToRing(attempt!, campaign, "asterisk")).kind).toBe("refused");
    const { rows } = await pool.query("select state, refused_because from attempt where visit_id = $1", [id]);
    expect(rows).toEqual([{ state: "refused", refused_because: `visit-${moved.status}` }]);
    expect((await api.get(`/visits/${id}`)).json.status).toBe(moved.status);
  });

  it("are either dialled or held, however close the two come", async () => {
    const { campaign } = await one();
    await survey.importVisits(
      pool,
      campaign.id,
      Array.from({ length: 20 }, (_, i) => visit({ phone: dramaNumber(800 + i) })),
    );
    const ledger = survey.newLedger(pool);
    const attempts = await ledger.claim(campaign, 21);
    const outcomes = await Promise.all(
      attempts.map(async (attempt) => {
        const [ring, hold] = await Promise.all([
          ledger.commitToRing(attempt, campaign, "asterisk"),
          api.post(`/visits/${attempt.visitId}/hold`),
        ]);
        return { rung: ring.kind === "committed", held: hold.status === 200 };
      }),
    );
    expect(outcomes).toHaveLength(21);
    for (const { rung, held } of outcomes) expect(rung).toBe(!held);
  });

  it("are not dialled on what the dialler saw before they were held", async () => {
    const { campaign, id } = await one();
    const ledger = survey.newLedger(pool);
    const [attempt] = await ledger.claim(campaign, 1);
    const waiting = async (count: number) => {
      const blocked = async () =>
        (
          await pool.query(
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          )
        ).rows.length;
      await expect.poll(blocked, { interval: 10 }).toBe(count);
    };
    // Both come to the attempt's row while somebody else has it: the hold first, the order to ring behind it.
    const other = await pool.connect();
    await other.query("begin");
    await other.query("select from attempt where id = $1 for update", [attempt!.id]);
    const held = api.post(`/visits/${id}/hold`);
    await waiting(1);
    const ring = ledger.commitToRing(attempt!, campaign, "asterisk");
    await waiting(2);
    await other.query("commit");
    other.release();
    expect((await held).json.status).toBe("held");
    expect((await ring).kind).toBe("refused");
  });

  it("that ring just now are left alone, and so are those that are over", async () => {
    const { attempt, ledger } = await survey.dialled(pool);
    const hold = () => api.post(`/visits/${attempt.visitId}/hold`);
    expect((await hold()).json).toMatchObject({ type: "/docs#visit-being-called", status: 409 });
    await ledger.end(attempt, survey.ending());
    expect((await hold()).json).toMatchObject({ type: "/docs#visit-status", status: 409 });
  });
});

describe("results", () => {
  it("come in the order in which they changed, each once, and again when they change", async () => {
    const campaign = await runningCampaign(pool, [visit(), visit(), visit(), visit(), visit()]);
    const path = `/results?campaign=${campaign.name}`;
    const first = await pages(path);
    expect(first).toHaveLength(5);
    const times = first.map(({ updatedAt }) => updatedAt);
    expect(times).toEqual(times.toSorted());
    const { settledUntil } = (await api.get(path)).json;
    await api.post(`/visits/${first[1].visitId}/hold`);
    const changed = await pages(`${path}&since=${settledUntil}`);
    expect(changed.map(({ visitId, disposition }) => [visitId, disposition])).toEqual([
      [first[1].visitId, "held"],
    ]);
    expect((await pages(`${path}&disposition=held`)).map(({ visitId }) => visitId)).toEqual([
      first[1].visitId,
    ]);
  });

  it("that changed in one moment are neither lost nor repeated between pages", async () => {
    const campaign = await runningCampaign(
      pool,
      Array.from({ length: 5 }, () => visit()),
    );
    const client = await pool.connect();
    await client.query("set session_replication_role = replica"); // the trigger would set each its own time
    await client.query("update visit set updated_at = '2026-11-21 09:30:00.123456Z' where campaign_id = $1", [
      campaign.id,
    ]);
    await client.query("reset session_replication_role");
    client.release();
    const all = await pages(`/results?campaign=${campaign.name}`);
    expect(new Set(all.map(({ updatedAt }) => updatedAt)).size).toBe(1);
    expect(all).toHaveLength(5);
    expect(new Set(all.map(({ visitId }) => visitId)).size).toBe(5);
  });

  it("lose nothing that a slow transaction brings later with an earlier time", async () => {
    const campaign = await runningCampaign(pool, [visit(), visit()]);
    const [one] = await pages(`/results?campaign=${campaign.name}`);
    const slow = await pool.connect();
    await slow.query("begin");
    await slow.query("update visit set site = 'Main' where id = $1", [one.visitId]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { settledUntil } = (await api.get(`/results?campaign=${campaign.name}`)).json;
    await slow.query("commit");
    slow.release();
    const later = await pages(`/results?campaign=${campaign.name}&since=${settledUntil}`);
    expect(later.map(({ visitId }) => visitId)).toContain(one.visitId);
  });

  it("have the columns of survey_result, and an address for the audio instead of a path of ours", async () => {
    const { storyId, visitId } = await keptStory();
    const { json } = await api.get(`/results/${visitId}`);
    expect(json).toMatchObject({
      ...{ visitId, storyId, channel: "voice", recordingPath: `/api/v1/recordings/${storyId}` },
      ...{ shareConsent: false, transcriptState: "none", storySeconds: 1, rating: null },
    });
    expect(JSON.stringify(json)).not.toContain("file:");
    const { rows } = await pool.query(
      "select column_name from information_schema.columns where table_name = 'survey_result' order by ordinal_position",
    );
    const named = rows.map(({ column_name }) =>
      column_name === "recording_uri"
        ? "recordingPath"
        : column_name.replace(/_(.)/g, (_: string, letter: string) => letter.toUpperCase()),
    );
    expect(Object.keys(json)).toEqual(named);
    expect((await api.get(`/results/${newId()}`)).status).toBe(404);
  });

  it.each(["limit=0", "limit=501", "since=yesterday", "disposition=bored", "colour=red", "after="])(
    "refuse %s",
    async (query) => {
      const { status, json } = await api.get(`/results?${query}`);
      expect(status).toBe(400);
      expect(json.type).toBe("/docs#request-wrong");
    },
  );

  it("refuse a cursor that is none of ours", async () => {
    expect((await api.get("/results?after=bm9uc2Vuc2U")).json.type).toBe("/docs#cursor-wrong");
  });
});

const spoken = Int16Array.from({ length: 8_000 }, (_, i) => 5_000 * Math.sin(i / 4));

/** A story of one second, kept and stored. */
async function keptStory(): Promise<{ storyId: string; visitId: string; callId: string }> {
  const { attempt } = await survey.dialled(pool);
  const callId = await survey.begin(pool, attempt);
  const { rows } = await pool.query(
    `insert into story (call_id, visit_id, trust, unit, take, state)
     select id, visit_id, trust, unit, 1, 'kept' from call where id = $1 returning id`,
    [callId],
  );
  const storyId = rows[0].id;
  const wav = toALawWav(Buffer.from(encodeALaw(spoken)));
  await createStoryRows(pool, { transcribe: false }).stored(storyId, {
    ...{ uri: "file:///stories/x.wav", sha256: "ab".repeat(32), bytes: wav.length, durationMs: 1_000 },
    ...{ speechMs: 900, truncated: false, parts: [] },
  });
  api.stored.set(`${storyId}.wav`, wav);
  return { storyId, visitId: attempt.visitId, callId };
}

describe("recordings", () => {
  const whole = 44 + 2 * 8_000;
  it("are WAV that plays anywhere, whole or in ranges", async () => {
    const { storyId } = await keptStory();
    const answer = await api.get(`/recordings/${storyId}`);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "content-type": "audio/wav", "accept-ranges": "bytes" });
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(readWav(answer.bytes).samples).toHaveLength(8_000);
    const range = await api.get(`/recordings/${storyId}`, { range: "bytes=44-143" });
    expect(range.status).toBe(206);
    expect(range.headers["content-range"]).toBe(`bytes 44-143/${whole}`);
    expect(range.bytes.equals(answer.bytes.subarray(44, 144))).toBe(true);
    const behind = await api.get(`/recordings/${storyId}`, { range: "bytes=999999-" });
    expect(behind.status).toBe(416);
    expect(behind.headers["content-range"]).toBe(`bytes */${whole}`);
    expect(behind.json.type).toBe("/docs#range-unsatisfiable");
    const etag = String(answer.headers.etag);
    const get = (ifRange: string) =>
      api.get(`/recordings/${storyId}`, { range: "bytes=0-9", "if-range": ifRange });
    expect((await get(etag)).status).toBe(206);
    expect((await get('"other"')).status).toBe(200);
  });

  it.each([
    ["deleted by the patient", "update story set state = 'deleted' where id = $1"],
    ["told again", "update story set state = 'superseded' where id = $1"],
  ])("are not given once %s", async (_, sql) => {
    const { storyId } = await keptStory();
    await pool.query(sql, [storyId]);
    expect((await api.get(`/recordings/${storyId}`)).json).toMatchObject({ type: "/docs#recording-missing" });
  });

  it("are not found where the store has none", async () => {
    const { storyId } = await keptStory();
    api.stored.clear();
    expect((await api.get(`/recordings/${storyId}`)).status).toBe(404);
    expect((await api.get(`/recordings/${newId()}`)).status).toBe(404);
  });
});

describe("opt-outs", () => {
  it("keep a number from being rung, and give out no number", async () => {
    const phone = dramaNumber(901);
    const campaign = await runningCampaign(pool, [visit({ phone })]);
    const added = await api.post("/opt-outs", { phone: "07700 900901" });
    expect(added.status).toBe(201);
    expect(added.json).toMatchObject({ scope: "number", source: "staff", withdrawnAt: null });
    expect(added.text).not.toContain("900901");
    expect(await survey.newLedger(pool).claim(campaign, 1)).toEqual([]);
    expect((await api.get(`/results/${await visitOf(campaign.id)}`)).json.disposition).toBe("suppressed");
    const again = await api.post("/opt-outs", { phone: "+44 7700 900901" });
    expect(again.status).toBe(200);
    expect(again.json.id).toBe(added.json.id);
  });

  it("keep a person from being rung, on any telephone", async () => {
    const nhsNumber = "9990548609";
    const person = `nhs:${nhsNumber}`;
    const added = await api.post("/opt-outs", { nhsNumber: "999 054 8609" });
    expect(added.json).toMatchObject({ scope: "person" });
    const campaign = await runningCampaign(pool, [visit({ nhsNumber, person, phone: dramaNumber(902) })]);
    expect(await survey.newLedger(pool).claim(campaign, 1)).toEqual([]);
    await api.post(`/opt-outs/${added.json.id}/withdraw`);
  });

  it("are withdrawn, and shown as such when asked for", async () => {
    const { id } = (await api.post("/opt-outs", { phone: "07700 900903" })).json;
    const withdrawn = (await api.post(`/opt-outs/${id}/withdraw`)).json;
    expect(withdrawn.withdrawnAt).not.toBeNull();
    expect((await api.post(`/opt-outs/${id}/withdraw`)).json).toEqual(withdrawn);
    const ids = async (query: string) => (await pages(`/opt-outs${query}`)).map((one) => one.id);
    expect(await ids("")).not.toContain(id);
    expect(await ids("?standing=false")).toContain(id);
    expect((await api.post(`/opt-outs/${newId()}/withdraw`)).json.type).toBe("/docs#opt-out-missing");
    const campaign = await runningCampaign(pool, [visit({ phone: dramaNumber(903) })]);
    expect(await survey.newLedger(pool).claim(campaign, 1)).toHaveLength(1);
  });

  it.each([
    [{}, 400, "request-wrong"],
    [{ phone: "07700 900904", nhsNumber: "9990548609" }, 400, "request-wrong"],
    [{ phone: "0900 1234567" }, 422, "number-refused"],
    [{ nhsNumber: "9990548608" }, 422, "number-refused"],
  ])("refuse %j", async (body, status, slug) => {
    const answer = await api.post("/opt-outs", body);
    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(`/docs#${slug}`);
    expect(answer.text).not.toMatch(/1234567|999054/);
  });
});

describe("the switch that stops everything", () => {
  it("is thrown once, says by whom and why, and is put back", async () => {
    const campaign = await runningCampaign(pool, [visit({ phone: dramaNumber(904) })]);
    const before = await api.get("/dialling");
    expect(before.json).toEqual({ stopped: false, at: null, by: null, because: null });
    const stop = (because: string) => api.post("/dialling/stop", { because });
    expect((await stop("wrong greeting")).json).toMatchObject({ stopped: true, because: "wrong greeting" });
    expect((await stop("again")).json).toMatchObject({ stopped: true, because: "wrong greeting" });
    expect(await survey.newLedger(pool).claim(campaign, 5)).toEqual([]);
    const resumed = await api.post("/dialling/resume");
    expect(resumed.json).toMatchObject({ stopped: false });
    expect(await survey.newLedger(pool).claim(campaign, 5)).toHaveLength(1);
  });
});

describe("health", () => {
  it("tells of nodes, jobs and readiness", async () => {
    const { json } = await api.get("/nodes");
    expect(json.items).toEqual(goodVitals().nodes);
    const health = (await api.get("/health")).json;
    expect(health).toMatchObject({ ready: true, callsUnderWay: 3, maxCalls: null, notDialling: null });
    expect(health.checks).toMatchObject({ database: "ok", clock: "ok" });
    expect(health.jobs).toEqual([{ task: "transcribe", waiting: 2, failed: 1, oldestSeconds: 12.5 }]);
  });

  it("tells that it is not well, and answers all the same", async () => {
    const ill = await testApi(pool, { vitals: async () => goodVitals({ database: { kind: "away" } }) });
    const { status, json } = await ill.get("/health");
    expect(status).toBe(200);
    expect(json).toMatchObject({ ready: false, jobs: null, checks: { database: "does not answer" } });
  });
});

describe("the description", () => {
  it("is OpenAPI 3.1 of every route, with scope, fields and problems", async () => {
    const { status, json } = await api.ask({ method: "GET", url: "/api/v1/openapi.json" });
    expect(status).toBe(200);
    expect(json.openapi).toBe("3.1.0");
    const operations = Object.values<Json>(json.paths).flatMap((methods) => Object.values<Json>(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const operation of operations) {
      expect(operation.security).toHaveLength(1);
      expect(operation.summary).not.toBe("");
      expect(operation.responses.default.content).toHaveProperty("application/problem+json");
    }
    const post = json.paths["/api/v1/campaigns/{campaign}/imports"].post;
    expect(Object.keys(post.requestBody.content)).toEqual(["text/csv"]);
    expect(post.parameters.map(({ name }: Json) => name)).toContain("Idempotency-Key");
    const result = json.paths["/api/v1/results"].get;
    const disposition = result.parameters.find(({ name }: Json) => name === "disposition");
    expect(disposition.schema.enum).toEqual([...dispositions]);
    const audio = json.paths["/api/v1/recordings/{storyId}"].get.responses;
    expect(Object.keys(audio[206].content)).toEqual(["audio/wav"]);
    expect(JSON.stringify(json)).not.toMatch(/"\$ref":"(?!#\/)/);
  });

  it("is a page for people too, with nothing from elsewhere", async () => {
    const { status, text, headers } = await api.ask({ method: "GET", url: "/docs" });
    expect(status).toBe(200);
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    expect(text).toContain("GET /api/v1/results");
    expect(text).toContain("POST /api/v1/campaigns/{campaign}/imports");
    expect(text).toContain("read:recordings");
    for (const slug of Object.keys(problems)) expect(text).toContain(`<tr id="${slug}">`);
    expect(text).not.toMatch(/(?:src|href)="(?![/#])/);
    expect(text).not.toMatch(/<style|style=|<script|onclick=/);
    expect((await api.ask({ method: "GET", url: "/docs.css" })).headers["content-type"]).toContain(
      "text/css",
    );
  });

  it("has one file a resource", () => {
    expect(readdirSync("src/web/api")).toEqual(
      expect.arrayContaining(["campaigns.ts", "imports.ts", "visits.ts", "results.ts", "recordings.ts"]),
    );
  });
});

describe("an address that there is not", () => {
  it.each(["/nowhere", "/visits", "/campaigns/a/b"])("is a problem too: %s", async (path) => {
    const { status, json } = await api.get(path);
    expect(status).toBe(404);
    expect(json.type).toBe("/docs#route-missing");
  });

  it("and JSON that is none", async () => {
    const answer = await api.ask({
      ...{
        method: "POST",
        url: "/api/v1/opt-outs",
        body: "{",
        headers: { "content-type": "application/json" },
      },
      token: (await (await import("../support/api.ts")).newToken(pool)).token,
    });
    expect(answer.json).toMatchObject({ type: "/docs#request-wrong", status: 400 });
  });
});
