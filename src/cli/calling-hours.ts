import type { CallingHours, Weekday } from "#campaign/calling-hours.ts";
import { UsageError } from "./command.ts";

const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/**
 * @param given e.g. ["mon-fri=09:00-18:00", "sat=10:00-13:00"]; a day that is not named is closed
 * @param option by which it was given
 */
export function readHours(given: readonly string[], option = "--hours"): CallingHours["days"] {
  const days: CallingHours["days"] = {};
  for (const entry of given) {
    const [, first = "", last = first, from, to] =
      /^([a-z]{3})(?:-([a-z]{3}))?=(\d\d:\d\d)-(\d\d:\d\d)$/.exec(entry.toLowerCase()) ?? [];
    const [begin, end] = [dayNames.indexOf(first), dayNames.indexOf(last)];
    if (begin < 0 || end < begin || !from || !to)
      throw new UsageError(`${option} ${entry} is not written like mon-fri=09:00-18:00`);
    for (let day = begin; day <= end; day++) days[(day + 1) as Weekday] = [from, to];
  }
  return days;
}

/** As readHours reads them, days of one kind together: "mon-fri=09:00-18:00,sat=10:00-13:00". */
export function writeHours(days: CallingHours["days"]): string {
  const runs: { first: string; last: string; times: string }[] = [];
  for (const [index, name] of dayNames.entries()) {
    const times = days[(index + 1) as Weekday]?.join("-");
    const before = runs.at(-1);
    if (times === undefined) continue;
    if (before?.times === times && before.last === dayNames[index - 1]) before.last = name;
    else runs.push({ first: name, last: name, times });
  }
  return runs
    .map(({ first, last, times }) => `${first === last ? first : `${first}-${last}`}=${times}`)
    .join(",");
}
