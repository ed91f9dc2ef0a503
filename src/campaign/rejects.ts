/** Takes the reject file's text, a whole line at a time; resolves when more may come. */
export interface RejectFile {
  write(text: string): Promise<void>;
}

/**
 * A line of CSV that a spreadsheet shows and does not run: cells that begin like a formula get a ' in front
 * (RELIABILITY.md 3.4), and every cell is quoted.
 */
export const csvLine = (cells: readonly string[]): string => `${cells.map(quoted).join(",")}\r\n`;

/** "+44 7700 900123" and "-1" are no formulas: what a telephone number is made of may stay. */
const startsFormula = /^(?:[=@\t\r\n＝＠]|[+＋-](?![\d\s().-]+$))/;

const quoted = (cell: string): string => {
  const safe = startsFormula.test(cell) ? `'${cell}` : cell;
  return `"${safe.replaceAll('"', '""').replaceAll("\0", "")}"`;
};
