import { parse } from "csv-parse/sync";
import { expect, it } from "vitest";
import { type CsvRow, readCsv } from "#campaign/csv-rows.ts";
import { createChance } from "#rehearsal/simulation/chance.ts";

async function* inPieces(bytes: Buffer, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function read(text: string, pieces: number): Promise<CsvRow[]> {
  const { rows } = await readCsv(inPieces(Buffer.from(text), pieces), "utf-8");
  const found: CsvRow[] = [];
  for await (const some of rows) found.push(...some);
  return found;
}

/** Rows as csv-parse alone has them, which knows nothing of lines split beside it. */
function parsed(text: string): string[][] {
  const record_delimiter = ["\r\n", "\n", "\r"];
  const options = { delimiter: ",", record_delimiter, relax_column_count: true, relax_quotes: true };
  const all = parse(text, options) as unknown as string[][];
  return all.filter((cells) => cells.some((cell) => cell.trim() !== ""));
}

it("reads 1,000 lists as csv-parse alone would, quotes or none, however they end their lines and are cut", async () => {
  const chance = createChance(7);
  let [plain, quoted] = [0, 0];
  for (let n = 0; n < 1_000; n += 1) {
    const bits = ["a", "é€", " ", ",", ",", "\n", "\r\n", "\r", "x,y", '"q"', '"p\r\n,"', '""', '"'];
    // Every other list is without quotes.
    const few = n % 2 === 0 ? bits.slice(0, 9) : bits;
    const text = `h,${Array.from({ length: 1 + chance.below(30) }, () => chance.pick(few)).join("")}`;
    let expected: string[][] | null = null;
    try {
      expected = parsed(text);
    } catch {
      // A quote that is never closed.
    }
    const reading = read(text, 1 + chance.below(12));
    if (expected === null) await expect(reading).rejects.toThrow("a quote is not closed");
    else expect((await reading).map(({ cells }) => cells)).toEqual(expected);
    if (text.includes('"')) quoted += 1;
    else plain += 1;
  }
  expect(Math.min(plain, quoted)).toBeGreaterThan(300);
});

it("tells each row's line, across empty ones, line ends of all kinds, and from the first quote on", async () => {
  const text = 'h,i\na,1\r\n\r\nb,2\r\rc,3\n,\nd,"4\r\n4"\ne,5\n"f",6';
  for (const pieces of [1, 2, 3, 7, 100]) {
    const found = await read(text, pieces);
    expect(found.map(({ line, cells }) => `${line} ${cells[0]}`)).toEqual([
      ...["1 h", "2 a", "4 b", "6 c", "8 d", "10 e", "11 f"],
    ]);
  }
});

it("refuses a row without end, quotes or none", async () => {
  const long = `${"x".repeat(300)},`.repeat(1000);
  await expect(read(`h,i\na,1\n${long}\n`, 4096)).rejects.toThrow("line 3: the row does not end");
  await expect(read(`h,i\na,"1"\n${long}\n`, 4096)).rejects.toThrow("line 3: the row does not end");
  // Many cells are none.
  expect(await read(`h,i\n${",x".repeat(150_000)}\na,1\n`, 4096)).toMatchObject([
    { line: 1 },
    { line: 2 },
    { line: 3 },
  ]);
});
