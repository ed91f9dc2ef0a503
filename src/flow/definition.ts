/**
 * A flow as telecoms staff write it (dialplans/flows/*.yaml): steps, what each says, what each key does.
 * The schema is the only description; types follow from it, and so does flow.schema.json (write-schema.ts).
 */
import { z } from "zod";
import { languageTag, milliseconds, valueName } from "./piece-shapes.ts";
import * as shapes from "./step-shapes.ts";
import { key, say, stepName } from "./step-shapes.ts";

export type { Piece, PromptId, Source } from "./piece-shapes.ts";

/** Where one who rings back goes on: at the first whose answer is missing. */
const carryOn = z
  .array(z.strictObject({ without: z.enum(["rating", "story"]).optional(), at: stepName }))
  .describe("Where one who rings us back goes on: at the first place whose answer is missing.");

const timing = z
  .strictObject({
    answerWithinMs: milliseconds.describe("Silence after a question that counts as no answer."),
    tries: z.int().min(1).max(5).describe("How often a question is put before the call goes on without it."),
    handsetPauseMs: milliseconds.describe("The handset's way back to the ear after a key."),
    sameKeyWithinMs: milliseconds.describe("The same key again within this time is a slip."),
    voicemailTalkMs: milliseconds.describe("Unbroken talk beside the greeting that gives a machine away."),
  })
  .describe("The flow's manners, in milliseconds.");

const everywhere = z
  .strictObject({
    repeat: key.describe("The key that says it again, in every step."),
    optOut: z.strictObject({ key, next: stepName }).describe("The key that opts out, and where it leads."),
  })
  .describe("Keys that work in every step; none of them can be a choice.");

/** What a list's column must be; anything else there is as if it were missing. */
export const contactKinds = ["text", "number", "digits", "date", "time"] as const;

const contact = z
  .record(valueName, z.enum(contactKinds))
  .describe(
    "Fields of the list that the flow may use, and what they are: text, a number, digits, a date, or a time (a day with a time of day). The list is imported with --keep FIELD.",
  );

const limits = z
  .strictObject({
    steps: z.int().min(5).max(300).optional().describe("Steps entered in one call, at most."),
    minutes: z.number().min(1).max(15).optional().describe("Minutes from the answer, at most."),
    next: stepName.describe("Where a call goes that has come so far: a goodbye."),
  })
  .describe("No call goes on beyond these.");

export const flowSchema = z
  .strictObject({
    flow: stepName.describe("The flow's name: the file's, without .yaml."),
    title: z.string().describe("What people call it."),
    start: stepName.describe("The step with which a call begins."),
    timing,
    everywhere,
    languages: z.array(languageTag).min(1).optional().describe("Those that a call may be held in."),
    contact: contact.optional(),
    limits: limits.optional(),
    carryOn: carryOn.optional(),
    unanswered: stepName.describe("Where a call goes after `tries` silences or wrong keys."),
    takenOver: say
      .default([])
      .describe("Said first when another process takes a live call over; the step then begins again."),
    steps: z.record(stepName, shapes.step),
  })
  .describe("A call flow of Hearback: dialplans/README.md explains the words.");

export type Flow = z.infer<typeof flowSchema> & {
  /** sha256 of the file; a call keeps the version it began with. */
  version: string;
};
export type ContactKind = (typeof contactKinds)[number];
export type Step = z.infer<typeof shapes.step>;
export type Timing = Flow["timing"];
export type EndDisposition = z.infer<typeof shapes.disposition>;
export type MenuStep = z.infer<typeof shapes.menu>;
export type PlayStep = z.infer<typeof shapes.play>;
export type BranchStep = z.infer<typeof shapes.branch>;
export type RecordStep = z.infer<typeof shapes.record>;
export type ListenBackStep = z.infer<typeof shapes.listenBack>;
export type CallbackStep = z.infer<typeof shapes.callback>;
export type DigitsStep = z.infer<typeof shapes.digits>;
export type VisitStep = z.infer<typeof shapes.visit>;
export type SetStep = z.infer<typeof shapes.set>;
export type LanguageStep = z.infer<typeof shapes.language>;
export type OptOutStep = z.infer<typeof shapes.optOut>;
export type TransferStep = z.infer<typeof shapes.transfer>;
export type RepeatStep = z.infer<typeof shapes.repeat>;
export type GotoStep = z.infer<typeof shapes.goto>;
export type EndStep = z.infer<typeof shapes.end>;
export type CallStep = z.infer<typeof shapes.call>;

/** Names that may stand as a target without being a step. */
export const specialTargets = ["end", "resume"] as const;
