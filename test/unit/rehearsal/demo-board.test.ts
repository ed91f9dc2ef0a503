import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Clock } from "#lib/clock.ts";
import { type BoardRow, createBoard, plainLines, renderBoard } from "#rehearsal/demo/board.ts";

const now = new Date("2026-11-21T10:00:30Z");
const begun = new Date("2026-11-21T09:59:23Z");

const person = (index: number, different: Partial<BoardRow> = {}): BoardRow => ({
  visitRef: `V${index}`,
  who: `rates ${index} and tells a story`,
  number: `•••••••••••${String(index).padStart(2, "0")}`,
  state: "waiting",
  step: null,
  disposition: "pending",
  rating: null,
  transcriptState: "none",
  since: null,
  ...different,
});

const view = { width: 100, height: 20, now, begun, title: "Hearback demo" };
const lineOf = (row: BoardRow) => renderBoard([row], view)[3];

describe("the live board", () => {
  it("begins with how long it runs and how many stand where", () => {
    const rows = [
      person(1, { state: "ringing" }),
      person(2, { state: "done", disposition: "completed", rating: 5 }),
      person(3),
    ];
    const [title, counts] = renderBoard(rows, view);
    expect(title).toBe("Hearback demo  1:07");
    expect(counts).toBe("3 visits · 1 on the line · 1 waiting · 0 transcribing · 1 done · 1 rated");
  });

  it.each([
    [{ state: "answered", step: "question" }, /^…07\s+rates 7 and tells a story\s+answered: question$/],
    [{ state: "recording", since: new Date("2026-11-21T10:00:23Z") }, /recording 0:07$/],
    [{ state: "done", disposition: "no_answer" }, /done\s+no answer$/],
    [{ state: "transcribing", disposition: "completed", rating: 1 }, /transcribing\s+completed\s+very good$/],
  ] as const)("has one line a person: %j", (different, expected) => {
    expect(lineOf(person(7, different))).toMatch(expected);
  });

  it.each([20, 40, 60, 79, 120])("fits a terminal %i wide", (width) => {
    const rows = [
      person(1, { state: "answered", step: "a-step-with-quite-a-long-name-indeed" }),
      person(2, { who: "somebody who does a great deal ".repeat(9) }),
      person(3, { state: "done", disposition: "invalid_number", rating: 6 }),
    ];
    for (const colour of [false, true]) {
      for (const line of renderBoard(rows, { ...view, width, colour })) {
        expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(width);
      }
    }
  });

  it("shows those on the line first where there is no room for all", () => {
    const rows = Array.from({ length: 30 }, (_, i) => person(i));
    rows[25] = person(25, { state: "ringing" });
    rows[28] = person(28, { state: "recording" });
    const lines = renderBoard(rows, { ...view, height: 10 });
    expect(lines).toHaveLength(10);
    expect(lines[3]).toContain("…28");
    expect(lines[4]).toContain("…25");
    expect(lines.at(-1)).toBe("… and 24 more");
  });

  it("keeps everybody in their place where there is room", () => {
    const lines = renderBoard([person(1), person(2, { state: "ringing" })], view);
    expect(lines[3]).toContain("…01");
  });

  it("is coloured only when told", () => {
    const rows = [person(1, { state: "recording" })];
    const plain = renderBoard(rows, view);
    const coloured = renderBoard(rows, { ...view, colour: true });
    expect(plain).toEqual(coloured.map((line) => stripVTControlCharacters(line).trimEnd()));
    expect(coloured.join("")).toContain("\u001b[31m");
  });
});

describe("lines for what is no terminal", () => {
  const at = (different: Partial<BoardRow>) => [person(12, different)];

  it.each([
    [{}, { state: "ringing" }, ["00:14 …12 ringing"]],
    [{ state: "ringing" }, { state: "answered", step: "question" }, ["00:14 …12 answered: question"]],
    [{ state: "answered", step: "question" }, { state: "answered", step: "question" }, []],
    [
      { state: "recording" },
      { state: "transcribing", disposition: "completed", rating: 2 },
      ["00:14 …12 transcribing, completed, good"],
    ],
    [{ state: "ringing" }, { state: "done", disposition: "busy" }, ["00:14 …12 done, busy"]],
  ] as const)("from %j to %j", (before, after, lines) => {
    expect(plainLines(at(before), at(after), 14_300)).toEqual(lines);
  });

  it("say nothing of those who only wait", () => {
    expect(plainLines([], at({}), 0)).toEqual([]);
  });
});

/** A clock that a test moves; who waits is woken by it. */
function testClock() {
  let ms = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(begun.getTime() + ms),
    monotonicMs: () => ms,
    wait: (forMs) => new Promise((wake) => sleepers.push({ at: ms + forMs, wake })),
  };
  const pass = async (forMs: number) => {
    ms += forMs;
    for (const { at, wake } of sleepers) if (at <= ms) wake();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { clock, pass };
}

function screen() {
  const written: string[] = [];
  return {
    written,
    stream: { isTTY: true, columns: 80, rows: 24, write: (text: string) => written.push(text) },
  };
}

describe("the board on a terminal", () => {
  it("is redrawn over itself, at most five times a second", async () => {
    const { clock, pass } = testClock();
    const { written, stream } = screen();
    const board = createBoard(stream, { title: "t", clock });
    for (let tick = 0; tick < 20; tick++) {
      board.show([person(1, { state: "ringing" }), person(2, { who: `tick ${tick}` })]);
      await pass(50);
    }
    expect(written.length).toBeGreaterThanOrEqual(4);
    expect(written.length).toBeLessThanOrEqual(6);
    expect(written[1]).toContain("\u001b[5F");
    board.stop();
    expect(written.join("")).toContain("tick 19");
  });

  it("draws what was shown last, though nothing more is shown", async () => {
    const { clock, pass } = testClock();
    const { written, stream } = screen();
    const board = createBoard(stream, { clock });
    board.show([person(1)]);
    board.show([person(1, { state: "ringing" })]);
    expect(written.join("")).not.toContain("ringing");
    await pass(200);
    expect(written.join("")).toContain("ringing");
    board.stop();
  });

  it("hides the cursor and gives it back once, however it ends", () => {
    const { written, stream } = screen();
    const board = createBoard(stream, { clock: testClock().clock });
    const listeners = process.listenerCount("exit");
    board.show([person(1)]);
    expect(written[0]).toContain("\u001b[?25l");
    board.stop();
    board.stop();
    expect(written.join("").split("\u001b[?25h")).toHaveLength(2);
    expect(written.at(-1)).toContain("\u001b[?25h");
    expect(process.listenerCount("exit")).toBe(listeners - 1);
  });

  it("puts a line of its own above the board", () => {
    const { written, stream } = screen();
    const board = createBoard(stream, { clock: testClock().clock });
    board.show([person(1)]);
    board.say("Asterisk was started again");
    expect(written[1]).toBe("\u001b[4F\u001b[JAsterisk was started again\n");
    expect(written[2]).toContain("…01");
    expect(written[2]).not.toContain("\u001b[4F");
    board.stop();
  });

  it("counts for itself how long a recording goes on", async () => {
    const { clock, pass } = testClock();
    const { written, stream } = screen();
    const board = createBoard(stream, { clock });
    board.show([person(1, { state: "recording" })]);
    await pass(7_000);
    board.show([person(1, { state: "recording" })]);
    expect(written.at(-1)).toContain("recording 0:07");
    board.stop();
  });

  it("writes plain lines without any control characters where there is no terminal", () => {
    const { written, stream } = screen();
    const board = createBoard({ ...stream, isTTY: false }, { clock: testClock().clock });
    board.show([person(1)]);
    board.show([person(1, { state: "ringing" })]);
    board.say("note");
    board.stop();
    expect(written).toEqual(["00:00 …01 ringing\n", "note\n"]);
  });
});
