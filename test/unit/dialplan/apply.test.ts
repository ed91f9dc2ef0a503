import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { applyDialplan } from "#dialplan/apply/apply-dialplan.ts";
import { applyToNodes } from "#dialplan/apply/apply-to-nodes.ts";
import { differences } from "#dialplan/apply/differences.ts";
import type { DialplanTexts, LiveDialplan } from "#dialplan/apply/ports.ts";
import { openDialplanFolder } from "#storage/dialplan-folder.ts";

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

const texts = (hooks: string): DialplanTexts =>
  new Map([
    ["extensions.conf", "the way in\n"],
    ["hooks.conf", `${hooks}\n`],
  ]);

/** A folder on the disk, and an Asterisk that has what it last read; `bad` hooks cut calls off. */
function node(name: string, { bad = "" } = {}) {
  const path = mkdtempSync(join(tmpdir(), "hearback-apply-"));
  made.push(path);
  for (const [file, text] of texts("first")) writeFileSync(join(path, file), text);
  const folder = openDialplanFolder(path);
  let read = folder.current();
  const reloads: string[] = [];
  const hooks = () => read.get("hooks.conf")!.trim();
  const live: LiveDialplan = {
    reload: async () => {
      read = folder.current();
      reloads.push(hooks());
    },
    loaded: async () => [`hooks ${hooks()}`],
    callThrough: async () => (bad !== "" && hooks() === bad ? "cut off" : null),
  };
  return { name, path, folder, live, reloads, hooks };
}
const wanted = (hooks: string) => ({
  ...{ texts: texts(hooks), expected: [`hooks ${hooks}`], by: "t.elephone", note: hooks },
  now: () => new Date("2026-11-22T09:00:00Z"),
});
const told: string[] = [];
const applying = (one: ReturnType<typeof node>, hooks: string) =>
  applyDialplan({ ...wanted(hooks), ...one, progress: (line) => told.push(line) });
const outcomes = ({ folder }: ReturnType<typeof node>) =>
  folder.versions().map(({ number, note, outcome }) => `${number} ${note} ${outcome}`);

describe("a dialplan", () => {
  it("is put in force, kept beside what was there, and not a second time", async () => {
    const one = node("north");
    expect(await applying(one, "second")).toEqual({ kind: "applied", number: 2 });
    expect(one.hooks()).toBe("second");
    expect(await applying(one, "second")).toEqual({ kind: "same", number: 2 });
    expect(outcomes(one)).toEqual(["1 as it lay there found", "2 second applied"]);
    expect(one.folder.textsOf(1)).toEqual(texts("first"));
  });

  it("is intended before anything of it lies there; where that cannot be told, nothing is changed", async () => {
    const one = node("north");
    const intended: string[] = [];
    const intends = async (version: number) => {
      intended.push(`${version} over ${one.folder.current().get("hooks.conf")!.trim()}`);
    };
    const apply = (more: object) =>
      applyDialplan({ ...wanted("second"), ...one, progress: (line) => told.push(line), ...more });
    const away = () => Promise.reject(new Error("the database is away"));
    await expect(apply({ intends: away })).rejects.toThrow("the database is away");
    expect([one.hooks(), one.folder.current(), outcomes(one)]).toEqual([
      ...["first", texts("first"), ["1 as it lay there found"]],
    ]);
    expect(await apply({ intends })).toEqual({ kind: "applied", number: 2 });
    expect(await apply({ intends })).toEqual({ kind: "same", number: 2 });
    expect(intended).toEqual(["2 over first"]);
  });

  it("comes back on the nodes before one that does not take it, also where that cannot be told", async () => {
    const nodes = [node("north"), node("south", { bad: "second" })];
    let intended = 0;
    const intends = async () => {
      intended += 1;
      if (intended > 2) throw new Error("the database is away");
    };
    const results = await applyToNodes(nodes, wanted("second"), {
      ...{ intends, progress: () => {}, told: async () => {} },
    });
    expect(results.map(({ node: name, applied }) => `${name} ${applied.kind}`)).toEqual([
      ...["north applied", "south put-back", "north applied"],
    ]);
    expect([intended, nodes.map((one) => one.hooks())]).toEqual([3, ["first", "first"]]);
  });

  it("is put back where a call does not come through", async () => {
    const one = node("north", { bad: "second" });
    expect(await applying(one, "second")).toEqual({ kind: "put-back", number: 2, because: "cut off" });
    expect(one.reloads).toEqual(["second", "first"]);
    expect(one.folder.current()).toEqual(texts("first"));
  });

  it("is put back where Asterisk has loaded another, and where it does not answer", async () => {
    const one = node("north");
    const other = { ...one, live: { ...one.live, loaded: async () => ["something else"] } };
    expect(await applying(other, "second")).toMatchObject({
      kind: "put-back",
      because: expect.stringMatching(/something else/),
    });
    let asked = 0;
    const reload = async () => {
      if (++asked === 1) throw new Error("AMI does not answer");
      await one.live.reload();
    };
    const deaf = { ...one, live: { ...one.live, reload } };
    expect(await applying(deaf, "third")).toEqual({
      kind: "put-back",
      number: 3,
      because: "AMI does not answer",
    });
    expect(one.hooks()).toBe("first");
  });

  it("says so at once where what was there before does not work either", async () => {
    const one = node("north");
    const dead = { ...one, live: { ...one.live, callThrough: async () => "cut off" } };
    expect(await applying(dead, "second")).toMatchObject({ kind: "broken", number: 2 });
    expect(one.folder.current()).toEqual(texts("first"));
    // Nothing differs then, and yet it is read and called through anew.
    const reloads = one.reloads.length;
    expect(await applying(dead, "first")).toMatchObject({ kind: "broken", number: 1, because: "cut off" });
    expect(await applying(one, "first")).toEqual({ kind: "same", number: 1 });
    expect(one.reloads.slice(reloads)).toEqual(["first", "first"]);
  });

  it("keeps what somebody wrote by hand, as a version of its own", async () => {
    const one = node("north");
    await applying(one, "second");
    writeFileSync(join(one.path, "hooks.conf"), "by hand\n");
    expect(await applying(one, "third")).toEqual({ kind: "applied", number: 4 });
    expect(one.folder.textsOf(3)).toEqual(texts("by hand"));
    expect(one.folder.versions().at(-1)).toMatchObject({ before: 3 });
  });

  it("that was broken off half-way is not what is gone back to", async () => {
    const one = node("north", { bad: "third" });
    await applying(one, "second");
    const about = { at: "", by: "", note: "half", because: null, before: 2 };
    one.folder.keep(texts("half"), { number: 3, outcome: "going", ...about });
    one.folder.put(texts("half"));
    expect(await applying(one, "third")).toMatchObject({ kind: "put-back", number: 4 });
    expect(one.folder.current()).toEqual(texts("second"));
    expect(outcomes(one)).toContain("3 half refused");
  });
});

describe("on several nodes", () => {
  it("goes to all, or to none", async () => {
    const nodes = [node("north"), node("south"), node("west", { bad: "second" }), node("east")];
    const results: string[] = [];
    await applyToNodes(nodes, wanted("second"), {
      progress: () => {},
      told: async ({ node: name, applied }) => void results.push(`${name} ${applied.kind}`),
    });
    expect(results).toEqual([
      "north applied",
      "south applied",
      "west put-back",
      "south applied",
      "north applied",
    ]);
    expect(nodes.map((one) => one.hooks())).toEqual(["first", "first", "first", "first"]);
    expect(nodes[3]!.reloads).toEqual([]);
  });
});

describe("the folder", () => {
  it("replaces links, and never writes through them", () => {
    const one = node("north");
    const elsewhere = join(one.path, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "hooks.conf"), "the repository's\n");
    rmSync(join(one.path, "hooks.conf"));
    symlinkSync(join(elsewhere, "hooks.conf"), join(one.path, "hooks.conf"));
    one.folder.put(texts("mine"));
    expect(readFileSync(join(elsewhere, "hooks.conf"), "utf8")).toBe("the repository's\n");
    expect(one.folder.current()).toEqual(texts("mine"));
  });

  it("lets one apply at a time, and is not held by the dead", () => {
    const { folder, path } = node("north");
    const release = folder.hold();
    expect(() => folder.hold()).toThrow(/somebody else applies/);
    release();
    writeFileSync(join(path, "hearback-dialplans/applying"), `999999999 ${hostname()}\n`);
    folder.hold()();
  });

  it("says so where it is no folder of Asterisk's", () => {
    expect(() => openDialplanFolder(tmpdir())).toThrow(/holds no extensions\.conf/);
  });
});

it("shows what differs, line by line", () => {
  const [a, b] = [texts("one\ntwo\nthree"), texts("one\n2\nthree\nfour")];
  expect(differences(a, b)).toEqual(["--- hooks.conf", "2- two", "2+ 2", "4+ four"]);
  expect(differences(a, a)).toEqual([]);
});
