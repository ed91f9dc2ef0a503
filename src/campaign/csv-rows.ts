import { setImmediate as breath } from "node:timers/promises";
import { CsvError, type Options, type Parser, parse } from "csv-parse";
import { createLineSplitter, largestRow } from "./csv-lines.ts";
import { type Encoding, ListUnreadable, toUtf8 } from "./csv-text.ts";

/** The file's line on which the row begins (1 is the first) and its cells. Lines without a filled cell are no rows. */
export interface CsvRow {
  line: number;
  cells: string[];
}

export interface CsvList {
  delimiter: "," | ";" | "\t";
  /** Some at a time, none of them empty, in the order of the file. */
  rows: AsyncIterable<readonly CsvRow[]>;
}

const longestHeader = 64 * 1024;

const mendQuotes = "close the quote, and write a quote inside a cell twice";

/**
 * Reads CSV (RFC 4180) with commas, semicolons or tabs, whichever the first line has most of, and any line ends.
 * @throws ListUnreadable for an empty file, a wrong encoding (also while iterating), or a quote never closed
 */
export async function readCsv(bytes: AsyncIterable<Uint8Array>, encoding: Encoding): Promise<CsvList> {
  const chunks = toUtf8(bytes, encoding);
  const head = await readHead(chunks);
  if (head.toString().trim() === "")
    throw new ListUnreadable(1, "the file is empty", "give a list with a header line");
  const delimiter = delimiterOf(head.toString());
  async function* text() {
    yield head;
    yield* chunks;
  }
  return { delimiter, rows: rowsOf(text(), delimiter) };
}

/** The chunks up to the first line's end. */
async function readHead(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (!/[^\r\n][\r\n]/.test(head.toString("latin1"))) {
    const next = await chunks.next();
    if (next.done) return head;
    head = Buffer.concat([head, next.value]);
    if (head.length > longestHeader && !/[\r\n]/.test(head.toString("latin1"))) {
      throw new ListUnreadable(
        1,
        "the first line does not end within 64 KiB",
        "give a CSV file with a header line",
      );
    }
  }
  return head;
}

function delimiterOf(head: string): CsvList["delimiter"] {
  const line = head.trimStart().split(/[\r\n]/, 1)[0]!;
  const plain = line.replace(/"[^"]*"/g, "");
  const count = (sign: string) => plain.split(sign).length;
  const signs = [",", ";", "\t"] as const;
  return signs.reduce((most, sign) => (count(sign) > count(most) ? sign : most));
}

/**
 * So much is read at once. Between two pieces whatever else waits has its turn: what the database answers to the rows
 * before, above all.
 */
const pieceBytes = 8 * 1024;

async function* rowsOf(text: AsyncIterable<Buffer>, delimiter: string): AsyncGenerator<readonly CsvRow[]> {
  const found = new FoundRows();
  const lines = createLineSplitter(delimiter, (cells) => found.add(cells, 0));
  /** From the first piece with a quote on, to the end of the list. */
  let parser: Parser | null = null;
  try {
    for await (const chunk of text) {
      for (let from = 0; from < chunk.length; from += pieceBytes) {
        const piece = chunk.subarray(from, from + pieceBytes);
        if (parser) await write(parser, piece);
        else if (!lines.split(piece)) {
          parser = createParser(delimiter, (cells) => found.add(cells, breaksWithin(cells)));
          await write(parser, Buffer.concat([lines.rest(), piece]));
        }
        yield found.take();
        await breath();
      }
    }
    if (parser) await end(parser);
    else lines.end();
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    yield found.take();
    throw new ListUnreadable(found.line, "the row does not end: a quote is not closed", mendQuotes);
  } finally {
    parser?.destroy();
  }
  yield found.take();
}

/** Counts lines itself: csv-parse 7.0.3 counts a CRLF inside quotes as two. */
class FoundRows {
  /** On which the next row begins: when reading fails, the offending one. */
  line = 1;
  #rows: CsvRow[] = [];

  add(cells: string[], breaks: number): void {
    if (cells.some((cell) => cell.trim() !== "")) this.#rows.push({ line: this.line, cells });
    this.line += 1 + breaks;
  }

  take(): readonly CsvRow[] {
    const taken = this.#rows;
    this.#rows = [];
    return taken;
  }
}

function createParser(delimiter: string, onRow: (cells: string[]) => void): Parser {
  const options: Options<string[], string[]> = {
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: largestRow,
    // Called in the order of parsing. Null: not one by one through a stream as well, which costs as much again.
    on_record: (cells: string[]) => {
      onRow(cells);
      return null;
    },
  };
  const parser = parse(options as unknown as Options);
  // Told to whoever wrote.
  parser.on("error", () => {});
  return parser;
}

const write = (parser: Parser, piece: Buffer): Promise<void> =>
  new Promise((done, fail) => parser.write(piece, (fault) => (fault ? fail(fault) : done())));

const end = (parser: Parser): Promise<void> =>
  new Promise((done, fail) => parser.end((fault?: Error | null) => (fault ? fail(fault) : done())));

const breaksWithin = (cells: readonly string[]): number =>
  cells.reduce((breaks, cell) => breaks + breaksIn(cell), 0);

const breaksIn = (cell: string): number =>
  cell.includes("\n") || cell.includes("\r") ? cell.split(/\r\n|\n|\r/).length - 1 : 0;
