import { IANAZone } from "luxon";
import { isHoliday, type Nation, nations } from "./holidays.ts";

/** When telephones may ring. Local times in an IANA zone, so that both DST changes come out right. */
export interface CallingHours {
  timeZone: string;
  /** 1 Monday to 7 Sunday (ISO 8601); a missing day is closed. Times as "HH:MM", the end not included. */
  days: Partial<Record<Weekday, [from: string, to: string]>>;
  /** Local dates "YYYY-MM-DD" on which nobody is called, beside public holidays. */
  closedOn: string[];
  /** The nation on whose public and bank holidays nobody is called; null: holidays are days like others. */
  holidays: Nation | null;
}

export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** A span of time in which ringing is permitted; `to` is not included. */
export interface PermittedSpan {
  from: Date;
  to: Date;
}

/** A permitted span within one local day, and that day from midnight to midnight: a number is rung once in it. */
export interface CallingSpan extends PermittedSpan {
  day: PermittedSpan;
}

/** Weekdays 09:00 to 20:00, Saturdays 10:00 to 17:00, never on Sundays and public holidays (DOMAIN.md 2.2 and 8.26, issue 4). */
export const defaultCallingHours: CallingHours = {
  timeZone: "Europe/London",
  days: {
    1: ["09:00", "20:00"],
    2: ["09:00", "20:00"],
    3: ["09:00", "20:00"],
    4: ["09:00", "20:00"],
    5: ["09:00", "20:00"],
    6: ["10:00", "17:00"],
  },
  closedOn: [],
  holidays: "england",
};

const wholeDay: [string, string] = ["00:00", "24:00"];

/** For rehearsals on loopback, where nobody is woken. */
export const alwaysOpen: CallingHours = {
  timeZone: "UTC",
  days: { 1: wholeDay, 2: wholeDay, 3: wholeDay, 4: wholeDay, 5: wholeDay, 6: wholeDay, 7: wholeDay },
  closedOn: [],
  holidays: null,
};

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * The spans of `days` local days beginning with the one on which `from` falls; in order, apart from each other, joined
 * where they touch.
 * @param hours as hoursFaults() finds nothing wrong with
 */
export const permittedSpans = (hours: CallingHours, from: Date, days: number): PermittedSpan[] => [
  ...joined(spansByDay(hours, from, days)),
];

function* joined(spans: Iterable<PermittedSpan>): Generator<PermittedSpan> {
  let last: PermittedSpan | null = null;
  for (const { from, to } of spans) {
    if (last && last.to >= from) {
      last.to = to;
      continue;
    }
    if (last) yield last;
    last = { from, to };
  }
  if (last) yield last;
}

/**
 * As permittedSpans, one span a local day. A time that the clocks skip or show twice is taken so that the span comes out
 * shorter, never longer.
 */
export const callingSpans = (hours: CallingHours, from: Date, days: number): CallingSpan[] => [
  ...spansByDay(hours, from, days),
];

/** A day at a time, for each takes as long as a dozen rows of a page: who wants the next span asks for no more. */
function* spansByDay(hours: CallingHours, from: Date, days: number): Generator<CallingSpan> {
  const zone = IANAZone.create(hours.timeZone);
  const today = Math.floor((from.getTime() + zone.offset(from.getTime()) * minuteMs) / dayMs);
  for (let day = today; day < today + days; day += 1) {
    const midnight = new Date(day * dayMs);
    const open = hours.days[(midnight.getUTCDay() || 7) as Weekday];
    const date = midnight.toISOString().slice(0, 10);
    if (!open || hours.closedOn.includes(date)) continue;
    if (hours.holidays && isHoliday(hours.holidays, date)) continue;
    const [opens, closes] = open.map((time) => instantsOf(zone, day * dayMs + minutesOf(time)! * minuteMs));
    const span = { from: new Date(Math.max(...opens!)), to: new Date(Math.min(...closes!)) };
    if (span.from < span.to) yield { ...span, day: localDay(zone, day * dayMs) };
  }
}

/** The span that is open at `now`, else the next one within three weeks; null where there is none. */
export const nextSpan = (hours: CallingHours, now: Date): PermittedSpan | null =>
  joined(spansByDay(hours, now, 21)).find(({ to }) => to > now) ?? null;

/** From the first instant of a local date to the first of the next: 23 or 25 hours where the clocks change. */
function localDay(zone: IANAZone, localMs: number): PermittedSpan {
  const [from, to] = [localMs, localMs + dayMs].map((midnight) => Math.min(...instantsOf(zone, midnight)));
  return { from: new Date(from!), to: new Date(to!) };
}

export const isPermitted = (spans: readonly PermittedSpan[], at: Date): boolean =>
  spans.some((span) => span.from <= at && at < span.to);

/** What is wrong with calling hours, a sentence each; none is fine. */
export function hoursFaults(hours: CallingHours): string[] {
  const faults: string[] = [];
  // A zone that was made is remembered; asked by its name alone, it would be made each time, in a fifth of a millisecond.
  if (!IANAZone.create(hours.timeZone).isValid) {
    faults.push(`"${hours.timeZone}" is no IANA time zone, e.g. Europe/London`);
  }
  if (Object.keys(hours.days).length === 0)
    faults.push("no day of the week is open, so that nobody would be called");
  for (const [day, [opens, closes]] of Object.entries(hours.days)) {
    const [from, to] = [minutesOf(opens), minutesOf(closes)];
    if (!/^[1-7]$/.test(day)) faults.push(`"${day}" is no weekday: 1 is Monday, 7 is Sunday`);
    else if (from === null || to === null) {
      faults.push(`day ${day}: "${opens}" to "${closes}" are no times from 00:00 to 24:00`);
    } else if (from >= to) {
      faults.push(`day ${day}: ${opens} is not before ${closes}; hours past midnight belong to the next day`);
    }
  }
  for (const date of hours.closedOn) {
    if (!isDate(date)) faults.push(`closedOn: "${date}" is no date like 2026-12-25`);
  }
  if (hours.holidays !== null && !nations.includes(hours.holidays))
    faults.push(`holidays: none of ${nations.join(", ")}, and not null`);
  return faults;
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** "09:30" is 570; null for what is no time of day. */
function minutesOf(time: string): number | null {
  const parts = /^(\d\d):(\d\d)$/.exec(time);
  if (!parts) return null;
  const [hour, minute] = [Number(parts[1]), Number(parts[2])];
  const total = hour * 60 + minute;
  return minute < 60 && total <= 24 * 60 ? total : null;
}

/**
 * The instants that a local time may mean: one; two where the clocks go back over it; where they skip it, the two made
 * with the offsets before and after.
 * @param localMs the local time as if it were UTC
 */
function instantsOf(zone: IANAZone, localMs: number): number[] {
  // Within 14 hours (the largest offset) on either side lie the offsets before and after any change near this time.
  const offsets = [-14, 14].map((hours) => zone.offset(localMs + hours * 60 * minuteMs));
  const guesses = offsets.map((offset) => localMs - offset * minuteMs);
  const real = guesses.filter((guess) => guess + zone.offset(guess) * minuteMs === localMs);
  return real.length > 0 ? real : guesses;
}
