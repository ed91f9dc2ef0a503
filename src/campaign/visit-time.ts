import { DateTime } from "luxon";
import { remember } from "./remember.ts";

export type TimeReading = { kind: "time"; at: Date } | { kind: "refused"; fault: string; remedy: string };

const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
const uk = /^(\d\d?)\/(\d\d?)\/(\d{4})(?:[ T]+(\d\d?):(\d\d)(?::(\d\d))?)?$/;

const howToWrite = "write it as 2026-11-20T14:30 or 20/11/2026 14:30, or leave the cell empty";

/**
 * Reads a visit's time: ISO 8601, or the UK's dd/mm/yyyy with or without hh:mm. Without an offset it is local time in
 * `timeZone`; without a time of day, the beginning of that day. The future and years before 2000 are faults.
 */
export function readVisitTime(text: string, context: { timeZone: string; now: Date }): TimeReading {
  const time = parse(`${context.timeZone}|${text}`);
  if (time === null) return refused("that is no date and time", howToWrite);
  if (time.ms > context.now.getTime()) {
    return refused(
      "the visit lies in the future",
      "correct the time, or import the visit once it has happened",
    );
  }
  if (time.year < 2000) return refused("the visit lies before the year 2000", howToWrite);
  return { kind: "time", at: new Date(time.ms) };
}

const refused = (fault: string, remedy: string): TimeReading => ({ kind: "refused", fault, remedy });

/**
 * Time zones are dear (a fifth of an import's time, measured over a million rows), and a list repeats its minutes. Null
 * where it is no time. Two numbers are kept and not Luxon's object, which has a kilobyte.
 */
const parse = remember((zoneAndText) => {
  const cut = zoneAndText.indexOf("|");
  const time = readLocalTime(zoneAndText.slice(cut + 1), zoneAndText.slice(0, cut));
  return time?.isValid ? { ms: time.toMillis(), year: time.year } : null;
}, 50_000);

/** In either of these spellings, past or future; null where it is another. What there is not is not valid. */
export function readLocalTime(text: string, zone: string): DateTime | null {
  if (iso.test(text)) return DateTime.fromISO(text.replace(" ", "T"), { zone });
  const parts = uk.exec(text);
  if (!parts) return null;
  const [day, month, year, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0));
  return DateTime.fromObject(
    { year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second! },
    { zone },
  );
}
