/** The list's fields of which a flow speaks, as a try-out asks for them: each an input, with what came of it. */
import { readField } from "#call/contact-fields.ts";
import type { ContactKind, Flow } from "#flow/definition.ts";

export interface TryField {
  name: string;
  value: string;
  /** How such a field is written. */
  hint: string;
  /** It cannot be read so: the call goes as if the list had nothing there. */
  unread: boolean;
}

const hints: Record<ContactKind, string> = {
  text: "Any words",
  number: "A whole number, such as 25",
  digits: "Digits, such as 0123",
  date: "A day, such as 2026-12-03",
  time: "A day and a time, such as 2026-12-03 10:30",
};
const zone = "Europe/London";

/** @param given by `field-NAME`, as forms and addresses have them */
export const tryFields = (flow: Flow, given: Readonly<Record<string, unknown>>): TryField[] =>
  Object.entries(flow.contact ?? {}).map(([name, kind]) => {
    const typed = given[`field-${name}`];
    const value = typeof typed === "string" ? typed.slice(0, 200) : "";
    const unread = value.trim() !== "" && readField(value, kind, zone) === null;
    return { name, value, hint: hints[kind], unread };
  });

export interface OfferedLanguage {
  tag: string;
  /** As forms and addresses have it. */
  field: string;
  offered: boolean;
}

/** The languages for which the flow has a key: it acts only where the campaign offers them. */
export function offeredLanguages(flow: Flow, given: Readonly<Record<string, unknown>>): OfferedLanguage[] {
  const keys = Object.values(flow.steps).flatMap((step) =>
    step.kind === "menu" || step.kind === "language" ? step.choices.map((choice) => choice.language) : [],
  );
  const tags = [...new Set(keys.flatMap((tag) => tag ?? []))].toSorted();
  return tags.map((tag) => ({ tag, field: `offer-${tag}`, offered: given[`offer-${tag}`] !== undefined }));
}

/** As a campaign in this language would have them. */
export function offersOf(languages: readonly OfferedLanguage[], language: string): string[] {
  const others = languages.flatMap(({ tag, offered }) => (offered && tag !== language ? [tag] : []));
  return others.length > 0 ? [language, ...others] : [];
}

/** As the list would have them. */
export const contactOf = (fields: readonly TryField[]): Record<string, string> =>
  Object.fromEntries(fields.map(({ name, value }) => [name.toLowerCase(), value]));
