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

/** The priority that it leads to; by the extension's own name, for which pattern fits best is Asterisk's to say. */
export function findTarget(
  { contexts }: Dialplan,
  { context, extension, priority }: Target,
): Priority | null {
  const lines = contexts.get(context)?.get(extension);
  return lines?.find(({ number, label }) => String(number) === priority || label === priority) ?? null;
}
