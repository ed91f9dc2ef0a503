/** What the pool gives to whom; the nodes are stand-ins, the choice itself is in node-choice.test.ts. */
import { describe, expect, it } from "vitest";
import type { AsteriskNode } from "#asterisk/node.ts";
import { NodePool } from "#asterisk/node-pool.ts";
import { createSpools } from "#asterisk/spools.ts";
import type { NodeStanding } from "#campaign/node-book.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";

function node(name: string, maxCalls: number | null = null) {
  const trunksOut: string[] = [];
  return {
    ...{ trunksOut, leaveOut: (trunks: readonly string[]) => void trunksOut.splice(0, 9, ...trunks) },
    ...{ name, usable: true, state: "ready", access: { weight: 1, maxCalls } },
    connection: { node: { entityId: `id-${name}` }, lag: { worstMs: (): number | null => null } },
    telephone: { dial: async () => ({ kind: "unknown", reason: name }) },
  };
}
type Stand = ReturnType<typeof node>;

function poolOf(nodes: Stand[], maxCalls: number | null = null) {
  const standings: NodeStanding[] = nodes.map(({ name }) => ({
    node: name,
    draining: false,
    othersCalls: 0,
  }));
  const told: unknown[] = [];
  const trunksOut: string[] = [];
  const book = {
    admit: async () => ({ kind: "admitted" }) as const,
    exchange: async (links: readonly unknown[]) => {
      told.push(...links);
      return { nodes: standings, trunksOut };
    },
    leave: async () => {},
  };
  const asterisks = nodes as unknown as AsteriskNode[];
  const pool = new NodePool({ nodes: asterisks, book, maxCalls, clock: systemClock, logger: silentLogger });
  return { pool, standings, told, trunksOut };
}

const order = {
  ...{ attemptId: "a", channelId: "hb-a", phone: "+447700900123", callerNumber: "+441632960000" },
  ...{ ringSeconds: 20, maxCallSeconds: 300 },
};

describe("the pool of nodes", () => {
  it("holds a place from before the call until it is given back, once", () => {
    const { pool } = poolOf([node("a", 1), node("b", 1)]);
    const [first, second] = [pool.reserve(), pool.reserve()];
    expect([first?.node, second?.node]).toEqual(["a", "b"]);
    expect(pool.reserve()).toBeNull();
    expect(pool.freeCapacity).toBe(0);
    first!.giveBack();
    first!.giveBack();
    expect(pool.freeCapacity).toBe(1);
    expect(pool.reserve()?.node).toBe("a");
  });

  it("gives none on one that drains, is away or is full by others' calls, as soon as that is known", async () => {
    const [a, b, c] = [node("a"), node("b"), node("c", 5)];
    const { pool, standings } = poolOf([a, b, c]);
    standings[0]!.draining = true;
    standings[2]!.othersCalls = 5;
    await pool.exchange();
    expect([pool.reserve()?.node, pool.reserve()?.node]).toEqual(["b", "b"]);
    b.usable = false;
    expect(pool.reserve()).toBeNull();
    expect(pool.ready).toBe(true);
    c.usable = false;
    expect(pool.ready).toBe(false);
  });

  it("lets every node know which trunks are out of use, and which are not any more", async () => {
    const [a, b] = [node("a"), node("b")];
    const { pool, trunksOut } = poolOf([a, b]);
    trunksOut.push("carrier-a");
    await pool.exchange();
    expect([a.trunksOut, b.trunksOut]).toEqual([["carrier-a"], ["carrier-a"]]);
    trunksOut.pop();
    await pool.exchange();
    expect([a.trunksOut, b.trunksOut]).toEqual([[], []]);
  });

  it("counts the calls of all instances against the limit of all nodes", async () => {
    const { pool, standings } = poolOf([node("a"), node("b")], 4);
    standings[0]!.othersCalls = 2;
    await pool.exchange();
    pool.reserve();
    expect(pool.freeCapacity).toBe(1);
    pool.reserve();
    expect(pool.reserve()).toBeNull();
  });

  it("gives fewer on one whose events come late, until they come in time", () => {
    const late = node("a");
    const { pool } = poolOf([late, node("b")]);
    for (let calls = 0; calls < 8; calls++) pool.reserve();
    late.connection.lag.worstMs = () => 1_500;
    pool.ease();
    expect([pool.isEased("a"), pool.isEased("b")]).toEqual([true, false]);
    expect([1, 2, 3].map(() => pool.reserve()!.node)).toEqual(["b", "b", "b"]);
    late.connection.lag.worstMs = () => 20;
    pool.ease();
    expect(pool.reserve()!.node).toBe("a");
  });

  it("tells how it sees each, and dials where the order says", async () => {
    const { pool, told } = poolOf([node("a"), node("b")]);
    await pool.exchange();
    expect(told).toContainEqual({ node: "b", state: "ready", entityId: "id-b" });
    expect(await pool.dial({ ...order, node: "b" }, () => {})).toEqual({ kind: "unknown", reason: "b" });
    await expect(pool.dial({ ...order, node: "x" }, () => {})).rejects.toMatchObject({
      code: "node_unknown",
    });
  });
});

describe("the recordings of all nodes", () => {
  const spool = (name: string, files: Record<string, string>, away = false) => ({
    name,
    spool: {
      list: async () => Object.keys(files),
      read: async (file: string) => {
        if (away) throw new Error("no answer");
        return file in files ? Buffer.from(files[file]!) : null;
      },
      remove: async (file: string) => {
        delete files[file];
      },
    },
  });

  it("are looked for only where their call was made", async () => {
    const files = { "hb-x": "north" };
    const asked: string[] = [];
    const spools = createSpools([spool("south", {}, true), spool("north", files)], async (recording) => {
      asked.push(recording);
      return "north";
    });
    expect(String(await spools.read("hb-x"))).toBe("north");
    await spools.remove("hb-x");
    expect(files).toEqual({});
    expect(asked, "once, for where it lies never changes").toEqual(["hb-x"]);
    const elsewhere = createSpools([spool("north", files)], async () => "west");
    await expect(elsewhere.read("hb-x")).rejects.toMatchObject({ code: "node_unknown" });
  });

  it("are gone only when every node says so, where nobody knows", async () => {
    const nobodyKnows = async () => null;
    const there = [spool("south", {}, true), spool("north", { "hb-x": "north" })];
    expect(String(await createSpools(there, nobodyKnows).read("hb-x"))).toBe("north");
    await expect(createSpools(there, nobodyKnows).read("hb-y")).rejects.toMatchObject({
      code: "recording_unreadable",
    });
    expect(await createSpools([spool("north", {})], nobodyKnows).read("hb-y")).toBeNull();
  });
});
