/** The live board: one line a person, drawn over itself on a terminal; elsewhere one line a change. */
import { styleText } from "node:util";
import { type Clock, systemClock } from "#lib/clock.ts";

export type BoardState =
  | "waiting"
  | "dialling"
  | "ringing"
  | "answered"
  | "recording"
  | "transcribing"
  | "done";

export interface BoardRow {
  visitRef: string;
  /** What the pretend person does, in a few words. */
  who: string;
  /** Masked already. */
  number: string;
  state: BoardState;
  /** The flow's step in a live call. */
  step: string | null;
  disposition: string;
  rating: number | null;
  transcriptState: string;
  /** When it came into this state; null: when the board first saw it so. */
  since: Date | null;
}

export interface BoardView {
  width: number;
  height: number;
  now: Date;
  title: string;
  /** When it all began. */
  begun?: Date;
  colour?: boolean;
}

type Style = Parameters<typeof styleText>[0];

const styles: Record<BoardState, Style> = {
  waiting: "dim",
  dialling: "yellow",
  ringing: "yellow",
  answered: ["bold", "green"],
  recording: ["bold", "red"],
  transcribing: "cyan",
  done: "reset",
};

/** Who is shown where there is no room for all: those on the line first. */
const order: BoardState[] = [
  "recording",
  "answered",
  "ringing",
  "dialling",
  "transcribing",
  "done",
  "waiting",
];
const onTheLine: ReadonlySet<BoardState> = new Set(["dialling", "ringing", "answered", "recording"]);
const ratings = ["", "very good", "good", "neither", "poor", "very poor", "don't know"];

/** The board as lines, none wider than `width`, no more than `height`. */
export function renderBoard(rows: readonly BoardRow[], view: BoardView): string[] {
  const paint = (style: Style, text: string) =>
    view.colour ? styleText(style, text, { validateStream: false }) : text;
  const elapsed = view.begun ? `  ${clockTime(view.now.getTime() - view.begun.getTime())}` : "";
  const room = Math.max(1, view.height - 3);
  const shown = rows.length <= room ? rows : mostActive(rows, room - 1);
  const left = rows.length - shown.length;
  const lines = [
    paint("bold", padTo(`${view.title}${elapsed}`, view.width)),
    padTo(countsLine(rows), view.width),
    "",
    ...shown.map((row) => rowLine(row, view, paint)),
    ...(left > 0 ? [paint("dim", padTo(`… and ${left} more`, view.width))] : []),
  ];
  return lines.slice(0, Math.max(1, view.height)).map((line) => line.trimEnd());
}

/** For what is no terminal: one short line for each change. */
export function plainLines(
  before: readonly BoardRow[],
  rows: readonly BoardRow[],
  elapsedMs: number,
): string[] {
  const known = new Map(before.map((row) => [row.visitRef, row]));
  const time = clockTime(elapsedMs).padStart(5, "0");
  return rows.flatMap((row) => {
    const was = known.get(row.visitRef);
    const text = changeText(row);
    if (was ? changeText(was) === text : row.state === "waiting" && row.disposition === "pending") return [];
    return [`${time} ${shortNumber(row.number)} ${text}`];
  });
}

function changeText(row: BoardRow): string {
  const name = row.state === "answered" && row.step ? `answered: ${row.step}` : row.state;
  const ending = row.disposition === "pending" ? "" : row.disposition.replaceAll("_", " ");
  const outcome = onTheLine.has(row.state) ? [] : [ending, ratings[row.rating ?? 0] ?? ""];
  return [name, ...outcome.filter((part) => part !== "")].join(", ");
}

const mostActive = (rows: readonly BoardRow[], room: number): BoardRow[] =>
  rows.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).slice(0, room);

function countsLine(rows: readonly BoardRow[]): string {
  const count = (test: (row: BoardRow) => boolean) => rows.filter(test).length;
  return [
    `${rows.length} visits`,
    `${count(({ state }) => onTheLine.has(state))} on the line`,
    `${count(({ state }) => state === "waiting")} waiting`,
    `${count(({ state }) => state === "transcribing")} transcribing`,
    `${count(({ state }) => state === "done")} done`,
    `${count(({ rating }) => rating !== null)} rated`,
  ].join(" · ");
}

const numberWidth = 5;
const stateWidth = 26;
const dispositionWidth = 15;
const ratingWidth = 10;

/** Number, state, disposition and rating keep their widths; who it is takes the rest. */
function rowLine(row: BoardRow, view: BoardView, paint: (style: Style, text: string) => string): string {
  const rest = view.width - numberWidth - stateWidth - dispositionWidth - ratingWidth - 4;
  const narrow = rest < 8;
  const who = narrow ? [] : [padTo(row.who, rest)];
  const disposition = row.disposition === "pending" ? "" : row.disposition.replaceAll("_", " ");
  const cells = [
    padTo(shortNumber(row.number), numberWidth),
    ...who,
    padTo(stateText(row, view.now), narrow ? Math.max(8, stateWidth + rest - 1) : stateWidth),
    padTo(disposition, dispositionWidth),
    padTo(ratings[row.rating ?? 0] ?? "", ratingWidth),
  ];
  const plain = cells.join(" ");
  if (plain.length > view.width) return paint(styles[row.state], padTo(plain, view.width));
  const place = narrow ? 1 : 2;
  return cells.map((cell, index) => (index === place ? paint(styles[row.state], cell) : cell)).join(" ");
}

function stateText({ state, step, since }: BoardRow, now: Date): string {
  if (state === "answered" && step) return `answered: ${step}`;
  if (state === "recording" && since) return `recording ${clockTime(now.getTime() - since.getTime())}`;
  return state;
}

/** "+4477…" or "•••••••••12" comes out as "…12". */
const shortNumber = (masked: string): string =>
  masked.replace(/^.*[•…*](?=[^•…*]*$)/u, "…").slice(-numberWidth);

function padTo(text: string, width: number): string {
  const clean = text.replace(/\p{Cc}/gu, " ");
  return clean.length <= width ? clean.padEnd(width) : `${clean.slice(0, Math.max(0, width - 1))}…`;
}

/** 67000 is "1:07". */
function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** As much of a stream as the board uses. */
export interface BoardStream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  rows?: number | undefined;
  hasColors?(): boolean;
}

export interface Board {
  show(rows: readonly BoardRow[]): void;
  /** A line of its own: above the board, which moves down. */
  say(line: string): void;
  /** Draws what was shown last and gives the cursor back. May be called more than once. */
  stop(): void;
}

const redrawEveryMs = 200;
const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
/** Terminals that know it draw what is between at once; the others pass it over. */
const [beginUpdate, endUpdate] = ["\u001b[?2026h", "\u001b[?2026l"];

/** A board on this stream: redrawn at most five times a second on a terminal, plain lines anywhere else. */
export function createBoard(
  stream: BoardStream,
  { title = "Hearback", clock = systemClock }: { title?: string; clock?: Clock } = {},
): Board {
  return stream.isTTY ? new ScreenBoard(stream, title, clock) : new LineBoard(stream, clock);
}

class LineBoard implements Board {
  readonly #stream: BoardStream;
  readonly #clock: Clock;
  readonly #begunMs: number;
  #before: readonly BoardRow[] = [];

  constructor(stream: BoardStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#begunMs = clock.monotonicMs();
  }

  show(rows: readonly BoardRow[]): void {
    const elapsedMs = this.#clock.monotonicMs() - this.#begunMs;
    for (const line of plainLines(this.#before, rows, elapsedMs)) this.say(line);
    this.#before = rows;
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  stop(): void {}
}

class ScreenBoard implements Board {
  readonly #stream: BoardStream;
  readonly #title: string;
  readonly #clock: Clock;
  readonly #begun: Date;
  readonly #sinceByRef = new Map<string, { state: BoardState; since: Date }>();
  readonly #stopped = new AbortController();
  readonly #onExit = () => this.stop();
  #rows: readonly BoardRow[] | null = null;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #drawnLines = 0;
  #drawnWidth = 0;
  #waiting = false;

  constructor(stream: BoardStream, title: string, clock: Clock) {
    this.#stream = stream;
    this.#title = title;
    this.#clock = clock;
    this.#begun = clock.now();
    process.once("exit", this.#onExit);
  }

  show(rows: readonly BoardRow[]): void {
    if (this.#stopped.signal.aborted) return;
    this.#rows = rows.map((row) => this.#withSince(row));
    const restMs = this.#drawnMs + redrawEveryMs - this.#clock.monotonicMs();
    if (restMs <= 0) this.#draw();
    else if (!this.#waiting) this.#drawLater(restMs);
  }

  say(line: string): void {
    this.#stream.write(`${this.#rewind()}\u001b[J${line}\n`);
    this.#drawnLines = 0;
    if (this.#rows && !this.#stopped.signal.aborted) this.#draw();
  }

  stop(): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#rows) this.#draw();
    this.#stopped.abort();
    process.removeListener("exit", this.#onExit);
    if (this.#drawnLines > 0) this.#stream.write(showCursor);
    this.#drawnLines = 0;
  }

  #drawLater(ms: number): void {
    this.#waiting = true;
    const draw = () => {
      this.#waiting = false;
      if (!this.#stopped.signal.aborted) this.#draw();
    };
    this.#clock.wait(ms, this.#stopped.signal).then(draw, () => {});
  }

  #draw(): void {
    const { columns: width = 80, rows: height = 24 } = this.#stream;
    const rewind = this.#rewind();
    const lines = renderBoard(this.#rows ?? [], {
      width: Math.max(20, width - 1),
      height: Math.max(4, height - 1),
      now: this.#clock.now(),
      begun: this.#begun,
      title: this.#title,
      colour: this.#stream.hasColors?.() ?? false,
    });
    const body = lines.map((line) => `${line}\u001b[K\n`).join("");
    this.#stream.write(`${beginUpdate}${hideCursor}${rewind}${body}\u001b[J${endUpdate}`);
    this.#drawnLines = lines.length;
    this.#drawnWidth = width;
    this.#drawnMs = this.#clock.monotonicMs();
  }

  /** To the board's first line. After a change of width the old lines may be wrapped: then the screen is cleared. */
  #rewind(): string {
    if (this.#drawnLines === 0) return "";
    const { columns: width = 80, rows: height = 24 } = this.#stream;
    if (width !== this.#drawnWidth || this.#drawnLines >= height) return "\u001b[2J\u001b[H";
    return `\u001b[${this.#drawnLines}F`;
  }

  #withSince(row: BoardRow): BoardRow {
    if (row.since) return row;
    const known = this.#sinceByRef.get(row.visitRef);
    if (known?.state === row.state) return { ...row, since: known.since };
    const since = this.#clock.now();
    this.#sinceByRef.set(row.visitRef, { state: row.state, since });
    return { ...row, since };
  }
}
