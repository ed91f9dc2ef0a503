/** The forms beside a story: what they take, and what is wrong with what somebody typed. */
import { timeTyped } from "./times.ts";

/** By the name of its field, in words for whoever filled it in. */
export interface Fault {
  field: string;
  text: string;
}

export type Fields = Record<string, string | undefined>;

/** The text of a field, trimmed; or what is wrong with it. */
export function textOf(
  fields: Fields,
  field: string,
  { what, least = 1, most }: { what: string; least?: number; most: number },
): string | Fault {
  const text = (fields[field] ?? "").replaceAll("\r\n", "\n").trim();
  if (text.length < least) return { field, text: least > 1 ? `${what}: at least ${least} characters` : what };
  if (text.length > most) return { field, text: `Use ${most.toLocaleString("en-GB")} characters or fewer` };
  return text;
}

export const isFault = (value: unknown): value is Fault =>
  typeof value === "object" && value !== null && "field" in value && "text" in value;

/** In small letters, with single spaces. */
export const labelOf = (fields: Fields): string | Fault => {
  const label = textOf(fields, "label", { what: "Enter a label", most: 40 });
  return isFault(label) ? label : label.toLowerCase().replaceAll(/\s+/g, " ");
};

export function clipOf(
  fields: Fields,
  durationMs: number,
): { name: string; fromMs: number; toMs: number } | Fault {
  const name = textOf(fields, "name", { what: "Enter a name for the clip", most: 100 });
  if (isFault(name)) return name;
  const fromMs = timeTyped(fields.from ?? "");
  const toMs = timeTyped(fields.to ?? "");
  if (fromMs === null) return { field: "from", text: "Enter when the clip starts, such as 0:12" };
  if (toMs === null) return { field: "to", text: "Enter when the clip ends, such as 0:30" };
  const end = Math.min(toMs, durationMs);
  if (fromMs >= end) return { field: "to", text: "The clip must end after it starts, within the story" };
  return { name, fromMs, toMs: end };
}
