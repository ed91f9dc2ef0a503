import type { CallingHours, Weekday } from "#campaign/calling-hours.ts";
import { UsageError } from "./command.ts";

const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** @param given e.g. ["mon-fri=09:00-18:00", "sat=10:00-13:00"]; a day that is not named is closed */
export function readHours(given: readonly string[]): CallingHours["days"] {
  const days: CallingHours["days"] = {};
  for (const entry of given) {
    const [, first = "", last = first, from, to] =
      /^([a-z]{3})(?:-([a-z]{3}))?=(\d\d:\d\d)-(\d\d:\d\d)$/.exec(entry.toLowerCase()) ?? [];
    const [begin, end] = [dayNames.indexOf(first), dayNames.indexOf(last)];
    if (begin < 0 || end < begin || !from || !to)
      throw new UsageError(`--hours ${entry} is not written like mon-fri=09:00-18:00`);
    for (let day = begin; day <= end; day++) days[(day + 1) as Weekday] = [from, to];
  }
  return days;
}
