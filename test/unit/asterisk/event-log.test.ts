import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readCallList } from "#asterisk/call-list.ts";
import { hasRow, readEventLog } from "#asterisk/event-log.ts";
import { csvCells } from "#lib/csv-cells.ts";
import { linesBackwards } from "#lib/lines-backwards.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-log-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (text: string | Buffer): string => {
  const path = join(folder, "Master.csv");
  writeFileSync(path, text);
  return path;
};
const row = (second: number, channel: string, type = "CHAN_START", extra = ""): string =>
  `"${type}","${second}.250000","${channel}","${channel}","PJSIP/trunk-1","${extra.replaceAll('"', '""')}"\n`;
const cause = (value: number) => JSON.stringify({ hangupcause: value, hangupsource: "", dialstatus: "" });
const readOf = async (text: string, sinceSecond: number) => {
  const reading = await readEventLog(written(text), new Map([["hb-1", sinceSecond * 1000]]));
  return { ...reading.channels.get("hb-1")!, tornRows: reading.tornRows };
};

describe("lines backwards", () => {
  const linesOf = async (text: string | Buffer) => {
    const file = await open(written(text), "r");
    try {
      return (await Array.fromAsync(linesBackwards(file))).map(({ text: line, whole }) =>
        whole ? line : `${line}?`,
      );
    } finally {
      await file.close();
    }
  };
  test.each([
    ["", []],
    ["one\n", ["one"]],
    ["one\ntwo\n", ["two", "one"]],
    ["one\ntwo", ["two?", "one"]],
    ["\n\n", ["", ""]],
    ["torn", ["torn?"]],
  ])("%j", async (text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });

  test("of a file of many chunks, with letters of two bytes across their edges", async () => {
    const lines = Array.from({ length: 40_000 }, (_, n) => `${n} ${"é".repeat(n % 7)}`);
    expect(await linesOf(`${lines.join("\n")}\n`)).toEqual(lines.toReversed());
  });

  test("of a line without end: refused", async () => {
    await expect(linesOf(Buffer.alloc(2_000_000))).rejects.toThrow(RangeError);
  });
});

test.each([
  ['"a","b ""c""",""', ["a", 'b "c"', ""]],
  ['"",,0,"d"', ["", "", "0", "d"]],
  ['"a","torn', null],
  ['"a"CHAN_START","1"', null],
])("the cells of %s", (line, cells) => {
  expect(csvCells(line)).toEqual(cells);
});

describe("the event log", () => {
  const call = row(100, "hb-1") + row(101, "hb-1", "ANSWER") + row(102, "hb-1", "HANGUP", cause(16));

  test("tells what happened to a channel, oldest first, and what stood there before", async () => {
    const text = row(80, "beat-1") + row(90, "beat-2") + call + row(103, "hb-10");
    expect(await readOf(text, 95)).toEqual({
      events: [{ kind: "started" }, { kind: "answered" }, { kind: "hung-up", cause: 16 }],
      ...{ lastBeforeMs: 90_250, tornRows: 0 },
    });
  });

  test("rotated or emptied since, it says that it does not reach back", async () => {
    expect(await readOf(row(97, "beat-1"), 95)).toEqual({ events: [], lastBeforeMs: null, tornRows: 0 });
    expect(await readOf("", 95)).toEqual({ events: [], lastBeforeMs: null, tornRows: 0 });
  });

  test("torn before the time in question, it is whole; after it, it is not", async () => {
    const torn = '"CHAN_ST"CHAN_START","96.1","beat-2","beat-2","Local",""\n';
    expect(await readOf(torn + row(90, "beat-1") + call, 95)).toMatchObject({ tornRows: 0 });
    expect(await readOf(row(90, "beat-1") + torn + call, 95)).toMatchObject({ tornRows: 1 });
    expect(await readOf(`${row(90, "beat-1")}\0\0\0\n${call}`, 95)).toMatchObject({ tornRows: 1 });
  });

  test("a row torn by a kill still says that its channel was there; a row being written is no tear", async () => {
    const half = '"CHAN_START","100.2","hb-1","hb-1","PJSI';
    expect(await readOf(row(90, "beat-1") + half, 95)).toMatchObject({
      ...{ events: [{ kind: "something" }], tornRows: 0 },
    });
    const joined = `${half}${row(110, "beat-2")}`;
    expect(await readOf(row(90, "beat-1") + joined, 95)).toMatchObject({
      ...{ events: [{ kind: "something" }], tornRows: 1 },
    });
  });

  test("with a clock that was set back, it is as good as torn", async () => {
    expect(await readOf(row(90, "beat-1") + row(200, "beat-2") + row(100, "beat-3"), 95)).toMatchObject({
      tornRows: 1,
    });
  });

  test("is read back no further than the oldest of those sought", async () => {
    const text = row(1, "old") + row(50, "hb-2") + row(60, "beat-1") + row(90, "beat-2") + row(100, "hb-1");
    const since = new Map([
      ["hb-1", 95_000],
      ["hb-2", 49_000],
    ]);
    const { channels } = await readEventLog(written(text), since);
    expect(Object.fromEntries(channels)).toEqual({
      "hb-1": { events: [{ kind: "started" }], lastBeforeMs: 90_250 },
      "hb-2": { events: [{ kind: "started" }], lastBeforeMs: 1_250 },
    });
  });

  test("a heartbeat is seen once its row is whole", async () => {
    expect(await hasRow(written(row(90, "beat-1")), "beat-1", 89_000)).toBe(true);
    expect(await hasRow(written(row(90, "beat-1").trimEnd()), "beat-1", 89_000)).toBe(false);
    expect(await hasRow(written(row(90, "beat-2")), "beat-1", 89_000)).toBe(false);
  });

  test("that is not there is an error", async () => {
    await expect(readEventLog(join(folder, "none"), new Map([["hb-1", 0]]))).rejects.toThrow("ENOENT");
  });
});

test("the list of calls knows whether a channel was answered, and how it ended otherwise", async () => {
  const line = (channel: string, end: string, how: string) =>
    `"","+441632960999","s","from-trunk",""""" <x>","PJSIP/trunk-0","","AppDial2","(Outgoing Line)","${end}",,"${end}",0,0,"${how}","DOCUMENTATION","${channel}"\n`;
  const path = written(
    line("hb-0", "2026-11-20 09:00:00", "BUSY") +
      line("old", "2026-11-21 09:00:00", "BUSY") +
      line("hb-1", "2026-11-22 09:00:00", "BUSY") +
      line("hb-2", "2026-11-22 09:00:01", "ANSWERED") +
      line("hb-3", "2026-11-22 09:00:02", "FAILED"),
  );
  const sought = new Set(["hb-0", "hb-1", "hb-2", "hb-3", "hb-4"]);
  const found = await readCallList(path, sought, Date.parse("2026-11-22T08:59:00Z"));
  expect(Object.fromEntries(found)).toEqual({
    "hb-1": { answered: false, cause: 17 },
    "hb-2": { answered: true, cause: null },
    "hb-3": { answered: false, cause: null },
  });
});
