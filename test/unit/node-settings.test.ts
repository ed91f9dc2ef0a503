import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readSettings } from "#config.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-nodes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(yaml: string, env: Record<string, string> = {}) {
  const file = join(folder, "nodes.yaml");
  writeFileSync(file, yaml);
  return readSettings(["nodes"], { HEARBACK_NODES: file, ...env }).nodes;
}

/** The faults without the file's place. */
function faults(yaml: string, env: Record<string, string> = {}): string[] {
  try {
    read(yaml, env);
    return [];
  } catch (thrown) {
    const lines = (thrown as Error).message.split("\n").slice(1);
    return lines.map((line) => line.trim().replace(/^HEARBACK_NODES="[^"]*"[,: ]*/, ""));
  }
}

const north = "- {name: north, ariUrl: http://north:8088/, ariUser: u, ariPassword: p, soundsFolder: /n}";
const south = "- {name: south, ariUrl: http://south:8088, ariUser: u, ariPassword: p, soundsFolder: /s}";

describe("the list of nodes", () => {
  it("is read, with what is not given filled in as for a single one", () => {
    writeFileSync(join(folder, "secret"), "from-a-file\n");
    const many = `${north}\n- name: south\n  ariUrl: https://south:8089\n  ariUser: u\n  ariPasswordFile: ${folder}/secret
  soundsFolder: /s\n  weight: 2.5\n  maxCalls: 60\n  amiHost: south\n  amiPort: 5039\n  amiHealthUser: h
  amiHealthPassword: 123456\n  celFile: /var/log/cel\n  trunk: other`;
    const [one, two] = read(many);
    expect(one).toMatchObject({
      ...{ name: "north", ariUrl: "http://north:8088", ariCa: null, amiHost: null, amiPort: 5038 },
      ...{ trunk: "trunk", weight: 1, maxCalls: null, celFile: null, cdrFile: null },
    });
    expect(two).toMatchObject({
      ...{ name: "south", ariPassword: "from-a-file", weight: 2.5, maxCalls: 60, amiPort: 5039 },
      ...{ amiHealthPassword: "123456", celFile: "/var/log/cel", trunk: "other" },
    });
  });

  it("tells everything that is wrong at once, each with its place and its remedy", () => {
    const wrong = `${north}\n- name: North!\n  ariUrl: south:8088\n  ariUser: u\n  arriPassword: p\n  soundsFolder: [x]
  weight: 0\n  maxCalls: many\n  amiHost: south`;
    expect(faults(wrong)).toEqual([
      "node 2: arriPassword is no setting; did you mean ariPassword?",
      "node 2: soundsFolder is not one value",
      expect.stringMatching(/^node 2 \(North!\): name="North!" is not 1 to 32 small letters/),
      expect.stringMatching(
        /^node 2 \(North!\): ariUrl="south:8088" is not an address that begins with http/,
      ),
      "node 2 (North!): ariPassword is missing, e.g. correct-horse",
      expect.stringMatching(/^node 2 \(North!\): soundsFolder is missing/),
      'node 2 (North!): weight="0" is not a number above 0, and 1000 at most, e.g. 2',
      'node 2 (North!): maxCalls="many" is not a whole number from 1 to 10000, e.g. 60',
      "node 2 (North!): amiHealthUser is missing, e.g. health: amiHost is given",
    ]);
  });

  it.each([
    ["", "holds no list of nodes"],
    ["nodes: []", "holds no list of nodes"],
    ["- {", "Flow map in block collection must be sufficiently indented|Missing|expected"],
    [`${north}\n- north`, "node 2 is no map of settings"],
    [`${north}\n${north}`, 'two nodes have the name "north"'],
    [
      `${north}\n${south.replace("http://south:8088", "http://north:8088")}`,
      'two nodes have the ariUrl "http://north',
    ],
    [
      `${north}\n${south.replace("ariPassword: p", "ariPassword: p, ariPasswordFile: /x")}`,
      "ariPassword and ariPasswordFile are both given",
    ],
    [
      `${north}\n${south.replace("ariPassword: p", "ariPasswordFile: /x")}`,
      'ariPasswordFile="/x" cannot be read',
    ],
  ])("is refused: %j", (yaml, told) => {
    expect(faults(yaml).join("\n")).toMatch(new RegExp(told));
  });

  it("stands instead of the settings of a single one, not beside them", () => {
    expect(faults(north, { HEARBACK_ARI_URL: "http://a:8088" }).join()).toContain(
      "HEARBACK_NODES and HEARBACK_ARI_URL are both given",
    );
    expect(() => readSettings(["nodes"], { HEARBACK_NODES: join(folder, "none") })).toThrow(
      /cannot be read \(ENOENT\)/,
    );
  });

  it("never shows a password", () => {
    expect(faults(north.replace("ariPassword: p", "ariPassword: [hunter2]")).join()).not.toContain("hunter2");
  });
});
