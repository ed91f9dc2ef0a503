/** A draft walked from its page, on real Postgres and real Asterisk, beside live calls. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { leavesRoomForRehearsals } from "#campaign/live-load.ts";
import { createDraftWalks } from "#draft-walks.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { createNodeDesk } from "#postgres/node-desk.ts";
import { createWalkWork } from "#postgres/walk-jobs.ts";
import type { WalkBeside } from "#walk-beside.ts";
import { walkBeside } from "#walk-beside.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { dialled } from "../support/survey.ts";
import { tiny } from "../support/tiny-flow.ts";

let db: TestDatabase;
let room: TestRoom;
let telecoms: Visitor;
beforeEach(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  telecoms = await room.visitor("telecoms", "Terry Example");
  await uncheckedDesk(db.pool).replaceAll(tiny, sam);
});
afterEach(async () => {
  await room.close();
  await db.drop();
});

const page = "/releases/draft/walk";
const said = (html: string) =>
  html
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .replaceAll("&#39;", "'");

/** One running copy of Hearback, as far as it walks drafts (app-start.ts). */
function instance(owner: string, asteriskFolder: string | null = null) {
  const desk = uncheckedDesk(db.pool);
  const nodes = createNodeDesk(db.pool, { kind: "job", id: owner });
  const begun: WalkBeside[] = [];
  const walks = createDraftWalks({
    ...{ work: createWalkWork(db.pool, owner), clock: systemClock, logger: silentLogger },
    draft: () => desk.draft(),
    keepWalk: (report) => desk.keepWalk(report),
    begin: (files) => {
      const walk = walkBeside(files, asteriskFolder);
      begun.push(walk);
      return walk;
    },
    mayGoOn: async () => leavesRoomForRehearsals(await nodes.list()),
  });
  onTestFinished(() => walks.stop());
  walks.start();
  return { begun, stop: () => walks.stop() };
}

const isOver = /could not be made|The last walk/;

/** The page's words, once they are of that kind. @throws with what it says where the walk ends otherwise */
async function until(words: RegExp): Promise<string> {
  for (let last = ""; ; ) {
    last = said((await telecoms.get(`${page}/now`)).text);
    if (words.test(last)) return last;
    if (isOver.test(last)) throw new Error(last);
    await systemClock.wait(200);
  }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
const withAllBelow = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(withAllBelow)];
const nicenessOf = (pid: number) =>
  Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[16]);
const environmentOf = (pid: number) =>
  readFileSync(`/proc/${pid}/environ`, "utf8")
    .split("\0")
    .filter(Boolean)
    .map((line) => line.split("=")[0]);

/** It has begun a walk, and that an Asterisk: the calls themselves, side by side, are over in a moment. */
const isAtIt = ({ begun }: Pick<ReturnType<typeof instance>, "begun">) =>
  vi.waitFor(() => expect(childrenOf(begun[0]!.pid!)).not.toEqual([]), { timeout: 120_000 });

it("waits for live calls, walks at the lowest priority without our secrets, and tells the report", async () => {
  process.env.HEARBACK_DATABASE_URL = db.url;
  onTestFinished(() => void delete process.env.HEARBACK_DATABASE_URL);
  // One call on an Asterisk for two: half of it.
  await dialled(db.pool);
  await db.pool.query(
    "insert into housekeeping.node (name, entity_id, version, max_calls, weight) values ('ward', 'e', '22', 2, 1)",
  );
  await db.pool.query("update attempt set node = 'ward'");
  const { begun } = instance("app-one");
  await telecoms.post(page);
  await until(/waiting: live calls have the machine/);

  const below = withAllBelow(begun[0]!.pid!);
  expect(below.map(nicenessOf)).toEqual(below.map(() => 19));
  // Nothing of a walk is there yet, but its own process.
  expect(below.flatMap(environmentOf).filter((name) => name!.startsWith("HEARBACK"))).toEqual([]);
  await db.pool.query("update housekeeping.node set max_calls = 4");

  await until(/[1-9]\d* of \d+ calls made/);
  const walking = withAllBelow(begun[0]!.pid!);
  expect(walking.length).toBeGreaterThan(below.length);
  expect(walking.map(nicenessOf)).toEqual(walking.map(() => 19));
  expect(walking.flatMap(environmentOf).filter((name) => /HEARBACK|SECRET|KEY|DATABASE/.test(name!))).toEqual(
    [],
  );
  const over = await until(/The last walk of these files/);
  expect(over).toMatch(/Passed The last walk of these files .*, for Terry Example\. \d+ walks, all passed/);
  const { text } = await telecoms.get("/releases/draft");
  expect(said(text)).toContain("These files were walked, and passed.");
});

it("goes on with another instance where the one that walks dies; a second click adds none; and it can be stopped", async () => {
  const one = instance("app-one");
  await telecoms.post(page);
  await isAtIt(one);
  // What a killed process leaves: its child ends with it, and its lease lapses. At once, as `one` renews it each second.
  const { rowCount } = await db.pool.query(
    `update housekeeping.walk_job set holder = 'app-lost', takes = takes + 1,
       lease_until = clock_timestamp() + interval '1 h' where under_way and state = 'walking'`,
  );
  expect(rowCount).toBe(1);
  await one.begun[0]!.ended;
  await one.stop();
  await db.pool.query("update housekeeping.walk_job set lease_until = clock_timestamp() - interval '1 s'");

  const other = instance("app-other");
  await isAtIt(other);
  expect((await telecoms.post(page)).headers.location).toBe(`${page}?done=under-way`);
  await telecoms.post(`${page}/stop`);
  await until(/The last walk was stopped/);
  expect(await other.begun[0]!.ended).toMatchObject({ kind: "trouble" });
  expect(other.begun).toHaveLength(1);
});

it("is told failed where its process is killed, and where no Asterisk can be had, with what to do", async () => {
  const { begun, stop } = instance("app-one");
  await telecoms.post(page);
  await isAtIt({ begun });
  process.kill(begun[0]!.pid!, "SIGKILL");
  await expect(until(/never/)).rejects.toThrow(/could not be made .*the walk's process ended \(SIGKILL\)/);
  await stop();

  instance("app-bare", "/nowhere/at/all");
  await telecoms.post(page);
  await until(/waits for a Hearback|It begins|Asked for/);
  await expect(until(/never/)).rejects.toThrow(
    /There is no Asterisk for rehearsals here: HEARBACK_REHEARSAL_ASTERISK is \/nowhere\/at\/all.* Set HEARBACK_REHEARSAL_ASTERISK to a folder that has one/,
  );
});
