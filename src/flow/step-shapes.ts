/** The shape of each kind of step, with the words by which editors explain it. */
import { z } from "zod";
import { languageTag, milliseconds, piece, promptId, source, valueName } from "./piece-shapes.ts";

export const key = z.string().regex(/^[0-9*#]$/, 'one key: "0" to "9", "*" or "#", in quotes');
export const stepName = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, "a step's name: only a-z, 0-9 and hyphens")
  .describe("The name of a step; `end` hangs up, `resume` goes back to what the opt-out key interrupted.");
export const say = z.array(piece).describe("What is said, piece by piece.");

const next = stepName.describe("The step that follows.");
const tries = z.int().min(1).max(5).optional().describe("How often it is asked; else as `timing` has it.");
const unanswered = stepName
  .optional()
  .describe("Where the call goes after the last silence or wrong key; else as the flow says.");

/** What becomes of a visit whose call ended here, where nothing else says so. */
export const disposition = z
  .enum(["completed", "partial", "declined", "no_response"])
  .describe("How the visit stands after this call: the word that the results show.");

/** What a choice settles for good, beside the answer it gives. */
const mark = z
  .enum(["right-person", "declined", "wrong-person", "delete-story", "undo-opt-out"])
  .describe("What this key settles for good, beside any answer.");

const choice = z.strictObject({
  key,
  next,
  value: z
    .union([z.int(), z.boolean(), z.string().max(100)])
    .optional()
    .describe("Kept under the step's `answer`."),
  label: promptId.optional().describe("The prompt by which { label: ... } says this answer."),
  say: promptId.optional().describe("Said with the question, in the order of the choices."),
  mark: mark.optional(),
  language: languageTag
    .optional()
    .describe("Speaks this language from here on. The key acts only where the campaign offers it."),
});

export const menu = z
  .strictObject({
    kind: z.literal("menu"),
    greeting: z.boolean().default(false).describe("Listen for an answering machine beside these words."),
    enter: z.literal("opt-out").optional().describe("Opts the caller out on entering, before it is said."),
    of: z
      .string()
      .optional()
      .describe("With `enter: opt-out`: not the caller's number, but the one keyed so."),
    answer: z.string().optional().describe("The name under which the choice's value is kept."),
    say,
    choices: z.array(choice).min(1).describe("What each key means, and where it leads."),
    sayAfter: say.default([]).describe("Said after the choices."),
    tries,
    silence: stepName.optional().describe("Where silence goes at once; without it the question comes again."),
    unanswered,
  })
  .describe("Asks for one key.");

export const play = z
  .strictObject({
    kind: z.literal("play"),
    say,
    next,
    complete: z.boolean().default(false).describe("Whoever rated and came here has completed the survey."),
  })
  .describe("Says something.");

const reasons = ["first", "retry", "callback", "ring_back"];
const callers = ["known", "withheld", "too-often"];

export const branch = z
  .strictObject({
    kind: z.literal("branch"),
    on: z
      .union([z.enum(["reason", "caller", "language"]), source])
      .describe("Why we call, who calls us, the language, an answer, or a field of the list."),
    when: z
      .record(z.string(), stepName)
      .describe("From a value to its step; `missing` is an answer or a field that is not there."),
    otherwise: stepName.describe("Every other value."),
  })
  .superRefine(({ on, when }, context) => {
    const known = on === "reason" ? reasons : on === "caller" ? callers : null;
    for (const value of known ? Object.keys(when) : []) {
      if (known?.includes(value)) continue;
      const message = `"${value}" is no ${on}; there are ${known?.join(", ")}`;
      context.addIssue({ code: "custom", path: ["when", value], message });
    }
  })
  .describe("Goes one way or another by something known; says nothing.");

export const record = z
  .strictObject({
    kind: z.literal("record"),
    answer: z.literal("story").describe("What is recorded is the story; there is one a call."),
    adds: z.boolean().default(false).describe("A further part of the same story."),
    say,
    tone: promptId.describe("The tone after which they speak."),
    silenceMs: milliseconds
      .min(1000)
      .describe("So much silence brings the nudge; as much again ends the story."),
    nudge: say.describe("Said after the first silence, while the recording goes on."),
    limit: stepName.describe("Where the call goes when the story is as long as it may be."),
    next,
    nothing: stepName.describe("Where it goes when nothing was said at all."),
  })
  .describe("Lets the caller speak.");

export const listenBack = z
  .strictObject({
    kind: z.literal("listen-back"),
    say: say.default([]).describe("Said before the recording."),
    next,
    nothing: stepName.optional().describe("Where the call goes at once when nothing is kept; else `next`."),
  })
  .describe("Plays back what the caller has told.");

export const callback = z
  .strictObject({
    kind: z.literal("callback"),
    choices: z.int().min(1).max(8).describe("How many times are offered, by keys 1, 2, 3 ..."),
    sameDay: say.describe("Said first where there are calling hours left within a day."),
    nextDay: say.describe("Said first where there are none."),
    none: say.describe("Said where no time can be offered."),
    booked: stepName.describe("Where the call goes once a time is chosen."),
    unanswered,
  })
  .describe("Offers times to be called, and books one.");

const lengths = z
  .strictObject({ min: z.int().min(1).max(15), max: z.int().min(1).max(15) })
  .describe("The fewest and the most digits.");

export const digits = z
  .strictObject({
    kind: z.literal("digits"),
    answer: z.string().describe("The name under which the call knows what was keyed."),
    say,
    as: z
      .enum(["phone", "number", "date"])
      .optional()
      .describe(
        "What it must be, beside its length: a UK telephone number, a number in a range, a real day.",
      ),
    length: lengths.optional(),
    min: z.int().min(0).optional().describe("With `as: number`: the smallest."),
    max: z.int().min(0).optional().describe("With `as: number`: the largest."),
    date: z
      .enum(["ddmm", "ddmmyyyy"])
      .optional()
      .describe("With `as: date`: day and month, or the year too, each with its noughts."),
    wrong: say.default([]).describe("Said before the question when what was keyed cannot be."),
    readBack: say.optional().describe("Asks whether it is right: 1 is yes, 2 is again. Without it, it is."),
    keep: z
      .boolean()
      .default(false)
      .describe("Write it down as an answer. Without it nobody learns it after the call. Never for phones."),
    tries,
    next,
    unanswered,
  })
  .superRefine((step, context) => {
    for (const { path, message } of digitsFaults(step))
      context.addIssue({ code: "custom", path: [path], message });
  })
  .describe("Lets the caller key a number.");

type Keying = Pick<z.input<typeof digits>, "as" | "length" | "min" | "max" | "date" | "keep" | "readBack">;

function digitsFaults({
  as,
  length,
  min,
  max,
  date,
  keep,
  readBack,
}: Keying): { path: string; message: string }[] {
  const faults: { path: string; message: string }[] = [];
  const fault = (wrong: boolean, path: string, message: string) =>
    wrong ? faults.push({ path, message }) : 0;
  fault(as === "phone" && keep === true, "keep", "a telephone number is never written down; take `keep` out");
  fault(
    as === "phone" && !readBack,
    "readBack",
    "what is done with a wrong number cannot be undone: say it back",
  );
  fault(as === "date" && !date, "as", "say how it is keyed: date: ddmm, or date: ddmmyyyy");
  fault(as !== "date" && date !== undefined, "date", "belongs to `as: date`");
  fault(as === "date" && length !== undefined, "length", "a date's length is given by `date`; take it out");
  fault(as !== "number" && (min !== undefined || max !== undefined), "as", "a range belongs to `as: number`");
  fault((min ?? 0) > (max ?? Number.POSITIVE_INFINITY), "min", "the smallest is larger than the largest");
  fault(
    (as ?? "number") === "number" && !length && max === undefined,
    "kind",
    "say its `length` or its `max`",
  );
  return faults;
}

export const visit = z
  .strictObject({
    kind: z.literal("visit"),
    none: stepName.describe("Where the call goes when nothing waits."),
  })
  .describe("Looks whether a question waits for one who rings us; the call goes on in that visit's flow.");

export const set = z
  .strictObject({
    kind: z.literal("set"),
    answer: valueName.describe("The answer's name."),
    value: z.union([z.int(), z.boolean(), z.string().max(100)]).describe("What it is set to, and kept as."),
    next,
  })
  .describe("Sets an answer to what the flow says.");

export const language = z
  .strictObject({
    kind: z.literal("language"),
    say: say.default([]).describe("Said first, in the language so far."),
    choices: z
      .array(
        z.strictObject({
          key,
          language: languageTag,
          say: promptId.describe("Said in that language, e.g. `For English, press 1.`"),
        }),
      )
      .min(2)
      .describe("The languages, each with its key and its own words."),
    tries,
    next: stepName.describe("The step that follows, also after silence: the language stays as it is then."),
    unanswered,
  })
  .describe("Offers languages by key; prompts are said in the chosen one from here on.");

export const optOut = z
  .strictObject({
    kind: z.literal("opt-out"),
    of: z.string().optional().describe("Not the caller's number, but the one keyed under this name."),
    say: say.describe("Said once the caller is off the list; with the words for `undo`."),
    undo: key.default("1").describe("The key that undoes it."),
    undone: stepName.describe("Where that key leads."),
    next: stepName.describe("Where silence and any other key lead."),
  })
  .describe("Takes the caller off the list, before a word is said, and offers to undo it.");

export const transfer = z
  .strictObject({
    kind: z.literal("transfer"),
    to: stepName.describe("Whom, by a name in the campaign's `transfers`; never a number."),
    say: say.default([]).describe("Said before it rings there."),
    ringSeconds: z.int().min(5).max(120).default(30).describe("How long it rings there."),
    disposition: disposition.optional().describe("How the visit stands once they have talked."),
    next: stepName.default("end").describe("Where the call goes when the other end hangs up."),
    failed: stepName.describe("Where it goes when nobody answers there, or it is engaged."),
    closed: stepName.optional().describe("Where it goes outside that target's hours; else as `failed`."),
  })
  .describe("Puts the caller through to a person; nothing is recorded.");

export const repeat = z
  .strictObject({
    kind: z.literal("repeat"),
    step: stepName.describe("The step to go back to."),
    most: z.int().min(1).max(9).default(2).describe("So often; then `next`."),
    next,
  })
  .describe("Goes back to a step, a few times at most.");

export const goto = z
  .strictObject({ kind: z.literal("goto"), next })
  .describe("Goes to another step: a name for a place where many ways meet.");

export const end = z
  .strictObject({
    kind: z.literal("end"),
    disposition: disposition.optional(),
    say: say.default([]).describe("Said before hanging up; the disposition stands from its first word on."),
  })
  .describe("Ends the call, and says how the visit stands.");

export const call = z
  .strictObject({
    kind: z.literal("call"),
    flow: stepName.describe("Another flow of this folder: its steps are gone through, then `next`."),
    next: stepName.describe("Where the call goes when that flow ends."),
  })
  .describe("Goes through another flow's steps, and returns.");

export const step = z.discriminatedUnion("kind", [
  ...[menu, play, branch, record, callback, digits, visit],
  ...[listenBack, set, language, optOut, transfer, repeat, goto, end, call],
] as const);
