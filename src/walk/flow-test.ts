/**
 * A flow's tests (dialplans/flows/*.test.yaml): calls as scripts, each saying what the caller does and what must come of
 * it. dialplans/REFERENCE.md describes the words.
 */
import { z } from "zod";
import { dispositions } from "#call/disposition.ts";
import type { CallerAct } from "./caller-act.ts";

const milliseconds = z.int().min(0).max(3_600_000);
const keysInQuotes = 'keys in quotes, such as "1" or "07700900123#"';
const keys = z.string({ error: keysInQuotes }).regex(/^[0-9*#]{1,40}$/, keysInQuotes);
const prompts = z.array(z.string());

const acts = {
  hear: z.strictObject({ hear: z.string() }),
  hearOut: z.strictObject({ hearOut: z.literal(true) }),
  wait: z.strictObject({ wait: milliseconds }),
  press: z.strictObject({ press: keys, gapMs: milliseconds.optional() }),
  talk: z.strictObject({ talk: milliseconds }),
  staff: z.strictObject({ staff: z.enum(["answers", "hangs-up"]) }),
  beep: z.strictObject({ beep: z.literal(true) }),
  hangUp: z.strictObject({ hangUp: z.literal(true) }),
  lose: z.strictObject({ lose: z.literal(true) }),
} satisfies { [K in ActKind]: z.ZodType };

type Keys<T> = T extends unknown ? keyof T : never;
type ActKind = Exclude<Keys<CallerAct>, "gapMs">;

/** The word by which each act begins. */
export const actKinds = Object.keys(acts) as ActKind[];

/** What an act of this kind looks like. */
export const actSchema = (kind: ActKind) => acts[kind];

const expectation = z.strictObject({
  disposition: z.enum(dispositions),
  /** The answers at the end, all of them. */
  answers: z.record(z.string(), z.union([z.int(), z.boolean(), z.string()])).optional(),
  /** Parts of the story that counts. */
  parts: z.int().min(0).optional(),
  /** What was settled for good, in order. */
  effects: prompts.optional(),
  /** Prompts that must have been said, in this order (others may stand between). */
  heard: prompts.optional(),
  notHeard: prompts.optional(),
  /** Numbers that were opted out, as the log was told them. */
  optedOut: prompts.optional(),
  /** Texts that the log was never given. */
  notWritten: prompts.optional(),
});

const script = z.strictObject({
  name: z.string().min(1),
  reason: z.enum(["first", "retry", "callback", "ring_back"]).optional(),
  noCallbackTimes: z.literal(true).optional(),
  nextDay: z.literal(true).optional(),
  /** Of one who rings us. */
  caller: z.enum(["known", "withheld", "too-often"]).optional(),
  /** The visit that waits for them, with what it has already. */
  visit: z.strictObject({ rating: z.int().min(1).max(6).nullable(), story: z.boolean() }).optional(),
  /** BCP 47: what the list says of this person. */
  language: z.string().optional(),
  /** BCP 47: what the campaign lets its people choose. */
  offers: z.array(z.string()).optional(),
  /** Fields of the list, as they stand in it. */
  contact: z.record(z.string(), z.string()).optional(),
  /** Names to whom nobody is put through just now: it is outside their hours. */
  closed: z.array(z.string()).optional(),
  /** Read act by act, for better words about what is wrong (read-flow-tests.ts). */
  call: z.array(z.unknown()),
  expect: expectation,
});

/** A way that no call can take, and why: it need not be covered. */
const cannotHappen = z.strictObject({ step: z.string(), on: z.string(), because: z.string().min(1) });

export const flowTestsSchema = z.strictObject({
  calls: z.array(script),
  cannotHappen: z.array(cannotHappen).optional(),
});

/** One call of a test file: what the caller does, what must come of it. */
export type FlowScript = Omit<z.infer<typeof script>, "call"> & { call: CallerAct[] };
export type Expectation = FlowScript["expect"];
export type CannotHappen = z.infer<typeof cannotHappen>;
