/**
 * The cells of one line of comma-separated values, where quotes are doubled inside quotes; null where it is no such line,
 * a torn one for instance.
 */
export function csvCells(line: string): string[] | null {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  while (cell.lastIndex <= line.length) {
    const found = cell.exec(line);
    if (!found) return null;
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === "") return cells;
  }
  return null;
}
