import {
  isStop,
  type RowContext,
  type RowFault,
  readVisit,
  type Stop,
  type VisitReading,
} from "./contact.ts";
import { type CsvRow, readCsv } from "./csv-rows.ts";
import { type Encoding, ListUnreadable } from "./csv-text.ts";
import { type Header, readHeader } from "./list-header.ts";
import { type DialGuard, mayDial } from "./phone-number.ts";
import type { ImportedVisit, VisitLists, VisitSink } from "./ports.ts";
import { csvLine, type RejectFile } from "./rejects.ts";

export interface ImportOptions {
  campaignId: string;
  /** The file; read once, from its beginning, in bounded memory. */
  bytes: AsyncIterable<Uint8Array>;
  visits: VisitLists;
  encoding: Encoding;
  /** IANA zone of times without an offset. */
  timeZone: string;
  now: Date;
  /** Columns named with `--keep`. */
  keep: readonly string[];
  /** Those for which whoever imports may: a row of another is a fault. Not given: any. */
  trusts?: ReadonlySet<string>;
  /** In a rehearsal, numbers that it may not ring are faults already here. */
  guard: DialGuard;
  /** Import the good rows and write the bad ones here; null: one bad row refuses the file, nothing is imported. */
  skipBad: RejectFile | null;
  /** Every fault, as it is found. */
  onFault?: (fault: LineFault) => void;
  /** After every batch. */
  onProgress?: (so: ImportCounts) => void;
}

/** A fault with its place: the line of the file on which the row begins (the header is line 1). */
export interface LineFault extends RowFault {
  line: number;
}

export interface ImportCounts {
  /** Rows read, bad ones included. */
  rows: number;
  added: number;
  /** Rows that the campaign had already, with the same content. */
  same: number;
  /** Rows by which a visit that was there already is not called any more: a reason not to call, withdrawn, held. */
  stopped: number;
  /** Of these, visits whose telephone rings, or is answered, just now: that call goes on, and is the last. */
  ringing: number;
  /** Rows with a fault. */
  bad: number;
  /** Good rows that carry a reason not to call; they are kept and never rung. */
  doNotCall: number;
}

export interface ImportReport extends ImportCounts {
  /** "refused": nothing was imported; `added` then says what would have been. */
  kind: "imported" | "refused";
  /** The first 1000. */
  faults: LineFault[];
  faultCount: number;
}

const batchSize = 1000;
const faultsKept = 1000;

/**
 * Imports a list of visits into a campaign in one transaction; the same file twice changes nothing.
 * @returns what happened; a bad file is a report, not an error
 * @throws what the database or the file throws; nothing is imported then
 */
export async function importVisits(options: ImportOptions): Promise<ImportReport> {
  const run = new ImportRun(options);
  try {
    return await options.visits.withImport(options.campaignId, async (sink) => {
      await run.read(sink);
      if (run.report.bad > 0 && !options.skipBad) throw new Refused();
      return run.report;
    });
  } catch (thrown) {
    if (thrown instanceof ListUnreadable)
      run.tell([{ line: thrown.line, column: "", fault: thrown.fault, remedy: thrown.remedy }]);
    else if (!(thrown instanceof Refused)) throw thrown;
    return { ...run.report, kind: "refused" };
  }
}

/** Rolls the import back; never leaves this file. */
class Refused extends Error {}

interface Pending {
  row: CsvRow;
  visit: ImportedVisit;
}

type Faulty = Extract<VisitReading, { kind: "faults" }>;

class ImportRun {
  readonly report: ImportReport = {
    kind: "imported",
    rows: 0,
    added: 0,
    same: 0,
    stopped: 0,
    ringing: 0,
    bad: 0,
    doNotCall: 0,
    faults: [],
    faultCount: 0,
  };
  readonly #options: ImportOptions;
  #context: RowContext;
  #columns: Header = [];
  #batch = new Map<string, Pending>();
  #rejectsBegun = false;
  /** The batch that is written while the next one is read. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#context = options;
  }

  async read(sink: VisitSink): Promise<void> {
    try {
      const list = await readCsv(this.#options.bytes, this.#options.encoding);
      let headed = false;
      for await (const some of list.rows) {
        for (const row of some) {
          // Nearly always nothing: to wait for nothing a million times takes seconds.
          const waiting = headed ? this.#take(row, sink) : this.#head(row);
          if (waiting) await waiting;
          headed = true;
        }
      }
      await this.#flush(sink);
      await this.#writing;
    } finally {
      // Nothing is rolled back under its feet.
      await this.#writing.catch(() => {});
    }
  }

  tell(faults: LineFault[]): void {
    for (const fault of faults) {
      this.report.faultCount += 1;
      if (this.report.faults.length < faultsKept) this.report.faults.push(fault);
      this.#options.onFault?.(fault);
    }
  }

  #head(row: CsvRow): undefined {
    const header = readHeader(row.cells, this.#options.keep);
    this.tell(header.faults.map((fault) => ({ line: row.line, ...fault })));
    if (header.faults.length > 0) throw new Refused();
    this.#columns = header.columns;
    this.#context = { ...this.#context, keep: header.keep };
  }

  /** A promise where the next row must wait. */
  #take(row: CsvRow, sink: VisitSink): Promise<void> | undefined {
    this.report.rows += 1;
    const reading = this.#readRow(row);
    if (reading.kind === "faults") return this.#leaveOut(row, reading, sink);
    const visit: ImportedVisit = Object.assign(reading.visit, { line: row.line });
    const before = this.#batch.get(visit.visitRef);
    if (before) return this.#again({ row, visit }, before, sink);
    if (visit.doNotCallReason) this.report.doNotCall += 1;
    this.#batch.set(visit.visitRef, { row, visit });
    return this.#batch.size >= batchSize ? this.#flush(sink) : undefined;
  }

  async #leaveOut(row: CsvRow, { faults, stop }: Faulty, sink: VisitSink): Promise<void> {
    await this.#reject(row, faults);
    if (stop) await this.#stop(stop, sink);
  }

  async #again({ row, visit }: Pending, before: Pending, sink: VisitSink): Promise<void> {
    const same = before.visit.content === visit.content;
    if (!same && !isStop(visit)) return this.#reject(row, [differs]);
    if (visit.doNotCallReason) this.report.doNotCall += 1;
    if (same) {
      this.report.same += 1;
      return;
    }
    // It stops what this very list has added.
    await this.#flush(sink);
    this.#batch.set(visit.visitRef, { row, visit });
  }

  /** A bad row is left out, but nobody is called because of a slip in another of its cells. */
  async #stop(stop: Stop, sink: VisitSink): Promise<void> {
    if (this.#batch.has(stop.visitRef)) await this.#flush(sink);
    await this.#writing;
    const { stopped, ringing } = await sink.stopVisits([stop]);
    this.report.stopped += stopped;
    this.report.ringing += ringing;
  }

  #readRow(row: CsvRow): VisitReading {
    const width = this.#columns.length;
    const beyond = row.cells.length > width && row.cells.slice(width).some((cell) => cell.trim() !== "");
    if (row.cells.length < width || beyond) {
      return { kind: "faults", faults: [wrongWidth(row.cells.length, width)] };
    }
    const cells = Object.fromEntries(this.#columns.map((column, place) => [column, row.cells[place]!]));
    const reading = readVisit(cells, this.#context);
    if (reading.kind === "faults") return reading;
    const { trust } = reading.visit;
    if (trust !== null && this.#options.trusts && !this.#options.trusts.has(trust))
      return { kind: "faults", faults: [otherTrust] };
    const allowed = mayDial(reading.visit.phone, this.#options.guard);
    if (allowed.ok) return reading;
    const remedy = "use a drama number, or name this one with --allow-number";
    return { kind: "faults", faults: [{ column: "phone", fault: allowed.because, remedy }] };
  }

  /** Resolves when the batch before this one is written: so many rows, and no more, are in memory. */
  async #flush(sink: VisitSink): Promise<void> {
    const pending = [...this.#batch.values()];
    this.#batch = new Map();
    const before = this.#writing;
    this.#writing = this.#write(pending, sink, before);
    // Awaited by whoever comes next.
    this.#writing.catch(() => {});
    await before;
  }

  async #write(pending: readonly Pending[], sink: VisitSink, before: Promise<void>): Promise<void> {
    const { rows } = this.report;
    if (pending.length > 0) {
      const added = sink.addVisits(pending.map(({ visit }) => visit));
      added.catch(() => {});
      // Told in the order of the list; and where that failed, nothing writes on behind the end of the transaction.
      await before.catch(async (thrown) => {
        await Promise.allSettled([added]);
        throw thrown;
      });
      const outcome = await added;
      this.report.added += outcome.added;
      this.report.same += outcome.same;
      this.report.stopped += outcome.stopped;
      this.report.ringing += outcome.ringing;
      const differing = new Set(outcome.differ);
      for (const { row } of pending) {
        if (!differing.has(row.line)) continue;
        await this.#reject(row, [differs]);
      }
    } else await before;
    const { kind: _, faults: __, faultCount: ___, ...counts } = this.report;
    this.#options.onProgress?.({ ...counts, rows });
  }

  async #reject(row: CsvRow, faults: RowFault[]): Promise<void> {
    this.report.bad += 1;
    this.tell(faults.map((fault) => ({ line: row.line, ...fault })));
    const file = this.#options.skipBad;
    if (!file) return;
    const names = this.#columns.map((column) => column ?? "");
    if (!this.#rejectsBegun) await file.write(csvLine([...names, "line", "fault", "remedy"]));
    this.#rejectsBegun = true;
    const cells = names.map((_, place) => row.cells[place] ?? "");
    const told = faults.map(({ column, fault }) => (column ? `${column}: ${fault}` : fault)).join("; ");
    const remedies = faults.map(({ remedy }) => remedy).join("; ");
    await file.write(csvLine([...cells, String(row.line), told, remedies]));
  }
}

const differs: RowFault = {
  column: "visit_ref",
  fault: "this visit_ref is there already, in this list or the campaign, with other content",
  remedy: "give each visit a visit_ref of its own, or take the row out",
};

const otherTrust: RowFault = {
  column: "trust",
  fault: "that is no trust whose campaigns you coordinate",
  remedy: "leave the cell empty for the campaign's own trust, or take the row out",
};

const wrongWidth = (found: number, expected: number): RowFault => ({
  column: "",
  fault: `the row has ${found} cells where the header has ${expected}`,
  remedy: "put cells that contain the delimiter into double quotes",
});
