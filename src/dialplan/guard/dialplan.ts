/** The dialplan as the guard sees it: only what it understands is in here, everything else is a fault. */
import type { Place } from "../conf/conf.ts";

export interface Priority {
  context: string;
  extension: string;
  number: number;
  label: string | null;
  /** As it is written; Asterisk does not care about capitals. */
  application: string;
  /** What stands between its brackets. */
  data: string;
  at: Place;
  /** Where `data` begins. */
  dataAt: Place;
}

export interface Dialplan {
  /** By context and extension, in the order of their numbers. */
  contexts: Map<string, Map<string, Priority[]>>;
}

export const priorities = ({ contexts }: Dialplan): Priority[] =>
  [...contexts.values()].flatMap((extensions) => [...extensions.values()].flat());

/** Where a Goto or Gosub leads: the part that is left out is the one where it stands. */
export interface Target {
  context: string;
  extension: string;
  /** A number or a label. */
  priority: string;
}

const word = "[A-Za-z0-9_+-]+";
const targetPattern = new RegExp(`^(?:(?:(${word}),)?(${word}),)?(${word})$`);

/** Null where it is not written out: a reference in it, or a shape of another kind. */
export function targetOf(text: string, from: Pick<Priority, "context" | "extension">): Target | null {
  const [, context, extension, priority] = targetPattern.exec(text) ?? [];
  if (priority === undefined) return null;
  return { context: context ?? from.context, extension: extension ?? from.extension, priority };
}

/** The priority that it leads to, as Asterisk finds it. */
export function findTarget({ contexts }: Dialplan, { context, extension, priority }: Target): Priority | null {
  const extensions = contexts.get(context);
  const exact = extensions?.get(extension);
  const matching = exact ?? [...(extensions ?? [])].find(([pattern]) => matches(pattern, extension))?.[1];
  return matching?.find(({ number, label }) => String(number) === priority || label === priority) ?? null;
}

/** Of the patterns that the guard lets through (read-dialplan.ts). */
export function matches(pattern: string, extension: string): boolean {
  if (!pattern.startsWith("_")) return pattern === extension;
  const source = pattern
    .slice(1)
    .replace(/\+(?![^[]*\])/g, "\\+")
    .replace(/[XZN](?![^[]*\])/g, (sign) => ({ X: "[0-9]", Z: "[1-9]", N: "[2-9]" })[sign]!)
    .replace(/\.$/, ".+")
    .replace(/!$/, ".*");
  return new RegExp(`^${source}$`).test(extension);
}
