import { createRequire } from "node:module";
import type Holidays from "date-holidays";

/** Each has public holidays of its own. */
export const nations = ["england", "wales", "scotland", "northern-ireland"] as const;
export type Nation = (typeof nations)[number];

/** As the package names them (ISO 3166-2, and older words). */
const regions: Record<Nation, string> = {
  england: "ENG",
  wales: "WLS",
  scotland: "SCT",
  "northern-ireland": "NIR",
};

const known = new Map<string, ReadonlySet<string>>();

/**
 * Whether a local date is a public or bank holiday there, substitute days included (28 December where Boxing Day is a
 * Saturday). By rules that stand: a day that is proclaimed once, such as for a coronation, is known when the package
 * has it, and until then goes into `closedOn`.
 * @param date "YYYY-MM-DD"
 */
export function isHoliday(nation: Nation, date: string): boolean {
  const year = date.slice(0, 4);
  const key = `${nation} ${year}`;
  const found = known.get(key) ?? holidaysOf(nation, Number(year));
  known.set(key, found);
  return found.has(date);
}

/** The package has the whole world's holidays and takes 150 ms to load: only where somebody asks. */
let package_: typeof Holidays | null = null;

function holidaysOf(nation: Nation, year: number): ReadonlySet<string> {
  package_ ??= createRequire(import.meta.url)("date-holidays") as typeof Holidays;
  const all = new package_("GB", regions[nation], { timezone: "Europe/London" }).getHolidays(year);
  const closed = all.filter(({ type }) => type === "public" || type === "bank");
  return new Set(closed.map(({ date }) => date.slice(0, 10)));
}
