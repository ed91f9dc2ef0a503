/**
 * What can be found out afterwards about a call whose outcome nobody saw, and what it proves (RELIABILITY.md 2.2). When
 * in doubt it rang: a patient not called is asked another day, one who is rung twice never answers us again.
 */

/** What Asterisk wrote into its event log (CEL) about one channel, oldest first. */
export type WitnessedEvent =
  | { kind: "started" }
  | { kind: "answered" }
  /** `cause`: Q.850; null where the row does not say. */
  | { kind: "hung-up"; cause: number | null }
  /** A row that cannot be read, but has the channel's id in it. */
  | { kind: "something" };

export interface EventLog {
  events: WitnessedEvent[];
  /** Why it cannot be read at all, for people; null where it can. */
  unreadable: string | null;
  /** The heartbeat that was asked for just before is in it: what happened before that has been written. */
  upToDate: boolean;
  /** How long ago the last row before the attempt was written; null: the file does not reach back to it. */
  lastBeforeMs: number | null;
  /** Rows since then that are none (torn by a crash, or by whoever edited the file), or whose times run backwards. */
  tornRows: number;
}

/** The channel's line in Asterisk's own list of calls (CDR), written when it has ended. */
export interface CallRecord {
  answered: boolean;
  /** As near as the list can say it, as Q.850; null: it cannot. */
  cause: number | null;
}

/** The Asterisk that was to dial, as it is now. */
export interface NodeSight {
  /** It is the Asterisk that was to dial, and no other under its name; by its entityid. */
  same: boolean;
  /** The channel is there now. */
  live: boolean;
  /** How long this run of Asterisk has lasted. */
  upMs: number;
  /** How long ago its configuration was last loaded: what it logs can have changed then. */
  configuredMs: number;
  /** How long we have been connected to it without a break. */
  connectedMs: number;
}

export interface Evidence {
  /** How long ago the attempt was committed: no order went out before. */
  agoMs: number;
  /** We saw it ring or be answered, and only lost sight of it later. */
  seenToRing: boolean;
  /** Null: it cannot be asked now. */
  node: NodeSight | null;
  eventLog: EventLog;
  callRecord: CallRecord | null;
}

/** By what an unknown attempt was settled; "none": nothing will ever tell. Kept in attempt.evidence. */
export type SettledBy = "cel-hangup" | "cel-answer" | "cel-start" | "cel-absent" | "cdr" | "none";

export type Verdict =
  /** More may be known later. */
  | { kind: "wait"; because: string }
  | { kind: "not-dialled"; by: "cel-absent" }
  /** The order went out: it rang, or may have. */
  | {
      kind: "dialled";
      by: Exclude<SettledBy, "cel-absent" | "none">;
      answered: boolean;
      cause: number | null;
    }
  | { kind: "unknown"; by: "none"; because: string };

export interface EvidenceRules {
  /** What clocks, and the way from one machine to another, may differ by. */
  marginMs: number;
  /** An order may still be under way in a frozen Asterisk or a stalled network: none is proven away sooner than this. */
  quietMs: number;
  /** Likewise after a new connection: Asterisk first reads what the old one had left it. */
  connectedMs: number;
  /** With heartbeats every half minute, a log without a row for so long before the attempt was not being written. */
  silenceMs: number;
}

export const usualEvidenceRules: EvidenceRules = {
  marginMs: 5_000,
  quietMs: 180_000,
  connectedMs: 15_000,
  silenceMs: 95_000,
};

/** All on one machine: no network holds an order back. */
export const rehearsalEvidenceRules: EvidenceRules = { ...usualEvidenceRules, quietMs: 30_000 };

/** After so long nobody goes on asking. */
export const evidenceWithinMs = 24 * 3_600_000;

/** Pure. */
export function verdictOf(evidence: Evidence, rules: EvidenceRules = usualEvidenceRules): Verdict {
  const { node, eventLog, callRecord } = evidence;
  if (node?.live) return wait("the call is still up");
  const { events } = eventLog;
  const hungUp = events.find(({ kind }) => kind === "hung-up");
  const answered = events.some(({ kind }) => kind === "answered") || callRecord?.answered === true;
  if (answered) return { kind: "dialled", by: byOfAnswer(events), answered, cause: causeOf(hungUp) };
  if (hungUp) return { kind: "dialled", by: "cel-hangup", answered: false, cause: causeOf(hungUp) };
  if (callRecord) return { kind: "dialled", by: "cdr", answered: false, cause: callRecord.cause };
  if (events.length > 0) return startedOnly(evidence, rules);
  return verdictOfAbsence(evidence, rules);
}

const byOfAnswer = (events: WitnessedEvent[]) =>
  events.some(({ kind }) => kind === "answered") ? "cel-answer" : "cdr";

const causeOf = (event: WitnessedEvent | undefined): number | null =>
  event?.kind === "hung-up" ? event.cause : null;

/** It began, and no end is written: that comes in a moment, or was lost with the Asterisk that was to write it. */
function startedOnly({ node, eventLog, agoMs }: Evidence, rules: EvidenceRules): Verdict {
  const begun: Verdict = { kind: "dialled", by: "cel-start", answered: false, cause: null };
  if (node === null) return wait("Asterisk cannot be asked");
  if (node.upMs < agoMs + rules.marginMs) return begun;
  return eventLog.upToDate ? begun : wait("the event log is not up to date");
}

/** Exactly when "there is no row" means "it was not dialled": all of these, or it may have rung. */
function verdictOfAbsence(evidence: Evidence, rules: EvidenceRules): Verdict {
  const { agoMs, node, eventLog } = evidence;
  const sinceMs = agoMs + rules.marginMs;
  if (evidence.seenToRing) return never("it was seen to ring, and Asterisk's logs do not know it");
  if (node === null) return wait("Asterisk cannot be asked");
  if (!node.same) return wait("another Asterisk has its name now, or nobody knows which one it was");
  if (node.upMs < sinceMs) return never("Asterisk was restarted since, and what it had not written is lost");
  if (node.configuredMs < sinceMs) return never("Asterisk's configuration was loaded anew since");
  if (eventLog.unreadable !== null) return wait(eventLog.unreadable);
  if (!eventLog.upToDate) return wait("the event log is not up to date");
  if (eventLog.tornRows > 0) return never("the event log has torn rows");
  if (eventLog.lastBeforeMs === null) return never("the event log does not reach back to the call");
  if (eventLog.lastBeforeMs > sinceMs + rules.silenceMs) return never("the event log was not written then");
  if (agoMs < rules.quietMs) return wait("the order may still be under way");
  if (node.connectedMs < rules.connectedMs) return wait("an older connection may still be read");
  return { kind: "not-dialled", by: "cel-absent" };
}

const wait = (because: string): Verdict => ({ kind: "wait", because });
const never = (because: string): Verdict => ({ kind: "unknown", by: "none", because });

/** A channel that was to be dialled, by one Asterisk. */
export interface SoughtChannel {
  channelId: string;
  /** That Asterisk's own id, as it was then; null: it was not noted. */
  entityId: string | null;
  /** How long ago it was committed. */
  agoMs: number;
  seenToRing: boolean;
}

/** Whoever can say what became of a channel: one Asterisk with its logs. */
export interface CallWitness {
  /**
   * What is known of each, in the same order; never rejects: what cannot be found out is missing from the evidence.
   * `marginMs`: logs are read so much further back than the attempt.
   */
  testify(sought: readonly SoughtChannel[], marginMs: number): Promise<Evidence[]>;
}
