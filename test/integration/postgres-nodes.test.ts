/** What all instances know together of the Asterisks: who is let in, who drains, whose channels are nobody's. */
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NodeIdentity } from "#campaign/node-book.ts";
import { systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { openDatabase } from "#open-database.ts";
import { isAbandoned, renewLease } from "#postgres/instances.ts";
import { createNodeDesk } from "#postgres/node-desk.ts";
import { createNodeBook } from "#postgres/nodes.ts";
import { createTrunkDesk } from "#postgres/trunk-desk.ts";
import { createTrunkPace } from "#postgres/trunk-pace.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { dialled, newLedger, runningCampaign, visit } from "../support/survey.ts";
import { hearback as run } from "../unit/cli/run-command.ts";

let db: TestDatabase;
let pool: Pool;
const staff = { kind: "command", id: "m.ward" } as const;
beforeEach(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterEach(() => db.drop());

const asterisk = (name: string, entityId: string): NodeIdentity => ({
  ...{ name, entityId, version: "22.10.1", maxCalls: 60, weight: 1 },
});

/** An instance with its lease and its view of the nodes. */
async function instance(leaseMs = 60_000) {
  const owner = newName("app");
  await renewLease(pool, { owner, leaseMs });
  return { owner, book: createNodeBook(pool, owner) };
}
const dies = (owner: string, secondsAgo = 0) =>
  pool.query("update housekeeping.instance set dead_at = now() - $2 * interval '1 s' where owner = $1", [
    owner,
    secondsAgo,
  ]);

describe("a node is let in", () => {
  it("unless another has its entityid, whoever uses that one; of two at once one is refused", async () => {
    const [ours, others] = [await instance(), await instance()];
    const both = await Promise.all([
      ours.book.admit(asterisk("north", "id-1")),
      ours.book.admit(asterisk("south", "id-1")),
    ]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(["admitted", "refused"]);
    const again = await others.book.admit(asterisk("west", "id-1"));
    expect(again).toMatchObject({
      because: expect.stringMatching(/^node west has the same entityid \(id-1\) as/),
    });
    expect(await others.book.admit(asterisk("west", "id-2"))).toEqual({ kind: "admitted" });
  });

  it("unless another instance has another Asterisk of that name in use", async () => {
    const [ours, others] = [await instance(), await instance()];
    await ours.book.admit(asterisk("north", "id-1"));
    await ours.book.exchange([{ node: "north", entityId: "id-1", state: "ready" }]);
    const refused = await others.book.admit(asterisk("north", "id-2"));
    expect(refused).toMatchObject({
      because: expect.stringContaining("another Asterisk under the name north"),
    });
    // Lost there: it was replaced by a new one.
    await ours.book.exchange([{ node: "north", entityId: "id-1", state: "lost" }]);
    expect(await others.book.admit(asterisk("north", "id-2"))).toEqual({ kind: "admitted" });
  });

  it("under another name, once nobody alive uses the old one", async () => {
    const [ours, others] = [await instance(), await instance()];
    await ours.book.admit(asterisk("old-name", "id-1"));
    expect((await others.book.admit(asterisk("new-name", "id-1"))).kind).toBe("refused");
    await dies(ours.owner);
    expect((await others.book.admit(asterisk("new-name", "id-1"))).kind).toBe("admitted");
    const nodes = await createNodeDesk(pool, staff).list();
    expect(nodes.map(({ name, entityId }) => [name, entityId])).toEqual([
      ["new-name", "id-1"],
      ["old-name", null],
    ]);
    await others.book.leave();
    expect((await (await instance()).book.admit(asterisk("third-name", "id-1"))).kind).toBe("admitted");
  });
});

describe("a node that drains", () => {
  const hearback = (...args: string[]) =>
    run(args, { env: { HEARBACK_DATABASE_URL: db.url }, services: { openDatabase } });

  it("has no call committed, and the visit is as due as before", async () => {
    const { book } = await instance();
    await book.admit(asterisk("north", "id-1"));
    const campaign = await runningCampaign(pool, [visit()]);
    const ledger = newLedger(pool);
    const [attempt] = await ledger.claim(campaign, 1);
    await createNodeDesk(pool, staff).drain("north", "m.ward");
    expect(await ledger.commitToRing(attempt!, campaign, "north")).toEqual({
      ...{ kind: "refused", because: "node-draining" },
    });
    const [again] = await ledger.claim(campaign, 1);
    expect(again).toMatchObject({ visitId: attempt!.visitId });
    expect(await ledger.commitToRing(again!, campaign, "south")).toMatchObject({ order: { node: "south" } });
  });

  it("is seen to by all instances, with the calls that others have", async () => {
    const { book } = await instance();
    await book.admit(asterisk("asterisk", "id-1"));
    await dialled(pool);
    const desk = createNodeDesk(pool, staff);
    await desk.drain("asterisk", "m.ward");
    await desk.drain("asterisk", "somebody later");
    expect(await book.exchange([])).toEqual({
      nodes: [{ node: "asterisk", draining: true, othersCalls: 1 }],
      trunksOut: [],
    });
    expect((await desk.list())[0]!.draining!.by).toBe("m.ward");
  });

  it("is told of with the trunks that are out of use", async () => {
    const { book } = await instance();
    await book.admit(asterisk("north", "id-1"));
    const carriers = { trunks: ["carrier-a", "carrier-b"], chooses: true, callsPerSecond: 1 };
    await createTrunkPace(pool, { ...carriers, clock: systemClock }).take(1);
    const trunks = createTrunkDesk(pool, staff);
    await trunks.drain("carrier-b", "m.ward");
    expect((await book.exchange([])).trunksOut).toEqual(["carrier-b"]);
    await trunks.resume("carrier-b", "m.ward");
    expect((await book.exchange([])).trunksOut).toEqual([]);
  });

  it("is waited for by the command until its last call has ended, and resumed", async () => {
    const { book, owner } = await instance();
    await book.admit(asterisk("asterisk", "id-1"));
    const { attempt, ledger } = await dialled(pool);
    const draining = hearback("node", "drain", "asterisk", "--by", "m.ward");
    await expect
      .poll(async () => (await createNodeDesk(pool, staff).list())[0]!.draining?.by, { timeout: 10_000 })
      .toBe("m.ward");
    const told = (await hearback("node", "list")).stdout;
    expect(told).toMatch(
      /asterisk +1 of 60 calls, draining since [-\d: ]+ by m\.ward, Asterisk 22\.10\.1, last seen/,
    );
    expect(told).toContain(`connecting for ${owner} since`);
    expect((await hearback("node", "drain", "asterisk", "--no-wait")).status).toBe(0);
    await pool.query(
      "update attempt set state = 'ended', disposition = 'busy', ended_at = now() where id = $1",
      [attempt.id],
    );
    const { status, stdout, stderr } = await draining;
    expect([status, stdout.trim()]).toEqual([0, "asterisk has no calls: it may be stopped."]);
    expect(stderr).toContain("1 call is going on");
    expect((await hearback("node", "resume", "asterisk")).stdout).toContain("may begin on asterisk again");
    expect((await hearback("node", "resume", "asterisk")).stdout).toContain("was not being drained");
    const { stderr: unknown, status: failed } = await hearback("node", "drain", "nroth");
    expect([failed, unknown]).toEqual([1, expect.stringContaining('no node "nroth"; there are: asterisk')]);
    expect((await book.exchange([])).nodes[0]!.draining).toBe(false);
    void ledger;
  });
});

describe("a node that is gone", () => {
  const hearback = (...args: string[]) =>
    run(args, { env: { HEARBACK_DATABASE_URL: db.url }, services: { openDatabase } });
  const names = async () => (await createNodeDesk(pool, staff).list()).map(({ name }) => name);

  it("is taken off the list by command, which the audit tells, and may come back as a new one", async () => {
    const [ours, others] = [await instance(), await instance()];
    await ours.book.admit(asterisk("north", "id-1"));
    await ours.book.admit(asterisk("south", "id-2"));
    await createNodeDesk(pool, staff).drain("north", "m.ward");
    const used = await hearback("node", "remove", "north");
    expect(used).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/north stays on the list: 1 copy of Hearback uses it still: take it out/),
    });
    await dies(ours.owner);
    expect(await hearback("node", "remove", "north", "--by", "m.ward")).toMatchObject({
      ...{ status: 0, stdout: "north is off the list.\n" },
    });
    expect(await names()).toEqual(["south"]);
    expect((await hearback("node", "remove", "north")).stderr).toContain('no node "north"; there are: south');
    const { rows } = await pool.query(
      "select action, who_name, subject_id from housekeeping.audit_entry order by n desc limit 1",
    );
    expect(rows).toEqual([{ action: "node-remove", who_name: "m.ward", subject_id: "north" }]);
    expect(await others.book.admit(asterisk("north", "id-1"))).toEqual({ kind: "admitted" });
    expect((await others.book.exchange([])).nodes.find(({ node }) => node === "north")?.draining).toBe(false);
  });

  it("stays while the ledger has a call there, whoever was to hold it", async () => {
    const { book, owner } = await instance();
    await book.admit(asterisk("asterisk", "id-1"));
    const { attempt } = await dialled(pool);
    await dies(owner);
    const remove = () => createNodeDesk(pool, staff).remove("asterisk", "m.ward");
    await expect(remove()).rejects.toMatchObject({
      ...{ code: "node_in_use", message: expect.stringContaining("a call is still going on there") },
    });
    await pool.query(
      "update attempt set state = 'ended', disposition = 'busy', ended_at = now() where id = $1",
      [attempt.id],
    );
    await remove();
    expect(await names()).toEqual([]);
  });
});

describe("a channel is nobody's", () => {
  it("never while its instance lives, whatever became of its attempt", async () => {
    const { attempt } = await dialled(pool);
    const sql = "update attempt set state = 'ended', disposition = 'busy', ended_at = now() where id = $1";
    const { rows } = await pool.query(`${sql} returning owner, channel_id`, [attempt.id]);
    expect(await isAbandoned(pool, rows[0].channel_id, `hearback-${rows[0].owner}`)).toBe(false);
  });

  it("only when its instance is dead and no living one has its attempt", async () => {
    const { attempt } = await dialled(pool);
    const { rows } = await pool.query("select owner, channel_id from attempt where id = $1", [attempt.id]);
    const [{ owner, channel_id: channel }] = rows;
    const abandoned = (id = channel) => isAbandoned(pool, id, `hearback-${owner}`);
    expect(await abandoned()).toBe(false);
    await dies(owner);
    // Whoever declared it dead is about to take it over.
    expect(await abandoned()).toBe(false);
    await dies(owner, 11);
    expect(await abandoned()).toBe(true);
    expect(await abandoned(`${channel}-tone-1400`)).toBe(true);
    // Taken over: the channel and the ears beside it are held by somebody.
    const heir = await instance();
    await pool.query("update attempt set owner = $2 where id = $1", [attempt.id, heir.owner]);
    expect([await abandoned(), await abandoned(`${channel}-tone-1400`)]).toEqual([false, false]);
    expect(await isAbandoned(pool, channel, "hearback-app-unknown")).toBe(false);
    await pool.query("update attempt set state = 'ended', disposition = 'interrupted', ended_at = now()");
    expect(await abandoned()).toBe(true);
  });
});
