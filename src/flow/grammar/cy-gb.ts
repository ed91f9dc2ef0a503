import type { Grammar } from "./grammar.ts";

/** Decimal numbers throughout, as on Welsh telephones; "y trydydd o" is one prompt, and no word joins the hundreds. */
export const welsh: Grammar = {
  language: "cy-GB",
  date: ["weekday", "day", "month", "year"],
  time: ["hour", "minute", "part-of-day"],
  hours: 12,
  partsOfDay: [
    { fromHour: 0, prompt: "in-the-morning" },
    { fromHour: 12, prompt: "in-the-afternoon" },
    { fromHour: 18, prompt: "in-the-evening" },
  ],
  afterHundreds: null,
};
