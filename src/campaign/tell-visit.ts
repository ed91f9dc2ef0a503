/** A visit's history in plain words, for whoever must answer "why was she, or was she not, called?" (issue 4). */
import { nextSpan } from "./calling-hours.ts";
import type { SettledBy } from "./evidence.ts";
import { isRefusal, wordsOf } from "./refusals.ts";
import type { AttemptRecord, VisitChange, VisitHistory } from "./visit-history.ts";

export interface TellOptions {
  now: Date;
  /** E.g. "Fri 20 Nov 2026, 10:02:05", in the campaign's time zone. */
  say(moment: Date): string;
}

/** One thing that happened. */
export interface VisitLine {
  at: Date;
  text: string;
}
type Line = VisitLine;

/** The title, everything that happened in its order, and how it goes on. */
export function tellVisit(history: VisitHistory, options: TellOptions): string[] {
  const { visitRef, campaign } = history;
  return [
    `Visit ${visitRef} of the campaign "${campaign.name}": ${standing(history)}`,
    ...visitLines(history, options).map(({ at, text }) => `  ${options.say(at)}  ${text}`),
    ...howItGoesOn(history, options).map((text) => `  ${text}`),
  ];
}

/** Everything that happened, in its order. */
export function visitLines(history: VisitHistory, options: TellOptions): VisitLine[] {
  return [
    { at: history.importedAt, text: imported(history) },
    // Before the changes: what an attempt led to follows it, also where both happened in one millisecond.
    ...history.attempts.flatMap((attempt) => told(attempt)),
    ...history.changes.map((change) => ({ at: change.at, text: changed(change, options) })),
    ...history.passedOver.map(({ at, because, until }) => ({
      at,
      text: `not called: ${reason(because)}${until ? `; not before ${options.say(until)}` : ""}`,
    })),
    ...history.callbacks.flatMap((callback) => promised(callback, options)),
    ...history.optOuts.flatMap(optedOut),
  ].toSorted((one, other) => one.at.getTime() - other.at.getTime());
}

/** Why was she, or was she not, called? In one sentence; how it goes on follows it (howItGoesOn). */
export function whyInShort(history: VisitHistory, { say }: TellOptions): string {
  const rung = history.attempts.filter(
    ({ reason, dialedAt, evidence }) =>
      reason !== "ring_back" && dialedAt !== null && evidence !== "cel-absent",
  );
  const last = rung.at(-1);
  const [refused] = [
    ...history.passedOver.map(({ at, because }) => ({ at, because })),
    ...history.attempts.flatMap(({ claimedAt, refusedBecause }) =>
      refusedBecause === null ? [] : [{ at: claimedAt, because: refusedBecause }],
    ),
  ].toSorted((one, other) => other.at.getTime() - one.at.getTime());
  const told = refused && (!last || refused.at > last.claimedAt) ? reason(refused.because) : null;
  const rangUs = history.attempts.some((attempt) => attempt.reason === "ring_back");
  if (!last) {
    const called = rangUs ? "Not called, but they rang us" : "Not called";
    if (history.status === "calling") return "About to be called for the first time.";
    if (told) return `${called}${history.status === "due" ? " yet" : ""}: ${told}.`;
    if (history.status === "due") return `${called} yet.`;
    return `${called}: the visit is ${standing(history)}.`;
  }
  const times = rung.length === 1 ? "once" : rung.length === 2 ? "twice" : `${rung.length} times`;
  const why = { first: "as the list asked", retry: "as a further try", callback: "as promised" };
  const because = last.reason === "ring_back" ? "" : `, ${why[last.reason]}`;
  const result =
    last.endedAt === null ? "the call is going on" : (last.disposition ?? "unknown").replaceAll("_", " ");
  const since = told ? `; since then not called: ${told}` : "";
  return `Called ${times}, last on ${say(last.dialedAt!)}${because}: ${result}${since}.`;
}

const standing = ({ status, disposition }: VisitHistory): string =>
  status === "done" ? disposition.replaceAll("_", " ") : status === "calling" ? "being called now" : status;

/** A reason that a later list gave came with a change of the visit. */
const imported = ({ doNotCallReason, changes }: VisitHistory): string =>
  doNotCallReason === null || changes.length > 0
    ? "imported: to be called"
    : `imported; not to be called: the list says "${doNotCallReason}"`;

function changed(
  { status, disposition, notBefore, nextReason, by }: VisitChange,
  { say }: TellOptions,
): string {
  const who = by === null ? "" : ` by ${by}`;
  switch (status) {
    case "held":
      return `held${who}: not called until it is released`;
    case "withdrawn":
      return `withdrawn${who}: never called`;
    case "done":
      return `done: ${disposition.replaceAll("_", " ")}${who}`;
    default:
      return `to be called${who}, not before ${say(notBefore)}${nextReason === "callback" ? ", as promised" : ""}`;
  }
}

const reasons = {
  first: "the first call",
  retry: "a further try",
  callback: "the promised call",
  ring_back: "they rang us",
};

function told(attempt: AttemptRecord): Line[] {
  const what = `attempt ${attempt.number}, ${reasons[attempt.reason]}${attempt.again ? ", once more" : ""}`;
  if (attempt.state === "refused")
    return [{ at: attempt.claimedAt, text: `${what}: not dialled, ${reason(attempt.refusedBecause ?? "")}` }];
  const moments: Line[] = [];
  if (attempt.dialedAt) moments.push({ at: attempt.dialedAt, text: `${what}: dialled` });
  if (attempt.ringingAt) moments.push({ at: attempt.ringingAt, text: "it rings" });
  if (attempt.answeredAt)
    moments.push({ at: attempt.answeredAt, text: attempt.reason === "ring_back" ? what : "answered" });
  if (attempt.endedAt) moments.push({ at: attempt.endedAt, text: ended(attempt, what) });
  return moments.length > 0 ? moments : [{ at: attempt.claimedAt, text: `${what}: about to be dialled` }];
}

function ended(attempt: AttemptRecord, what: string): string {
  const { call, counts, cause, dialedAt, disposition, sipCode, state } = attempt;
  if (dialedAt === null && attempt.reason !== "ring_back") return `${what}: never dialled; it does not count`;
  if (attempt.evidence === "cel-absent")
    return `${what}: was never dialled, as Asterisk's event log proves; it does not count`;
  if (state === "unknown") {
    const so = attempt.evidence === "none" ? "nobody will ever know" : "nobody can say yet";
    return `${so} what became of the call: it counts, and is not dialled again by itself`;
  }
  const known = attempt.evidence === null ? "" : `, ${foundBy[attempt.evidence]}`;
  const failed = sipCode !== null && sipCode !== 200;
  const codes = [failed ? `SIP ${sipCode}` : null, cause ? `cause ${cause}` : null].filter(Boolean);
  const network = codes.length > 0 ? ` (${codes.join(", ")})` : "";
  const inCall = call
    ? `; ${plural(call.keys, "key")} pressed, ${plural(call.stories, "story", "stories")} told, as far as the step "${call.lastStep}"`
    : "";
  return `ended: ${disposition?.replaceAll("_", " ")}${network}${known}${inCall}; it ${counts ? "counts" : "does not count"}`;
}

/** How an outcome that nobody saw was found afterwards. */
const foundBy: Record<Exclude<SettledBy, "cel-absent">, string> = {
  "cel-hangup": "as Asterisk's event log shows",
  "cel-answer": "answered, as Asterisk's event log shows",
  "cel-start": "dialled, as Asterisk's event log shows, but not how it ended",
  cdr: "as Asterisk's list of calls shows",
  none: "and nothing will ever tell more",
};

const plural = (count: number, one: string, more = `${one}s`): string =>
  `${count === 0 ? "no" : count} ${count === 1 ? one : more}`;

function promised({ askedAt, due, state }: VisitHistory["callbacks"][number], { say }: TellOptions): Line[] {
  const asked = { at: askedAt, text: `asked to be called at ${say(due)}` };
  const states = { promised: null, kept: "kept", broken: "broken", withdrawn: "withdrawn" };
  return states[state] === null ? [asked] : [asked, { at: due, text: `this promise was ${states[state]}` }];
}

const optOutSources: Record<string, string> = {
  key: "by key 9 in a call",
  wrong_person: "by key 4 in a call: the wrong person",
  ring_back: "by ringing us",
  staff: "by staff",
  import: "by a list",
};

function optedOut({
  scope,
  source,
  because,
  writtenAt,
  withdrawnAt,
}: VisitHistory["optOuts"][number]): Line[] {
  const whom = { number: "this number", person: "this person", pair: "this person at this number" }[scope];
  const how = `${optOutSources[source] ?? source}${because ? ` that says "${because.replaceAll("_", " ")}"` : ""}`;
  const written = { at: writtenAt, text: `${whom} is not to be called any more, ${how}` };
  const back = withdrawnAt && { at: withdrawnAt, text: `${whom} may be called again` };
  return back ? [written, back] : [written];
}

const reason = (because: string): string => (isRefusal(because) ? wordsOf(because) : because);

/** Why a disposition is the last, where it says so by itself. */
const lastWords: Partial<Record<VisitHistory["disposition"], string>> = {
  completed: "they have answered",
  partial: "they answered a part, which is kept",
  declined: "they said no",
  opted_out: "they asked never to be called again",
  wrong_person: "the number is somebody else's, and the trust is told",
  hung_up: "they hung up at the greeting, which is taken for a no",
  no_response: "somebody answered, and pressed no key",
  invalid_number: "there is no such number",
};

function whyNoMore({ disposition, counted, campaign }: VisitHistory): string {
  const words = lastWords[disposition];
  if (words) return `: ${words}`;
  const { maxAttempts } = campaign.settings.retryPolicy;
  return counted >= maxAttempts ? `: the campaign allows ${plural(maxAttempts, "attempt")} that ring` : "";
}

/** What stands between now and the next ring. */
export function howItGoesOn(history: VisitHistory, { now, say }: TellOptions): string[] {
  const { campaign, status } = history;
  if (status === "done") return [`It is not called again${whyNoMore(history)}.`];
  if (status === "held") return ["It is not called until somebody releases it: hearback visit release"];
  if (status === "withdrawn") return ["It is never called."];
  if (status === "calling") return [];
  const bars = [
    ...(history.stoppedBecause === null ? [] : [`all calls are stopped (${history.stoppedBecause})`]),
    ...(campaign.status === "running" ? [] : [`the campaign is ${campaign.status}`]),
  ];
  const from = history.notBefore > now ? history.notBefore : now;
  const open = nextSpan(campaign.settings.callingHours, from);
  const at = open && (open.from > from ? open.from : from);
  return [
    at === null
      ? "The campaign's calling hours leave no time to call it in the next three weeks."
      : at > now
        ? `The next call is not before ${say(at)}.`
        : "It may be called at any moment, as the campaign's pace allows.",
    ...bars.map((bar) => `Until then, or later: ${bar}.`),
  ];
}
