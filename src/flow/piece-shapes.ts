/** The shape of what is said: words by their ids, pauses, and what the call itself supplies. */
import { z } from "zod";

/** An audio file of prompts/<language>/, by its name without extension. */
export type PromptId = string;
export const promptId = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, "a prompt's id, as in prompts/manifest.yaml: only a-z, 0-9 and hyphens")
  .describe("A prompt, by its id in prompts/manifest.yaml.");

export const languageTag = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "a language's tag, e.g. en-GB or cy-GB")
  .describe("A language's tag (BCP 47), e.g. en-GB or cy-GB.");

/** What a call can mean by it has closer bounds: check/rules/milliseconds.ts. */
export const milliseconds = z.int().min(0).max(600_000);

/** Of an answer, or of a list's column. */
export const valueName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,39}$/, "a name that begins with a letter: only letters, digits and _");

/** Where a value comes from that the flow knows only by its name. */
export const source = z.union([
  z.strictObject({ answer: valueName.describe("What was answered, keyed or set under this name.") }),
  z.strictObject({ contact: valueName.describe("A field of the list, declared under `contact:`.") }),
]);

/** What is said: a prompt by id, a pause, or something that the call itself supplies. */
export const piece = z
  .union([
    promptId,
    z.strictObject({ pauseMs: milliseconds.describe("Silence, in milliseconds.") }),
    z.strictObject({
      offer: promptId.describe("Says which key changes the language; only where that choice is open."),
      language: languageTag.describe("The language that is offered, in which this is said."),
    }),
    z.strictObject({
      campaign: z
        .enum(["spokenName", "ringBackNumber"])
        .describe("The trust's name, or the number to ring back, as the campaign has it."),
    }),
    z.strictObject({
      setting: z
        .literal("storyLimit")
        .describe("How long a story may be: the prompt story-limit-<seconds>s."),
    }),
    z.strictObject({ label: z.string().describe("The label of the choice made under this answer's name.") }),
    z.strictObject({ recording: z.literal("story").describe("What the caller has told.") }),
    z.strictObject({
      time: z
        .union([z.literal("callback"), source])
        .describe("`callback`: when we shall call; or the time of day of an answer or a field."),
    }),
    z.strictObject({ keyed: z.string().describe("What was keyed under this name, digit by digit.") }),
    z.strictObject({ number: source.describe("A whole number from 0 to 9999, as a number.") }),
    z.strictObject({ digits: source.describe("A number, digit by digit.") }),
    z.strictObject({
      date: source.describe("A date: weekday, day and month."),
      year: z.boolean().optional().describe("Say the year too."),
    }),
  ])
  .meta({ id: "piece", description: "A prompt, a pause, or something that the call itself supplies." });

export type Source = z.infer<typeof source>;
export type Piece = z.infer<typeof piece>;
