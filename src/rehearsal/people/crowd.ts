import { answer, hear, press, ring, say, wait } from "./act.ts";
import type { CrowdPattern } from "./dialplan.ts";

/**
 * People by the hundred, for load: 07700 900100 to 900999. The last two digits say what they do: rating
 * `tail % 6 + 1`, story `tail % 12 + 1`; all tell a story and consent.
 */
export const crowdNumber = (index: number): string => `+447700900${100 + (index % 900)}`;
export const crowdRating = (number: string): number => (Number(number.slice(-2)) % 6) + 1;
export const crowdStory = (number: string): string =>
  `story-${String((Number(number.slice(-2)) % 12) + 1).padStart(2, "0")}`;

const tail = "$" + "{EXTEN:-2}";
const variable = (name: string): string => `$\{${name}}`;

/** Two presses of the same key must lie apart by a question, so those who rate 1 wait for it to begin. */
export const crowd: readonly CrowdPattern[] = [
  {
    pattern: "_+447700900[1-9]XX",
    before: [
      `Set(RATING=$[1${tail} % 100 % 6 + 1])`,
      `Set(STORY=$[1${tail} % 100 % 12 + 1])`,
      `Set(STORY=$[100 + ${variable("STORY")}])`,
    ],
    acts: [
      ring(0.5),
      answer,
      hear(2),
      press("1"),
      hear(13),
      press(variable("RATING")),
      hear(1.5),
      press("1"),
      hear(1.5),
      press("5"),
      hear(0),
      wait(0.8),
      say(`story-${variable("STORY:-2")}`),
      wait(0.3),
      press("#"),
      hear(1),
      press("1"),
      // Past the end of what is being said where we are late, or the same key twice would be one.
      hear(3),
      press("1"),
    ],
  },
];
