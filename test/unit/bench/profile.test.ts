import { expect, test } from "vitest";
import { folderOf, summarise, tellProfile } from "../../bench/profile.ts";

const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 });
const profile = {
  nodes: [
    { id: 1, callFrame: frame("(idle)", "") },
    { id: 2, callFrame: frame("take", "file:///srv/hearback/src/asterisk/ari-line.ts") },
    { id: 3, callFrame: frame("query", "file:///srv/hearback/node_modules/pg/lib/client.js") },
    { id: 4, callFrame: frame("take", "file:///srv/hearback/src/asterisk/ari-line.ts") },
    { id: 5, callFrame: frame("(garbage collector)", "") },
  ],
  samples: [1, 2, 3, 4, 5],
  timeDeltas: [50_000, 3_000, 2_000, 4_000, 1_000],
};

test("time is added up by function and by folder, without what was idle, the dearest first", () => {
  const { busyMs, idleMs, functions, folders } = summarise(profile);
  expect([busyMs, idleMs]).toEqual([10, 50]);
  expect(folders.map(({ name, selfMs }) => [name, selfMs])).toEqual([
    ["src/asterisk", 7],
    ["node_modules/pg", 2],
    ["(garbage collector)", 1],
  ]);
  expect(functions[0]).toEqual({ name: "take src/asterisk/ari-line.ts:10", selfMs: 7, share: 0.7 });
});

test("it is told by the call", () => {
  const text = tellProfile(summarise(profile), 2);
  expect(text).toContain("2 calls: 5.0 ms a call");
  expect(text).toMatch(/3\.50 ms +70\.0 % {2}src\/asterisk\n/);
});

test("packages with a scope, Node's own files and V8's own work have names", () => {
  expect(folderOf("file:///a/node_modules/@fastify/cookie/plugin.js", "f")).toBe(
    "node_modules/@fastify/cookie",
  );
  expect(folderOf("node:internal/stream", "f")).toBe("node");
  expect(folderOf("", "(program)")).toBe("(program)");
  expect(folderOf("", "writev")).toBe("(V8)");
});
