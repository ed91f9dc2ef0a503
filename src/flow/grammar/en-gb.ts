import type { Grammar } from "./grammar.ts";

/** "On Thursday, the third of December" "at ten thirty in the morning" "two hundred and five". */
export const britishEnglish: Grammar = {
  language: "en-GB",
  date: ["weekday", "day", "month", "year"],
  time: ["hour", "minute", "part-of-day"],
  hours: 12,
  partsOfDay: [
    { fromHour: 0, prompt: "in-the-morning" },
    { fromHour: 12, prompt: "in-the-afternoon" },
    { fromHour: 18, prompt: "in-the-evening" },
  ],
  afterHundreds: "and",
};
