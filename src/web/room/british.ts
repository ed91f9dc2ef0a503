/** Dates, times, numbers and lengths as people in Britain write them (NHS content style guide). */
import { DateTime, Duration } from "luxon";

const zone = "Europe/London";

const moment = (at: Date | string): DateTime =>
  (typeof at === "string" ? DateTime.fromISO(at, { zone: "utc" }) : DateTime.fromJSDate(at))
    .setZone(zone)
    .setLocale("en-GB");

/** 3 October 2026 */
export const britishDate = (at: Date | string): string => moment(at).toFormat("d MMMM yyyy");
/** 3 Oct 2026, where there is little room */
export const shortDate = (at: Date | string): string => moment(at).toFormat("d MMM yyyy");
/** 2:05pm; midday and midnight by name */
export function britishTime(at: Date | string): string {
  const found = moment(at);
  if (found.minute === 0 && found.hour % 12 === 0) return found.hour === 0 ? "midnight" : "midday";
  return found.toFormat(found.minute === 0 ? "ha" : "h:mma").toLowerCase();
}
/** 2:05:09pm, where much happens within a minute */
export const withSeconds = (at: Date | string): string => moment(at).toFormat("h:mm:ssa").toLowerCase();
export const britishMoment = (at: Date | string): string => `${britishDate(at)} at ${britishTime(at)}`;
export const isoMoment = (at: Date | string): string => moment(at).toUTC().toISO() ?? "";

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
export const clockLength = (ms: number): string =>
  Duration.fromMillis(Math.round(ms / 1000) * 1000).toFormat(ms >= 3_600_000 ? "h:mm:ss" : "m:ss");
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
