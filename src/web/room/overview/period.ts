/** The time that the overview is about, as the address says it: whole local days. */
import { DateTime } from "luxon";
import type { Period } from "./ports.ts";

const zone = "Europe/London";
const usualDays = 28;
const mostDays = 731;

export interface AskedPeriod {
  from?: string | undefined;
  to?: string | undefined;
}

export interface ReadPeriod extends Period {
  /** As the form shows them: the first and the last day, both inside. */
  firstDay: string;
  lastDay: string;
  /** What was wrong with what was asked; then the usual time is shown. */
  fault: string | null;
}

/** @param days how many are shown where none are named */
export function readPeriod({ from, to }: AskedPeriod, now: Date, days = usualDays): ReadPeriod {
  const today = DateTime.fromJSDate(now).setZone(zone).startOf("day");
  const usual = of(today.minus({ days: days - 1 }), today);
  if (!from && !to) return { ...usual, fault: null };
  const first = dayOf(from);
  const last = to ? dayOf(to) : today;
  if (!first || !last) return { ...usual, fault: "Enter both days as a day, a month and a year." };
  if (first > last) return { ...usual, fault: "The first day must be before the last." };
  if (last.diff(first, "days").days > mostDays) return { ...usual, fault: "Choose two years at most." };
  return { ...of(first, last), fault: null };
}

function dayOf(text: string | undefined): DateTime | null {
  const found = /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") ? DateTime.fromISO(text ?? "", { zone }) : null;
  return found?.isValid ? found : null;
}

const of = (first: DateTime, last: DateTime) => ({
  from: first.toJSDate(),
  until: last.plus({ days: 1 }).toJSDate(),
  firstDay: first.toISODate() ?? "",
  lastDay: last.toISODate() ?? "",
});
