import { knownColumns, type RowFault, requiredColumns } from "./contact.ts";

/** The header's columns in order; null for those that carry nothing (Excel's empty last ones). */
export type Header = readonly (string | null)[];

const spelling = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");

/**
 * Reads the header line; "Visit Ref" is visit_ref. Every fault at once: columns missing, twice, without a name, unknown.
 * @param keep names given with `--keep`, spelt either way
 */
export function readHeader(
  cells: readonly string[],
  keep: readonly string[],
): { columns: Header; keep: string[]; faults: RowFault[] } {
  const columns = cells.map((cell) => spelling(cell) || null);
  while (columns.length > 0 && columns.at(-1) === null) columns.pop();
  if (columns.length > mostColumns) return { columns: [], keep: [], faults: [tooMany(columns.length)] };
  const kept = keep.map(spelling).filter((name) => !isKnown(name));
  const faults = [
    ...requiredColumns.filter((name) => !columns.includes(name)).map(missing),
    ...kept.filter((name) => !columns.includes(name)).map(keptMissing),
    ...columns.flatMap((name, place) => faultOf(name, columns.indexOf(name) < place, kept)),
  ];
  return { columns, keep: kept, faults };
}

/** No list of visits has nearly as many; each of them would be a fault to tell. */
const mostColumns = 500;

const tooMany = (count: number): RowFault => ({
  column: "",
  fault: `the list has ${count} columns, more than ${mostColumns}`,
  remedy: "give a list of visits with a header line",
});

/** What stood in the file, fit for a terminal and a line. */
const shown = (name: string): string => name.replace(/\p{Cc}/gu, "").slice(0, 60);

const isKnown = (name: string): boolean => (knownColumns as readonly string[]).includes(name);

const missing = (column: string): RowFault => ({
  column,
  fault: "the list has no such column",
  remedy: `add a column headed ${column}; the known ones are ${knownColumns.join(", ")}`,
});

const keptMissing = (column: string): RowFault => ({
  column,
  fault: "--keep names it, but the list has no such column",
  remedy: "name a column of the list",
});

function faultOf(name: string | null, again: boolean, kept: readonly string[]): RowFault[] {
  if (name === null) {
    return [{ column: "", fault: "a column has no name", remedy: "give it one, or take the column out" }];
  }
  if (again)
    return [{ column: shown(name), fault: "the column comes twice", remedy: "take one of the two out" }];
  if (isKnown(name) || kept.includes(name)) return [];
  const remedy = `take it out, keep it with --keep ${shown(name)}, or give it a known name: ${knownColumns.join(", ")}`;
  return [{ column: shown(name), fault: "the column is not known", remedy }];
}
