/**
 * A Range header of one range (RFC 9110, 14.2); several, or what is no range of bytes, count as none.
 * @returns null: the whole; "unsatisfiable": it begins behind the end
 */
export function readRange(
  header: string | undefined,
  length: number,
): { from: number; to: number } | "unsatisfiable" | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  if (first === "") {
    const count = Math.min(Number(last), length);
    return count > 0 ? { from: length - count, to: length - 1 } : "unsatisfiable";
  }
  const from = Number(first);
  const to = last === "" ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== "" && Number(last) < from) return null;
  return from < length ? { from, to } : "unsatisfiable";
}
