/** Releases in the database: the draft, what is published, and which of them new calls get. */
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createReleaseDesk } from "#postgres/releases.ts";
import { inRoom } from "#postgres/room.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { digestOf, hashOf, type ReleaseFiles } from "#release/files.ts";
import type { Author, CheckFiles, ReleaseDesk } from "#release/ports.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let db: TestDatabase;
let pool: Pool;
beforeEach(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterEach(() => db.drop());

const sam: Author = { kind: "user", id: "u1", name: "Sam Example" };
const alex: Author = { kind: "user", id: "u2", name: "Alex Example" };
const bytes = (text: string) => new TextEncoder().encode(text);
const folder: ReleaseFiles = new Map([
  ["flows/fft.yaml", bytes("flow: fft\n")],
  ["prompts/en-GB/hello.wav", bytes("RIFF")],
]);
const noFaults: CheckFiles = async () => ({ faults: [], tests: { failed: [], uncovered: [], passed: 3 } });

const deskOf = (check = noFaults): ReleaseDesk =>
  createReleaseDesk({ within: (work) => inTransaction(pool, work), folders: () => folder, check });

const edit = (desk: ReleaseDesk, text: string, expectedHash: string | null, author = sam) =>
  desk.saveFile({ path: "flows/fft.yaml", bytes: bytes(text), expectedHash }, author);

/** With the walk that it takes. */
async function publish(desk: ReleaseDesk, note = "as it should be") {
  const { digest } = await desk.draft();
  await desk.keepWalk({ digest, passed: true, by: sam, report: [] });
  return desk.publish({ note, digest }, sam);
}

/** Another text, published and given to all. */
async function goLive(desk: ReleaseDesk, text: string): Promise<number> {
  const there = await desk.file("draft", "flows/fft.yaml");
  expect(await edit(desk, text, there && hashOf(there))).toMatchObject({ kind: "saved" });
  const published = await publish(desk);
  if (published.kind === "refused") throw new Error(published.obstacles.join("; "));
  await desk.approve(published.number, sam);
  return published.number;
}

/** Whatever is the last save just now. */
async function undoLast(desk: ReleaseDesk): Promise<string[]> {
  const { lastSave } = await desk.draft();
  const undone = await desk.undo(lastSave?.id ?? "none", sam);
  return undone.kind === "undone" ? undone.paths : [];
}

const audited = async () =>
  (await pool.query("select action, who_id, subject_id, reason from housekeeping.audit_entry order by n"))
    .rows;

describe("the draft", () => {
  it("is the folders, until somebody saves; then each save is over it, by whom and when", async () => {
    const desk = deskOf();
    expect(await desk.draft()).toMatchObject({ basedOn: null, files: folder, changes: [], savedAt: null });
    const saved = await edit(desk, "flow: fft # mine\n", hashOf(folder.get("flows/fft.yaml")!));
    expect(saved).toEqual({ kind: "saved", hash: hashOf(bytes("flow: fft # mine\n")) });
    const draft = await desk.draft();
    expect(draft.changes).toMatchObject([{ path: "flows/fft.yaml", kind: "changed", author: sam }]);
    expect(draft.files.get("prompts/en-GB/hello.wav")).toEqual(bytes("RIFF"));
    expect(draft.digest).toBe(digestOf(draft.files));
    expect(await audited()).toMatchObject([{ action: "release-save", who_id: "u1", subject_id: "draft" }]);
  });

  it("loses nobody's work: whoever saves over what they have not seen is told whose it is", async () => {
    const desk = deskOf();
    const seen = hashOf(folder.get("flows/fft.yaml")!);
    const [ours, theirs] = await Promise.all([
      edit(desk, "flow: fft # ours\n", seen),
      edit(desk, "flow: fft # theirs\n", seen, alex),
    ]);
    expect([ours.kind, theirs.kind].sort()).toEqual(["conflict", "saved"]);
    const [saved, conflict] = ours.kind === "saved" ? [ours, theirs] : [theirs, ours];
    expect(conflict).toMatchObject({ hash: saved.kind === "saved" && saved.hash, at: expect.any(Date) });
    expect(conflict).toMatchObject({ by: ours.kind === "saved" ? sam : alex });
  });

  it("is taken back save by save, and whole batches at once", async () => {
    const desk = deskOf();
    await edit(desk, "1", hashOf(folder.get("flows/fft.yaml")!));
    await edit(desk, "2", hashOf(bytes("1")));
    expect(await desk.replaceAll(new Map([["flows/other.yaml", bytes("3")]]), alex)).toBe(3);
    expect([...(await desk.draft()).files.keys()]).toEqual(["flows/other.yaml"]);
    expect(await undoLast(desk)).toEqual(["flows/fft.yaml", "flows/other.yaml", "prompts/en-GB/hello.wav"]);
    expect(await undoLast(desk)).toEqual(["flows/fft.yaml"]);
    expect(await desk.file("draft", "flows/fft.yaml")).toEqual(bytes("1"));
    expect(await undoLast(desk)).toEqual(["flows/fft.yaml"]);
    expect(await undoLast(desk)).toEqual([]);
    expect((await desk.draft()).changes).toEqual([]);
  });

  it("holds what a release may hold, and nothing else", async () => {
    const desk = deskOf();
    for (const path of [
      "../secret",
      "flows/../x.yaml",
      "asterisk/a/b.conf",
      "prompts/en-GB/x.exe",
      "README.md",
    ])
      expect(await desk.saveFile({ path, bytes: bytes("x"), expectedHash: null }, sam)).toMatchObject({
        kind: "refused",
      });
  });

  it("is discarded, and begins anew from what is live", async () => {
    const desk = deskOf();
    const number = await goLive(desk, "one");
    await edit(desk, "two", hashOf(bytes("one")));
    await desk.discard(sam);
    expect(await desk.draft()).toMatchObject({ basedOn: number, changes: [] });
  });
});

describe("publishing", () => {
  const fault = {
    file: "flows/fft.yaml",
    line: 3,
    column: 1,
    rule: "x",
    what: "it is wrong",
    instead: "write y",
  };
  it.each<[string, Awaited<ReturnType<CheckFiles>>, string]>([
    [
      "a fault",
      { faults: [{ ...fault, level: "fault" }], tests: { failed: [], uncovered: [], passed: 1 } },
      "flows/fft.yaml:3:1: fault: it is wrong; write y [x]",
    ],
    [
      "a failed test",
      { faults: [], tests: { failed: ["fft: busy"], uncovered: [], passed: 1 } },
      "flow test failed: fft: busy",
    ],
    [
      "a branch that no test takes",
      { faults: [], tests: { failed: [], uncovered: ["fft: menu, key 3"], passed: 1 } },
      "no flow test goes this way: fft: menu, key 3",
    ],
  ])("is refused for %s", async (_, found, obstacle) => {
    const desk = deskOf(async () => found);
    await edit(desk, "1", hashOf(folder.get("flows/fft.yaml")!));
    expect(await publish(desk)).toMatchObject({ kind: "refused", obstacles: [obstacle] });
    expect(await desk.list()).toEqual([]);
  });

  it("takes a walk of exactly these files that passed, a note, and something new", async () => {
    const desk = deskOf(async () => ({
      faults: [{ ...fault, level: "warning" }],
      tests: { failed: [], uncovered: [], passed: 1 },
    }));
    const noDraft = await publish(desk);
    expect(noDraft).toMatchObject({ kind: "refused", obstacles: [expect.stringContaining("no draft")] });
    await edit(desk, "1", hashOf(folder.get("flows/fft.yaml")!));
    const { digest } = await desk.draft();
    const refused = async () => {
      const published = await desk.publish({ note: "n", digest }, sam);
      return published.kind === "refused" ? published.obstacles.join() : published.kind;
    };
    expect(await refused()).toContain("not walked");
    await desk.keepWalk({ digest, passed: true, by: sam, report: [] });
    await desk.keepWalk({ digest, passed: false, by: sam, report: [] });
    expect(await refused()).toContain("failed");
    await desk.keepWalk({ digest, passed: true, by: sam, report: [] });
    expect(await desk.publish({ note: " ", digest }, sam)).toMatchObject({ kind: "refused" });
    await edit(desk, "2", hashOf(bytes("1")));
    expect(await refused()).toContain("changed meanwhile");
    await undoLast(desk);
    expect(await refused()).toBe("published");
    expect(await audited()).toContainEqual({
      ...{ action: "release-publish", who_id: "u1", subject_id: "1", reason: "n" },
    });
  });

  it("takes no walk of an older Hearback, which did not telephone by a draft's own hooks", async () => {
    const desk = deskOf();
    const path = "asterisk/hooks.conf";
    await desk.saveFile({ path, bytes: bytes("; ours\n"), expectedHash: null }, sam);
    const { digest } = await desk.draft();
    const publish = () => desk.publish({ note: "n", digest }, sam);
    await desk.keepWalk({ digest, passed: true, by: sam, report: { walks: [] } });
    expect(await publish()).toMatchObject({
      obstacles: [expect.stringMatching(/not walked .*: hearback flow walk --draft/)],
    });
    expect(await desk.lastWalk()).toBeNull();
    await desk.keepWalk({ digest, passed: true, by: sam, report: { walks: [], goldenCalls: [] } });
    expect(await desk.lastWalk()).toMatchObject({ passed: true });
    expect(await publish()).toMatchObject({ kind: "published" });
  });

  it("makes a canary of what was the draft, whole, with what differs; there is one at a time", async () => {
    const desk = deskOf();
    await edit(desk, "1", hashOf(folder.get("flows/fft.yaml")!));
    expect(await publish(desk, "the first")).toEqual({ kind: "published", number: 1 });
    expect(await desk.filesOf(1)).toEqual(new Map([...folder, ["flows/fft.yaml", bytes("1")]]));
    expect(await desk.state()).toMatchObject({ live: null, canary: { number: 1, share: 0.05 } });
    await edit(desk, "2", hashOf(bytes("1")));
    expect(await publish(desk)).toMatchObject({
      kind: "refused",
      obstacles: [expect.stringContaining("canary")],
    });
    await desk.approve(1, alex);
    expect(await publish(desk)).toEqual({ kind: "published", number: 2 });
    const second = await desk.show(2);
    expect(second).toMatchObject({ basedOn: 1, state: "canary", author: sam, note: "as it should be" });
    expect(second?.difference).toEqual([
      { path: "flows/fft.yaml", kind: "changed", from: hashOf(bytes("1")), to: hashOf(bytes("2")) },
    ]);
    expect((await desk.show(1))?.history.map(({ kind, by }) => [kind, by.id])).toEqual([
      ["publish", "u1"],
      ["approve", "u2"],
    ]);
  });
});

describe("a release", () => {
  it("never changes, whoever tries", async () => {
    const number = await goLive(deskOf(), "one");
    for (const sql of [
      "update housekeeping.release_file set sha256 = sha256 where release = $1",
      "delete from housekeeping.release_file where release = $1",
      "insert into housekeeping.release_file select $1, 'flows/more.yaml', sha256 from housekeeping.release_content",
      "update housekeeping.release set note = 'another' where number = $1",
      "delete from housekeeping.release where number = $1",
      "update housekeeping.release_content set bytes = '' where $1 > 0",
    ])
      await expect(pool.query(sql, [number])).rejects.toThrow("a release never changes");
  });

  it("is rolled back to the one before, at once or later, and says why", async () => {
    const desk = deskOf();
    await goLive(desk, "one");
    await goLive(desk, "two");
    await edit(desk, "three", hashOf(bytes("two")));
    await publish(desk);
    expect(await desk.rollback(null, "it stutters", alex)).toEqual({ kind: "done", live: 2 });
    expect(await desk.rollback(null, "so does this", alex)).toEqual({ kind: "done", live: 1 });
    expect((await desk.list()).map(({ number, state }) => [number, state])).toEqual([
      [3, "withdrawn"],
      [2, "withdrawn"],
      [1, "live"],
    ]);
    expect(await desk.rollback(2, "it was good after all", alex)).toEqual({ kind: "done", live: 2 });
    expect(await desk.rollback(2, "again", alex)).toMatchObject({ kind: "refused" });
    expect(await desk.rollback(9, "where", alex)).toMatchObject({ kind: "refused" });
    expect((await desk.show(3))?.history.at(-1)).toMatchObject({
      kind: "rollback",
      why: "it stutters",
      by: alex,
    });
    expect(await audited()).toContainEqual({
      ...{ action: "release-rollback", who_id: "u2", subject_id: "3", reason: "it stutters" },
    });
  });

  it("the first of all is rolled back to the folders", async () => {
    const desk = deskOf();
    await goLive(desk, "one");
    expect(await desk.rollback(null, "no", sam)).toEqual({ kind: "done", live: null });
    expect(await desk.state()).toEqual({ live: null, canary: null });
  });
});

describe("on the pages", () => {
  const as = async (role: string) => {
    const { rows } = await pool.query(
      `insert into housekeeping.user_account (email, name, id) values ($1, 'Sam', gen_random_uuid()) returning id`,
      [`${role}@hearback.test`],
    );
    const id: string = rows[0].id;
    await pool.query("insert into housekeeping.user_grant (user_id, role, trust) values ($1, $2, 'RXX')", [
      id,
      role,
    ]);
    return createReleaseDesk({
      ...{ within: (work) => inRoom(pool, id, work), folders: () => folder, check: noFaults },
    });
  };

  it("those of telecoms do all of it", async () => {
    const desk = await as("telecoms");
    await edit(desk, "1", hashOf(folder.get("flows/fft.yaml")!));
    const { digest } = await desk.draft();
    await deskOf().keepWalk({ digest, passed: true, by: sam, report: [] });
    expect(await desk.publish({ note: "n", digest }, sam)).toEqual({ kind: "published", number: 1 });
    expect(await desk.approve(1, sam)).toEqual({ kind: "done", live: 1 });
    expect(await desk.rollback(null, "no", sam)).toEqual({ kind: "done", live: null });
    expect(await desk.list()).toMatchObject([{ number: 1, state: "withdrawn", calls: 0 }]);
  });

  it("nobody else sees any of it", async () => {
    await goLive(deskOf(), "one");
    const desk = await as("clinician");
    expect(await desk.list()).toEqual([]);
    await expect(edit(desk, "1", hashOf(folder.get("flows/fft.yaml")!))).rejects.toThrow(
      "row-level security",
    );
  });
});
