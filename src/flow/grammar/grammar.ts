/** How numbers, dates and times are put together from prompts in a language: rules as data, one file a language. */
import type { PromptId } from "../piece-shapes.ts";
import { welsh } from "./cy-gb.ts";
import { britishEnglish } from "./en-gb.ts";

export interface Grammar {
  /** BCP 47. */
  language: string;
  /** In what order a date is said; the year only where it is asked for. */
  date: readonly ("weekday" | "day" | "month" | "year")[];
  /** In what order a time of day is said. Minutes are prompts of their own: "oclock", "oh-five" to "oh-nine". */
  time: readonly ("hour" | "minute" | "part-of-day")[];
  /** Hours of one clock round: 12, with the part of the day, or 24. */
  hours: 12 | 24;
  /** Of an hour and more, from which it is said: "in-the-afternoon" from 12. */
  partsOfDay: readonly { fromHour: number; prompt: PromptId }[];
  /** Said between hundreds and the rest: "two hundred AND five"; null: nothing. */
  afterHundreds: PromptId | null;
}

const grammars: readonly Grammar[] = [britishEnglish, welsh];

/** That of the language, or of its nearest relative; else English. */
export function grammarOf(language: string): Grammar {
  const [spoken] = language.toLowerCase().split("-");
  const exact = grammars.find((grammar) => grammar.language.toLowerCase() === language.toLowerCase());
  return exact ?? grammars.find((grammar) => grammar.language.startsWith(`${spoken}-`)) ?? britishEnglish;
}

const numberPrompt = (n: number): PromptId => `number-${n}`;

/** @param n a whole number from 0 to 9999 */
export function sayNumber(n: number, { afterHundreds }: Grammar): PromptId[] {
  if (n < 100) return [numberPrompt(n)];
  const [thousands, hundreds, rest] = [Math.floor(n / 1000), Math.floor((n % 1000) / 100), n % 100];
  return [
    ...(thousands > 0 ? [numberPrompt(thousands), "thousand"] : []),
    ...(hundreds > 0 ? [numberPrompt(hundreds), "hundred"] : []),
    ...(rest > 0 ? [...(afterHundreds ? [afterHundreds] : []), numberPrompt(rest)] : []),
  ];
}

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** @param date "2026-12-03", or "--12-03" without a year, and then without a weekday */
export function sayDate(date: string, { year }: { year: boolean }, grammar: Grammar): PromptId[] {
  const [, fullYear = "", month = "", day = ""] = /^(\d{4}|-)-(\d\d)-(\d\d)$/.exec(date) ?? [];
  if (month === "") return [];
  const known = fullYear !== "-";
  const weekday = known ? new Date(`${date}T12:00:00Z`).getUTCDay() : 0;
  const said = {
    weekday: known ? [weekdays[(weekday + 6) % 7]!] : [],
    day: [`day-${Number(day)}`],
    month: [`month-${Number(month)}`],
    year: known && year ? sayYear(Number(fullYear), grammar) : [],
  };
  return grammar.date.flatMap((part) => said[part]);
}

/** 1987 is "nineteen eighty-seven", 2026 "twenty twenty-six", 2005 "two thousand and five". */
function sayYear(year: number, grammar: Grammar): PromptId[] {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (century % 10 === 0 && rest < 10) return sayNumber(year, grammar);
  const round = rest === 0 ? ["hundred"] : rest < 10 ? [ohPrompt(rest)] : [numberPrompt(rest)];
  return [numberPrompt(century), ...round];
}

/** @param clock "09:05" */
export function sayClock(clock: string, grammar: Grammar): PromptId[] {
  const [, hours = "", minutes = ""] = /^(\d\d):(\d\d)$/.exec(clock) ?? [];
  if (hours === "") return [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  const part = grammar.partsOfDay.findLast(({ fromHour }) => hour >= fromHour);
  const said = {
    hour: [numberPrompt(grammar.hours === 12 ? hour % 12 || 12 : hour)],
    minute: minute === 0 ? ["oclock"] : minute < 10 ? [ohPrompt(minute)] : [numberPrompt(minute)],
    "part-of-day": part ? [part.prompt] : [],
  };
  return grammar.time.flatMap((each) => said[each]);
}

const ohPrompt = (n: number): PromptId => `oh-${n}`;

const upTo = (last: number, prompt: (n: number) => PromptId, first = 0): PromptId[] =>
  Array.from({ length: last - first + 1 }, (_, i) => prompt(first + i));

/** Every prompt that such a piece may need, in whatever value: what must be there before a call is held. */
export function promptsFor(kind: "number" | "date" | "year" | "time", grammar: Grammar): PromptId[] {
  const numbers = upTo(99, numberPrompt);
  const ohs = upTo(9, ohPrompt, 1);
  const rest = grammar.afterHundreds ? [grammar.afterHundreds] : [];
  switch (kind) {
    case "number":
      return [...numbers, "hundred", "thousand", ...rest];
    case "year":
      return [...numbers, "hundred", "thousand", ...rest, ...ohs];
    case "date":
      return [...weekdays, ...upTo(31, (n) => `day-${n}`, 1), ...upTo(12, (n) => `month-${n}`, 1)];
    case "time":
      return [...upTo(59, numberPrompt), ...ohs, "oclock", ...grammar.partsOfDay.map(({ prompt }) => prompt)];
  }
}
