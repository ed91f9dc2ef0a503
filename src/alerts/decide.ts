/** Who is told what now, from what was told before; pure. */
import type { AlertKind, Condition, HappeningKind, LastingKind, Verdict } from "./conditions.ts";

/** An alert as the book has it. */
export interface AlertEntry {
  kind: AlertKind;
  subject: string;
  since: Date;
  /** When people were last told of it, also before `since`; null: never. */
  toldAt: Date | null;
  resolvedAt: Date | null;
}

export interface Message {
  kind: AlertKind;
  event: "raised" | "repeated" | "resolved";
  about: { subject: string; detail: string; since: Date }[];
}

export interface Decision {
  /** As they stand from now on; entries not named stay as they are. */
  entries: AlertEntry[];
  messages: Message[];
}

export interface Looked {
  verdicts: (Verdict & { holds: boolean })[];
  happened: Condition<HappeningKind>[];
}

/** One thing that comes and goes, and things that happen by the dozen, make a message each quarter of an hour at most. */
export const gatherMs = 15 * 60_000;

interface Told {
  event: Message["event"];
  entry: AlertEntry;
  detail: string;
}

export function decide(book: AlertEntry[], looked: Looked, now: Date, repeatMs: number): Decision {
  const known = new Map(book.map((entry) => [keyOf(entry), entry]));
  const lasting = looked.verdicts.flatMap((verdict) =>
    afterVerdict(verdict, known.get(keyOf(verdict)), now, repeatMs),
  );
  const happened = afterHappenings(book, looked.happened, now);
  const told = [...lasting, ...happened].filter((one): one is Told => "event" in one);
  return {
    entries: [...lasting, ...happened].map(({ entry }) => entry),
    messages: gathered(told),
  };
}

type Step = Told | { entry: AlertEntry };

function afterVerdict(
  { kind, subject, holds, detail }: Verdict,
  entry: AlertEntry | undefined,
  now: Date,
  repeatMs: number,
): Step[] {
  const open = entry !== undefined && entry.resolvedAt === null;
  if (!holds) {
    if (!open) return [];
    const resolved = { ...entry, resolvedAt: now };
    return wasTold(entry) ? [{ event: "resolved", entry: resolved, detail }] : [{ entry: resolved }];
  }
  const current = open
    ? entry
    : { kind, subject, since: now, toldAt: entry?.toldAt ?? null, resolvedAt: null };
  const waitMs = wasTold(current) ? repeatMs : gatherMs;
  if (current.toldAt !== null && now.getTime() - current.toldAt.getTime() < waitMs)
    return open ? [] : [{ entry: current }];
  return [{ event: wasTold(current) ? "repeated" : "raised", entry: { ...current, toldAt: now }, detail }];
}

/** Of what happened, each once; several together where the last message of the kind is fresh. */
function afterHappenings(book: AlertEntry[], happened: Condition<HappeningKind>[], now: Date): Step[] {
  const known = new Set(book.map(keyOf));
  const details = new Map(happened.map((one) => [keyOf(one), one.detail]));
  const news = [...new Map(happened.map((one) => [keyOf(one), one])).values()]
    .filter((one) => !known.has(keyOf(one)))
    .map(({ kind, subject }): AlertEntry => ({ kind, subject, since: now, toldAt: null, resolvedAt: null }));
  const isFresh = (kind: AlertKind) =>
    book.some(
      (entry) => entry.kind === kind && entry.toldAt && now.getTime() - entry.toldAt.getTime() < gatherMs,
    );
  const waiting = book.filter(({ kind, toldAt, resolvedAt }) => isHappening(kind) && !toldAt && !resolvedAt);
  return [...waiting, ...news].map((entry) =>
    isFresh(entry.kind)
      ? { entry }
      : {
          event: "raised",
          entry: { ...entry, toldAt: now, resolvedAt: now },
          detail: details.get(keyOf(entry)) ?? "",
        },
  );
}

function gathered(told: Told[]): Message[] {
  const groups = Map.groupBy(told, ({ event, entry }) => `${event} ${entry.kind}`);
  return [...groups.values()].map((of) => ({
    kind: of[0]!.entry.kind,
    event: of[0]!.event,
    about: of.map(({ entry, detail }) => ({ subject: entry.subject, detail, since: entry.since })),
  }));
}

const wasTold = ({ toldAt, since }: AlertEntry): boolean => toldAt !== null && toldAt >= since;
const keyOf = ({ kind, subject }: { kind: AlertKind; subject: string }): string => `${kind} ${subject}`;
const isHappening = (kind: AlertKind): kind is Exclude<AlertKind, LastingKind> =>
  kind === "promise-broken" || kind === "silent-call";
