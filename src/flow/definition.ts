/**
 * A flow as telecoms staff write it (dialplans/flows/*.yaml): steps, what each says, what each key does.
 * The schema is the only description; types follow from it.
 */
import { z } from "zod";

/** An audio file of prompts/<language>/, by its name without extension. */
export type PromptId = string;
const promptId = z.string().regex(/^[a-z0-9-]{1,64}$/, "a prompt's id has only a-z, 0-9 and hyphens");

const key = z.string().regex(/^[0-9*#]$/, 'one key: "0" to "9", "*" or "#", in quotes');
const stepName = z.string().regex(/^[a-z0-9-]{1,64}$/, "a step's name has only a-z, 0-9 and hyphens");
const milliseconds = z.int().min(0).max(600_000);

/** What is said: a prompt by id, a pause, or something that the call itself supplies. */
const piece = z.union([
  promptId,
  z.strictObject({ pauseMs: milliseconds }),
  z.strictObject({ campaign: z.enum(["spokenName", "ringBackNumber"]) }),
  z.strictObject({ setting: z.literal("storyLimit") }),
  z.strictObject({ label: z.string() }),
  z.strictObject({ recording: z.literal("story") }),
  z.strictObject({ time: z.literal("callback") }),
  z.strictObject({ keyed: z.string() }),
]);
const say = z.array(piece);

/** What a choice settles for good, beside the answer it gives. */
const mark = z.enum(["right-person", "declined", "wrong-person", "delete-story", "undo-opt-out"]);

const choice = z.strictObject({
  key,
  next: stepName,
  value: z.union([z.int(), z.boolean()]).optional(),
  label: promptId.optional(),
  say: promptId.optional(),
  mark: mark.optional(),
});

const menu = z.strictObject({
  kind: z.literal("menu"),
  greeting: z.boolean().default(false),
  enter: z.literal("opt-out").optional(),
  /** With `enter: opt-out`: not the caller's own number, but the one keyed under this name. */
  of: z.string().optional(),
  answer: z.string().optional(),
  say,
  choices: z.array(choice).min(1),
  sayAfter: say.default([]),
  tries: z.int().min(1).max(5).optional(),
  silence: stepName.optional(),
  unanswered: stepName.optional(),
});

const play = z.strictObject({
  kind: z.literal("play"),
  say,
  next: stepName,
  complete: z.boolean().default(false),
});

const branch = z.strictObject({
  kind: z.literal("branch"),
  on: z.enum(["reason", "caller"]),
  when: z.partialRecord(
    z.enum(["first", "retry", "callback", "ring_back", "known", "withheld", "too-often"]),
    stepName,
  ),
  otherwise: stepName,
});

const record = z.strictObject({
  kind: z.literal("record"),
  answer: z.literal("story"),
  adds: z.boolean().default(false),
  say,
  tone: promptId,
  silenceMs: milliseconds.min(1000),
  nudge: say,
  limit: stepName,
  next: stepName,
  nothing: stepName,
});

const callback = z.strictObject({
  kind: z.literal("callback"),
  choices: z.int().min(1).max(8),
  sameDay: say,
  nextDay: say,
  none: say,
  booked: stepName,
  unanswered: stepName.optional(),
});

const digits = z.strictObject({
  kind: z.literal("digits"),
  /** Under this name what was keyed is known to the call, and to nobody after it. */
  answer: z.string(),
  say,
  length: z.strictObject({ min: z.int().min(1).max(15), max: z.int().min(1).max(15) }),
  /** What it must be, beside its length. */
  as: z.literal("phone").optional(),
  /** Too short, or not what it must be. */
  wrong: say,
  /** Said back, with the question whether it is right: 1 is yes, 2 is "again". */
  readBack: say,
  tries: z.int().min(1).max(5).optional(),
  next: stepName,
  unanswered: stepName.optional(),
});

const visit = z.strictObject({
  kind: z.literal("visit"),
  none: stepName,
});

const step = z.discriminatedUnion("kind", [menu, play, branch, record, callback, digits, visit]);

/** Where one who rings back goes on: at the first whose answer is missing. */
const carryOn = z.array(z.strictObject({ without: z.enum(["rating", "story"]).optional(), at: stepName }));

export const flowSchema = z.strictObject({
  flow: stepName,
  title: z.string(),
  start: stepName,
  timing: z.strictObject({
    answerWithinMs: milliseconds,
    tries: z.int().min(1).max(5),
    handsetPauseMs: milliseconds,
    sameKeyWithinMs: milliseconds,
    voicemailTalkMs: milliseconds,
  }),
  everywhere: z.strictObject({ repeat: key, optOut: z.strictObject({ key, next: stepName }) }),
  carryOn: carryOn.optional(),
  unanswered: stepName,
  /** Said first when another process takes a live call over; the step then begins again. */
  takenOver: say.default([]),
  steps: z.record(stepName, step),
});

export type Flow = z.infer<typeof flowSchema> & {
  /** sha256 of the file; a call keeps the version it began with. */
  version: string;
};
export type Piece = z.infer<typeof piece>;
export type Step = z.infer<typeof step>;
export type Timing = Flow["timing"];
export type MenuStep = z.infer<typeof menu>;
export type PlayStep = z.infer<typeof play>;
export type BranchStep = z.infer<typeof branch>;
export type RecordStep = z.infer<typeof record>;
export type CallbackStep = z.infer<typeof callback>;
export type DigitsStep = z.infer<typeof digits>;
export type VisitStep = z.infer<typeof visit>;

/** Names that may stand as a target without being a step. */
export const specialTargets = ["end", "resume"] as const;
