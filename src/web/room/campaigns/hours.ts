import type { CallingHours } from "#campaign/calling-hours.ts";
import { britishDate } from "../british.ts";
import { weekdays } from "./campaign-form.ts";

/** Days of one kind together: "Monday to Friday, 09:00 to 20:00", a line each. */
export function daysInWords(days: CallingHours["days"]): string[] {
  const open = weekdays.map((_, index) => days[(index + 1) as keyof typeof days]?.join(" to ") ?? null);
  const lines: { first: number; last: number; times: string }[] = [];
  for (const [day, times] of open.entries()) {
    const before = lines.at(-1);
    if (times === null) continue;
    if (before?.times === times && before.last === day - 1) before.last = day;
    else lines.push({ first: day, last: day, times });
  }
  return lines.map(({ first, last, times }) =>
    first === last ? `${weekdays[first]}, ${times}` : `${weekdays[first]} to ${weekdays[last]}, ${times}`,
  );
}

/** The days, as daysInWords; then what is closed. */
export function hoursInWords({ days, closedOn, holidays, timeZone }: CallingHours): string[] {
  const nation = holidays?.replace("-", " ").replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
  return [
    ...daysInWords(days),
    nation ? `Not on public holidays of ${nation}` : "On public holidays too",
    ...(closedOn.length > 0 ? [`Not on ${closedOn.map(britishDate).join(", ")}`] : []),
    ...(timeZone === "Europe/London" ? [] : [`Times are those of ${timeZone}`]),
  ];
}
