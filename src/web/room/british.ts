/** Dates, times, numbers and lengths as people in Britain write them (NHS content style guide). */
import { DateTime } from "luxon";

const zone = "Europe/London";

/** Each is made once: a page of the list tells a hundred moments, and making one takes longer than all of those. */
function inBritain(how: Intl.DateTimeFormatOptions): (at: Date | string) => string {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...how });
  return (at) =>
    format.format(typeof at === "string" ? DateTime.fromISO(at, { zone: "utc" }).toJSDate() : at);
}

const [day, year] = ["numeric", "numeric"] as const;
const inDigits = inBritain({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const half = (hour: number): string => (hour < 12 ? "am" : "pm");

/** 3 October 2026 */
export const britishDate = inBritain({ day, month: "long", year });
/** 3 Oct 2026, where there is little room */
export const shortDate = inBritain({ day, month: "short", year });
/** 2:05pm; midday and midnight by name */
export function britishTime(at: Date | string): string {
  const [hours = "", minutes] = inDigits(at).split(":");
  const hour = Number(hours);
  if (minutes === "00" && hour % 12 === 0) return hour === 0 ? "midnight" : "midday";
  return `${hour % 12 || 12}${minutes === "00" ? "" : `:${minutes}`}${half(hour)}`;
}
/** 2:05:09pm, where much happens within a minute */
export function withSeconds(at: Date | string): string {
  const [hours = "", minutes, seconds] = inDigits(at).split(":");
  const hour = Number(hours);
  return `${hour % 12 || 12}:${minutes}:${seconds}${half(hour)}`;
}
export const britishMoment = (at: Date | string): string => `${britishDate(at)} at ${britishTime(at)}`;
export const isoMoment = (at: Date | string): string =>
  typeof at === "string" ? (DateTime.fromISO(at, { zone: "utc" }).toUTC().toISO() ?? "") : at.toISOString();

/** The last day of a time that ends at midnight. */
export const dayBefore = (at: Date): string => britishDate(new Date(at.getTime() - 3_600_000));
/** 14 as 2pm to 3pm */
export function hourName(hour: number): string {
  const name = (of: number) =>
    of % 12 === 0 ? (of % 24 === 0 ? "midnight" : "midday") : `${of % 12}${of % 24 < 12 ? "am" : "pm"}`;
  return `${name(hour)} to ${name(hour + 1)}`;
}
/** A length in hours: 40 minutes, 3 hours, 2 days */
export function hoursLength(hours: number): string {
  if (hours < 1) return countOf(Math.max(1, Math.round(hours * 60)), "minute");
  return hours < 48 ? countOf(Math.round(hours), "hour") : countOf(Math.round(hours / 24), "day");
}

/** 1,234 */
export const britishNumber = (count: number): string => count.toLocaleString("en-GB");
/** Milliseconds as a player shows them: 1:05, or 1:02:05 */
export function clockLength(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] =
    ms >= 3_600_000
      ? [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
      : [0, Math.floor(seconds / 60)];
  const inTwo = (count: number) => String(count).padStart(2, "0");
  return hours > 0
    ? `${hours}:${inTwo(minutes)}:${inTwo(seconds % 60)}`
    : `${minutes}:${inTwo(seconds % 60)}`;
}
/** Milliseconds in words, for those who hear the page: 1 minute 5 seconds */
export function spokenLength(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => countOf(count, unit));
  return said.length > 0 ? said.join(" ") : "0 seconds";
}
/** 1 story, 2 stories; the plural is given where it is not just an s */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${britishNumber(count)} ${count === 1 ? one : many}`;

/** The FFT's words (NHS England guidance), by its codes. */
const ratings = ["Very good", "Good", "Neither good nor poor", "Poor", "Very poor", "Don’t know"];
export const ratingWords = (rating: number | null): string => (rating && ratings[rating - 1]) || "No rating";

/** By the names that templates know them by. */
export const britishFilters = {
  date: britishDate,
  shortDate,
  time: britishTime,
  withSeconds,
  moment: britishMoment,
  iso: isoMoment,
  dayBefore,
  hourName,
  hours: hoursLength,
  number: britishNumber,
  clock: clockLength,
  spoken: spokenLength,
  count: countOf,
  rating: ratingWords,
};
