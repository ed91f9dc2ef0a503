/**
 * What identifies a person across visits and campaigns: the NHS number, else number with given name, else number.
 * Personal data: to be kept as a keyed hash only.
 * @returns e.g. "nhs:9990548609", "phone+name:+447700900123|mary", "phone:+447700900123"
 */
export function personOf(row: { nhsNumber: string | null; phone: string; givenName: string | null }): string {
  if (row.nhsNumber) return `nhs:${row.nhsNumber}`;
  const name = plainName(row.givenName ?? "");
  return name ? `phone+name:${row.phone}|${name}` : `phone:${row.phone}`;
}

/** "  Séan " and "SÉAN" are one name; letters only count. */
const plainName = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}]+/gu, " ")
    .trim();
