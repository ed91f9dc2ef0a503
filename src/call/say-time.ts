import { DateTime } from "luxon";
import type { PromptId } from "#flow/definition.ts";

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const minutes: Record<number, PromptId> = { 15: "fifteen", 30: "thirty", 45: "forty-five" };

/**
 * A moment as a person says it, in prompts: "tomorrow, at, ten, thirty, in the morning".
 * Times are offered on quarter hours; any other minute is said as the quarter before it.
 */
export function sayTime(at: Date, now: Date, timeZone: string): PromptId[] {
  const time = DateTime.fromJSDate(at, { zone: timeZone });
  const daysAhead = time
    .startOf("day")
    .diff(DateTime.fromJSDate(now, { zone: timeZone }).startOf("day"), "days").days;
  const day =
    daysAhead < 0.5 ? "today" : daysAhead < 1.5 ? "tomorrow" : (weekdays[time.weekday - 1] ?? "today");
  const quarter = time.minute - (time.minute % 15);
  return [day, "at", hour(time.hour % 12 || 12), minutes[quarter] ?? "oclock", partOfDay(time.hour)];
}

function hour(twelve: number): PromptId {
  return twelve < 10 ? `digit-${twelve}` : (["ten", "eleven", "twelve"][twelve - 10] ?? "twelve");
}

function partOfDay(hourOfDay: number): PromptId {
  if (hourOfDay < 12) return "in-the-morning";
  return hourOfDay < 18 ? "in-the-afternoon" : "in-the-evening";
}
