/** `hearback demo` as it is typed: options, refusals, what it writes, how it ends. Side by side: they mostly wait. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { silentLogger } from "#lib/logger.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { startPostgres } from "#rehearsal/postgres.ts";
import { startBusyFarEnd } from "../support/busy-far-end.ts";
import { DemoProcess, leftBehind } from "../support/demo-process.ts";
import { listOf, refOf, testFolder } from "../support/rehearsal.ts";

const folder = testFolder("demo-cli");
const undo: (() => unknown)[] = [folder.remove];
afterAll(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const number = (tail: string): string => `+447700900${tail}`;
let states = 0;
let lists = 0;

function newState(): string {
  states += 1;
  return join(folder.path, `state-${states}`);
}

function contacts(lines: string): string {
  lists += 1;
  const file = join(folder.path, `contacts-${lists}.csv`);
  writeFileSync(file, lines);
  return file;
}

function demo(...args: string[]): DemoProcess {
  const started = new DemoProcess(args);
  undo.push(() => started.end());
  return started;
}

async function ended(process: DemoProcess): Promise<{ status: number | null; said: string }> {
  return { status: await process.exited, said: process.said };
}

describe.concurrent("hearback demo --exit --json", () => {
  test("ends with status 0, and its file is survey_result with the answers, row by row", async () => {
    const state = newState();
    const file = join(folder.path, "out.json");
    const list = contacts(listOf(["008", "015", "032"].map(number)));
    const { status, said } = await ended(
      demo("--exit", "--json", file, "--contacts", list, "--state", state),
    );
    expect(said).toContain("all 3 outcomes are what the pretend people's scripts say");
    expect(status, said).toBe(0);
    const written = JSON.parse(readFileSync(file, "utf8"));
    expect(written.map((row: { visit_ref: string }) => row.visit_ref)).toEqual(["V-008", "V-015", "V-032"]);
    expect(written).toMatchObject([
      { disposition: "declined", rating: null },
      { disposition: "completed", rating: 5, transcript_state: "done", share_consent: false },
      { disposition: "invalid_number" },
    ]);
    const postgres = await startPostgres({ dir: join(state, "demo/postgres"), durable: false });
    undo.push(() => postgres.stop());
    const client = new pg.Client(postgres.url);
    await client.connect();
    const { rows } = await client.query(
      "select *, story_seconds::float8 as story_seconds, answers_of(visit_id) as answers from survey_result order by visit_id",
    );
    await client.end();
    expect(written).toEqual(JSON.parse(JSON.stringify(rows)));

    // No terminal: a plain line for each change, and nothing that only a terminal understands.
    expect(said).toMatch(/^\d\d:\d\d …15 recording$/m);
    expect(said).not.toContain("\u001b");
  });

  test("ends with status 1 where an outcome is not as scripted, and says which", async () => {
    // Never again means never again: the second visit of the same telephone is not called, and its script says otherwise.
    const list = contacts(`visit_ref,phone,given_name\nA,${number("010")},Ann\nB,${number("010")},Ben\n`);
    const { status, said } = await ended(demo("--exit", "--contacts", list, "--state", newState()));
    expect(said).toContain("B: disposition is suppressed, the script says opted_out");
    expect(status).toBe(1);
  });
});

describe.concurrent("hearback demo refuses", () => {
  test("a list with a number that could be somebody's", async () => {
    const list = contacts(`${listOf([number("008")])}\nX,03000000000,Xenia\n`);
    const { status, said } = await ended(demo("--exit", "--contacts", list, "--state", newState()));
    expect(status).toBe(1);
    expect(said).toMatch(/was refused, nothing is imported/);
    expect(said).toMatch(/line 3, phone: a rehearsal rings only drama numbers.*; .+/);
    expect(said).not.toContain("03000000000");
  });

  test.each([
    ["with tables of others", "create table theirs (id int)", /tables that are not Hearback's/],
    ["of a real Hearback", null, /not marked as a rehearsal: it may be a real one/],
  ])("a database %s", async (_what, sql, told) => {
    const postgres = await startPostgres({ dir: join(newState(), "postgres"), durable: false });
    undo.push(() => postgres.stop());
    const pool = createPool({
      url: postgres.url,
      applicationName: "test",
      as: "owner",
      logger: silentLogger,
    });
    if (sql) await pool.query(sql);
    else await migrate(pool);
    const before = await tables(pool);
    const { status, said } = await ended(
      demo("--exit", "--database-url", postgres.url, "--state", newState()),
    );
    expect(said).toMatch(told);
    expect(status).toBe(1);
    expect(await tables(pool), "it left all as it was").toEqual(before);
    await pool.end();
  });

  const tables = async (pool: pg.Pool): Promise<unknown[]> =>
    (await pool.query("select schemaname, tablename from pg_tables order by 1, 2")).rows;

  test("to run twice in one place; ends at Ctrl-C with nothing left behind", async () => {
    const state = newState();
    const list = contacts(listOf([number("008")]));
    const first = demo("--contacts", list, "--state", state);
    await first.untilSaid(/stays up until Ctrl-C: http:\/\/127\.0\.0\.1:\d+/);
    expect(first.said).toContain("all 1 outcomes are what the pretend people's scripts say");
    const second = await ended(demo("--exit", "--contacts", list, "--state", state));
    expect(second.said).toMatch(/is running already \(process \d+\); end it with Ctrl-C/);
    expect(second.status).toBe(1);
    expect(first.running, "the first is not disturbed").toBe(true);

    const pids = first.processes();
    const folders = DemoProcess.temporaryFolders(pids);
    expect(pids.length).toBeGreaterThan(6);
    first.child.kill("SIGINT");
    await first.exited;
    expect(await leftBehind(pids, folders, 5_000)).toEqual([]);
  });

  test("to stay after a second Ctrl-C in the middle of calls", async () => {
    const list = contacts(listOf([number("013")]));
    const running = demo("--contacts", list, "--state", newState());
    await running.untilSaid(/…13 answered/);
    const pids = running.processes();
    const folders = DemoProcess.temporaryFolders(pids);
    running.child.kill("SIGINT");
    await running.untilSaid(/waiting for calls under way to end/);
    running.child.kill("SIGINT");
    expect(await running.exited).toBe(130);
    expect(await leftBehind(pids, folders)).toEqual([]);
  });
});

describe.concurrent("hearback demo --carrier", () => {
  test("sends the calls to that far end, with the E.164 number as user part", async () => {
    const farEnd = await startBusyFarEnd();
    undo.push(() => farEnd.close());
    const file = join(folder.path, "busy.json");
    const list = contacts(listOf(["008", "012"].map(number)));
    const carrier = ["--carrier", `sip:127.0.0.1:${farEnd.port}`];
    const { status, said } = await ended(
      demo("--exit", ...carrier, "--json", file, "--contacts", list, "--state", newState()),
    );
    expect(said, "no outcome is expected of strangers").not.toContain("scripts say");
    expect(status, said).toBe(0);
    // Busy is tried once more.
    expect(farEnd.called().toSorted()).toEqual(["008", "008", "012", "012"].map(number));
    const written = JSON.parse(readFileSync(file, "utf8"));
    const busy = { disposition: "busy", attempts: 2, rating: null };
    expect(written).toMatchObject(
      ["008", "012"].map((tail) => ({ visit_ref: refOf(number(tail)), ...busy })),
    );
  });

  test("must be a SIP address", async () => {
    const { status, said } = await ended(demo("--carrier", "127.0.0.1", "--state", newState()));
    expect(said).toContain("write it as sip:HOST:PORT");
    expect(status).toBe(1);
  });
});
