import { describe, expect, it } from "vitest";
import { type ImportOptions, importVisits, type LineFault } from "#campaign/import-visits.ts";
import { FakeLists } from "../../fakes/visit-lists.ts";

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

function importing(text: string | Uint8Array, changes: Partial<ImportOptions> & { pieces?: number } = {}) {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const lists = new FakeLists();
  const { pieces = 7, ...rest } = changes;
  const options: ImportOptions = {
    campaignId: "c1",
    bytes: inPieces(bytes, pieces),
    visits: lists,
    encoding: "utf-8",
    timeZone: "Europe/London",
    now: new Date("2026-11-21T12:00:00Z"),
    keep: [],
    guard: { rehearsal: true, allowNumbers: new Set() },
    skipBad: null,
    ...rest,
  };
  return { lists, report: importVisits(options) };
}

const places = (faults: LineFault[]) =>
  faults.map((fault) => `${fault.line} ${fault.column}: ${fault.fault}`);
const rejectFile = () => {
  const lines: string[] = [];
  return { lines, write: async (text: string) => void lines.push(text) };
};

describe("importing a list", () => {
  it("adds the visits with their true lines", async () => {
    const text =
      'visit_ref,phone,note\r\nV1,07700900001,"a\r\nb"\r\n\r\nV2,07700900002,\r\n,,\r\n"V3","07700900003","c\nd\re"\r\nV4,07700900004,x';
    for (const pieces of [1, 3, 1000]) {
      const { lists, report } = importing(text, { keep: ["note"], pieces });
      expect(await report).toMatchObject({ kind: "imported", rows: 4, added: 4, bad: 0 });
      expect([...lists.kept.values()].map((row) => [row.visitRef, row.line])).toEqual([
        ["V1", 2],
        ["V2", 5],
        ["V3", 7],
        ["V4", 10],
      ]);
    }
  });

  it.each([",", ";", "\t"])(
    "reads columns parted by %j, with a byte order mark and names spelt otherwise",
    async (sign) => {
      const text = `\ufeffVisit Ref${sign}"Phone"${sign}Given-Name${sign}\nV1${sign}07700900001${sign}Zoë${sign}\n`;
      const { lists, report } = importing(text);
      expect(await report).toMatchObject({ kind: "imported", added: 1 });
      expect(lists.kept.get("V1")).toMatchObject({ phone: "+447700900001", givenName: "Zoë" });
    },
  );

  it("changes nothing the second time", async () => {
    const text = "visit_ref,phone\nV1,07700900001\nV2,07700900002\n";
    const { lists, report } = importing(text);
    await report;
    const again = await importing(text, { visits: lists }).report;
    expect(again).toMatchObject({ kind: "imported", added: 0, same: 2, bad: 0 });
  });

  it("stops a visit of an earlier list, or of an earlier line, and counts it", async () => {
    const { lists, report } = importing("visit_ref,phone\nV1,07700900001\nV2,07700900002\n");
    await report;
    const head = "visit_ref,phone,do_not_call_reason,visit_status";
    const rows =
      "V1,07700900001,deceased,\nV2,07700900002,,Withdrawn\nV3,07700900003,,\nV3,07700900003,,held\n";
    const later = await importing(`${head}\n${rows}`, { visits: lists }).report;
    const counts = { rows: 4, added: 1, same: 0, stopped: 3, bad: 0, doNotCall: 1 };
    expect(later).toMatchObject({ kind: "imported", ...counts });
    expect([...lists.kept.values()].map((row) => row.doNotCallReason ?? row.visitStatus)).toEqual([
      "deceased",
      "withdrawn",
      "held",
    ]);
    const back = await importing(`${head}\nV1,07700900009,,\n`, { visits: lists }).report;
    expect(back).toMatchObject({ kind: "refused", bad: 1 });
  });

  it("counts those who must not be called, and hands progress on", async () => {
    const so: number[] = [];
    const rows = Array.from(
      { length: 2500 },
      (_, n) => `V${n},07700900${String(n % 1000).padStart(3, "0")},${n < 3 ? "deceased" : ""}`,
    );
    const { lists, report } = importing(`visit_ref,phone,do_not_call_reason\n${rows.join("\n")}`, {
      pieces: 4096,
      onProgress: (counts) => so.push(counts.rows),
    });
    expect(await report).toMatchObject({ added: 2500, doNotCall: 3 });
    expect(lists.batches).toEqual([1000, 1000, 500]);
    expect(so).toEqual([1000, 2000, 2500]);
  });
});

describe("reading", () => {
  const rows = Array.from({ length: 2500 }, (_, n) => `V${n},07700900${String(n % 1000).padStart(3, "0")}`);
  const text = `visit_ref,phone\n${rows.join("\n")}`;

  it("gives whatever else waits its turn, also where the whole list comes at once", async () => {
    let [turns, over] = [0, false];
    const turn = () => {
      turns += 1;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const { report } = importing(text, { pieces: text.length });
    expect(await report).toMatchObject({ kind: "imported", added: 2500 });
    over = true;
    // A turn for each 8 KiB at least.
    expect(turns).toBeGreaterThan(text.length / 8192);
  });

  it("tells the faults of the rows before one that cannot be read", async () => {
    const spoilt = `${text}\nV2500,999\nV2501,"07700900001\n`;
    const { kind, faults } = await importing(spoilt, { pieces: spoilt.length }).report;
    expect(kind).toBe("refused");
    expect(places(faults)).toEqual([
      "2502 phone: emergency and short numbers are not rung",
      "2503 : the row does not end: a quote is not closed",
    ]);
  });
});

describe("a bad row", () => {
  const text =
    "visit_ref,phone,nhs_number\nV1,07700900001,\nV2,999,123\nV3,07700900003\nV4,07700900004,\nV4,07700900005,\n";
  const faults = [
    "3 phone: emergency and short numbers are not rung",
    "3 nhs_number: that is no NHS number: ten digits of which the last checks the others (modulus 11)",
    "4 : the row has 2 cells where the header has 3",
    "6 visit_ref: this visit_ref is there already, in this list or the campaign, with other content",
  ];

  it("refuses the file, tells every fault, and imports nothing", async () => {
    const told: LineFault[] = [];
    const { lists, report } = importing(text, { onFault: (fault) => told.push(fault) });
    const { kind, bad, faults: found } = await report;
    expect({ kind, bad, found: places(found) }).toEqual({ kind: "refused", bad: 3, found: faults });
    expect(told).toEqual(found);
    expect(lists.kept.size).toBe(0);
  });

  it("with skipBad goes into the reject file, and the rest is imported", async () => {
    const rejects = rejectFile();
    const { lists, report } = importing(text, { skipBad: rejects });
    expect(await report).toMatchObject({ kind: "imported", rows: 5, added: 2, bad: 3 });
    expect([...lists.kept.keys()]).toEqual(["V1", "V4"]);
    expect(rejects.lines).toHaveLength(4);
    expect(rejects.lines[0]).toBe('"visit_ref","phone","nhs_number","line","fault","remedy"\r\n');
    expect(rejects.lines[1]).toContain('"V2","999","123","3","phone: emergency');
  });

  it("stops its visit all the same, where what is wrong is in another cell", async () => {
    const { lists, report } = importing("visit_ref,phone\nV1,07700900001\nV2,07700900002\n");
    await report;
    const rows =
      "V1,no number,deceased\nV2,no number,\nV3,no number,deceased\nV4,07700900004,\nV4,999,deceased\n";
    const later = importing(`visit_ref,phone,do_not_call_reason\n${rows}`, {
      ...{ visits: lists, skipBad: rejectFile() },
    });
    expect(await later.report).toMatchObject({ kind: "imported", added: 1, stopped: 2, bad: 4 });
    const reasons = [...lists.kept.values()].map((row) => [row.visitRef, row.doNotCallReason, row.phone]);
    expect(reasons).toEqual([
      ["V1", "deceased", "+447700900001"],
      ["V2", null, "+447700900002"],
      ["V4", "deceased", "+447700900004"],
    ]);
  });

  it("cannot run as a formula in the reject file", async () => {
    const rejects = rejectFile();
    const hostile = ['=HYPERLINK("x")', "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3|x", "＝1"];
    const rows = hostile.map((cell) => `"${cell.replaceAll('"', '""')}",999`).join("\n");
    await importing(`visit_ref,phone\n${rows}\nV9,+44 999\n`, { skipBad: rejects }).report;
    for (const line of rejects.lines.slice(1, 6)) expect(line).toMatch(/^"'/);
    expect(rejects.lines[6]).toContain('"+44 999"');
  });

  it("is a number that a rehearsal may not ring", async () => {
    const outside = await importing("visit_ref,phone\nV1,03000000000\nV2,07700900001\n", {
      skipBad: rejectFile(),
    }).report;
    expect(outside).toMatchObject({ kind: "imported", added: 1, bad: 1 });
  });

  it("is told once when the same row comes twice with other content, across batches too", async () => {
    const rows = Array.from({ length: 1500 }, (_, n) => `V${n},07700900001`);
    const { report } = importing(`visit_ref,phone\n${rows.join("\n")}\nV0,07700900002\nV1,07700900001\n`, {
      pieces: 999,
    });
    const done = await report;
    expect(places(done.faults)).toEqual([
      "1502 visit_ref: this visit_ref is there already, in this list or the campaign, with other content",
    ]);
    expect(done).toMatchObject({ kind: "refused", same: 1 });
  });
});

describe("a file that is no list", () => {
  it.each([
    ["", "1 : the file is empty"],
    ["\n\n", "1 : the file is empty"],
    ["phone\n07700900001\n", "1 visit_ref: the list has no such column"],
    ["visit_ref,phone,ward,ward\n", "1 ward: the column comes twice"],
    ["visit_ref,,phone\n", "1 : a column has no name"],
    ["visit_ref,phone,diagnosis\n", "1 diagnosis: the column is not known"],
    [
      'visit_ref,phone\nV1,07700900001\nV2,"07700900002\nV3,07700900003\n',
      "3 : the row does not end: a quote is not closed",
    ],
  ])("%j", async (text, fault) => {
    const { lists, report } = importing(text, { skipBad: rejectFile() });
    const done = await report;
    expect(done.kind).toBe("refused");
    expect(places(done.faults)).toContain(fault);
    expect(lists.kept.size).toBe(0);
  });

  it("says that a kept column is missing", async () => {
    const done = await importing("visit_ref,phone\nV1,07700900001\n", { keep: ["Note"] }).report;
    expect(places(done.faults)).toEqual(["1 note: --keep names it, but the list has no such column"]);
  });

  it("tells Windows-1252 from UTF-8, with the line, however the bytes are cut", async () => {
    const latin = Buffer.from(
      "visit_ref,phone,given_name\nV1,07700900001,Ann\nV2,07700900002,Zo\xeb\n",
      "latin1",
    );
    for (const pieces of [1, 5, 1000]) {
      const done = await importing(latin, { pieces }).report;
      expect(done.kind).toBe("refused");
      expect(done.faults).toMatchObject([{ line: 3, remedy: expect.stringContaining("windows-1252") }]);
    }
    const { lists, report } = importing(latin, { encoding: "windows-1252" });
    expect(await report).toMatchObject({ kind: "imported", added: 2 });
    expect(lists.kept.get("V2")?.givenName).toBe("Zoë");
  });

  it("reads characters of two to four bytes however they are cut", async () => {
    for (const pieces of [1, 2, 3, 4, 5]) {
      const { lists, report } = importing("visit_ref,phone,given_name\nV1,07700900001,é€😀é\n", { pieces });
      expect(await report).toMatchObject({ kind: "imported", added: 1 });
      expect(lists.kept.get("V1")?.givenName).toBe("é€😀é");
    }
  });

  it("tells UTF-16", async () => {
    const done = await importing(Buffer.from("\ufeffvisit_ref,phone\n", "utf16le")).report;
    expect(places(done.faults)).toEqual(["1 : the file is UTF-16"]);
  });

  it("does not swallow a million rows behind one quote", async () => {
    async function* endless() {
      yield Buffer.from('visit_ref,phone\nV1,"07700900001\n');
      for (let n = 0; n < 10_000; n += 1) yield Buffer.from("V2,07700900002\n".repeat(1000));
      expect.fail("read on to the end");
    }
    const done = await importing("", { bytes: endless() }).report;
    expect(places(done.faults)).toEqual(["2 : the row does not end: a quote is not closed"]);
  });
});

it("throws what the database throws, and keeps nothing", async () => {
  const lists = new FakeLists();
  lists.failAtBatch = 2;
  const rows = Array.from({ length: 2500 }, (_, n) => `V${n},07700900001`).join("\n");
  await expect(importing(`visit_ref,phone\n${rows}`, { visits: lists, pieces: 4096 }).report).rejects.toThrow(
    "connection lost",
  );
  expect(lists.kept.size).toBe(0);
});
