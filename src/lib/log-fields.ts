/** What the log may carry, by list: nothing else comes through, whoever passes it by mistake. */
import { isHarmlessId, withoutNumbers, withoutValues } from "./scrub.ts";

/**
 * `id`: letters, digits and the marks of ids, no telephone number. `word`: of a closed list, or a name of our own things.
 * `text`: what was thrown, which may quote anything: nothing in quotation marks comes through. `count`: a number, or yes
 * and no. To add a field, be sure that nothing a patient is or said can be in it.
 */
export const logFields = {
  ...{ attemptId: "id", callId: "id", campaignId: "id", channelId: "id", channelIds: "id", storyId: "id" },
  ...{ visitId: "id", tokenId: "id", userId: "id", sessionId: "id", optOutId: "id", messageId: "id" },
  ...{ app: "id", entityId: "id", file: "id", node: "id", of: "id", recording: "id", recordings: "id" },
  ...{ job: "id", worker: "id", spooled: "id", host: "id", instance: "id", keyId: "id", owner: "id" },
  ...{ because: "word", by: "word", channel: "word", code: "word", disposition: "word", engine: "word" },
  ...{
    event: "word",
    token: "word",
    kind: "word",
    method: "word",
    route: "word",
    state: "word",
    task: "word",
  },
  ...{ version: "word", was: "word", what: "word" },
  ...{ release: "count", formerly: "count", prompt: "word", language: "word" },
  ...{ error: "text", faults: "text", problem: "text", reason: "text" },
  ...{ broken: "count", differenceMs: "count", dropped: "count", durationMs: "count", gapMs: "count" },
  ...{ lagMs: "count", levelDb: "count", line: "count", most: "count", ms: "count", pauseMs: "count" },
  ...{ replayed: "count", restarted: "count", speechMs: "count", status: "count", take: "count" },
  ...{
    tries: "count",
    unfinished: "count",
    writes: "count",
    count: "count",
    rows: "count",
    stories: "count",
    visits: "count",
  },
} as const satisfies Record<string, "id" | "word" | "text" | "count">;

export type LogField = keyof typeof logFields;
export type LogFields = { [Field in LogField]?: unknown };

export const KEPT_OUT = "[kept out]";

/** Long lists are cut: an id more or less finds nothing. */
const mostItems = 50;

/** What may be written of these fields. */
export function keptFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const kind = Object.hasOwn(logFields, name) ? logFields[name as LogField] : null;
      return [kind === null ? keptName(name) : name, kind === null ? KEPT_OUT : keptValue(kind, value)];
    }),
  );
}

/** The name of a field that is not listed tells which it was, unless it is data itself. */
const keptName = (name: string): string => (/^[a-z][A-Za-z]{0,39}$/.test(name) ? name : KEPT_OUT);

function keptValue(kind: (typeof logFields)[LogField], value: unknown): unknown {
  if (value === null || value === undefined || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.slice(0, mostItems).map((one) => keptValue(kind, one));
  if (typeof value === "number") return kind === "count" || Math.abs(value) < 1e8 ? value : KEPT_OUT;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "string") return KEPT_OUT;
  if (kind === "id") return isHarmlessId(value) ? value : KEPT_OUT;
  if (kind === "word") return isWord(value) ? value : KEPT_OUT;
  return kind === "text" ? withoutValues(value) : KEPT_OUT;
}

const isWord = (text: string): boolean =>
  /^[\w .,:;()'/*?=&+-]{1,200}$/.test(text) && text === withoutNumbers(text);
