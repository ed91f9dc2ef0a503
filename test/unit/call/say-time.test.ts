import { expect, it } from "vitest";
import { audioOf, paperBook } from "#call/audio.ts";
import { sayTime } from "#call/say-time.ts";

const now = new Date("2026-10-24T09:00:00Z"); // a Saturday, 10:00 in London; the clocks go back that night

it.each([
  ["2026-10-24T13:30:00Z", "today at digit-2 thirty in-the-afternoon"],
  ["2026-10-24T11:00:00Z", "today at twelve oclock in-the-afternoon"],
  ["2026-10-25T09:00:00Z", "tomorrow at digit-9 oclock in-the-morning"],
  ["2026-10-26T19:45:00Z", "monday at digit-7 forty-five in-the-evening"],
])("%s is said as %s", (at, words) => {
  expect(sayTime(new Date(at), now, "Europe/London").join(" ")).toBe(words);
});

it("says a number digit by digit, in its groups", () => {
  const said = audioOf([{ phone: "+441632960000" }], {
    ...{ now, timeZone: "Europe/London", book: paperBook, language: "en-GB" },
  });
  expect(said.map((piece) => ("prompt" in piece ? piece.prompt.slice(-1) : " ")).join("")).toBe(
    "01632 960000",
  );
});
