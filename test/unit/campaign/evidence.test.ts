import { describe, expect, test } from "vitest";
import {
  type Evidence,
  type EvidenceRules,
  type Verdict,
  verdictOf,
  type WitnessedEvent,
} from "#campaign/evidence.ts";

const rules: EvidenceRules = { marginMs: 5_000, quietMs: 180_000, connectedMs: 15_000, silenceMs: 95_000 };

interface Changes extends Partial<Omit<Evidence, "node" | "eventLog">> {
  node?: Partial<NonNullable<Evidence["node"]>> | null;
  eventLog?: Partial<Evidence["eventLog"]>;
}

/** Dialled four minutes ago on an Asterisk that is well, and of which no log knows anything. */
const evidence = ({ node, eventLog, ...changes }: Changes = {}): Evidence => ({
  ...{ agoMs: 240_000, seenToRing: false, callRecord: null },
  node:
    node === null
      ? null
      : {
          ...{ same: true, live: false, upMs: 3_600_000, configuredMs: 3_600_000, connectedMs: 600_000 },
          ...node,
        },
  eventLog: {
    ...{ events: [], unreadable: null, upToDate: true, lastBeforeMs: 260_000, tornRows: 0 },
    ...eventLog,
  },
  ...changes,
});
const events = (...list: WitnessedEvent[]) => ({ eventLog: { events: list } });
const started: WitnessedEvent = { kind: "started" };
const answered: WitnessedEvent = { kind: "answered" };
const hungUp = (cause: number | null): WitnessedEvent => ({ kind: "hung-up", cause });
const told = (verdict: Verdict): string =>
  verdict.kind === "dialled"
    ? `${verdict.by}${verdict.answered ? " answered" : ""} ${verdict.cause}`
    : verdict.kind === "not-dialled"
      ? verdict.kind
      : `${verdict.kind}: ${verdict.because}`;

test("no row, and every reason to believe that there would be one: it was not dialled", () => {
  expect(verdictOf(evidence(), rules)).toEqual({ kind: "not-dialled", by: "cel-absent" });
});

describe("a missing row proves nothing", () => {
  const cases: [string, Changes, string][] = [
    ["Asterisk is away", { node: null }, "wait: Asterisk cannot be asked"],
    ["the channel lives", { node: { live: true } }, "wait: the call is still up"],
    ["another Asterisk under its name", { node: { same: false } }, "wait: another Asterisk has its name"],
    ["a new run of Asterisk", { node: { upMs: 100_000 } }, "unknown: Asterisk was restarted"],
    ["one that began just before", { node: { upMs: 244_000 } }, "unknown: Asterisk was restarted"],
    ["its logging changed", { node: { configuredMs: 10_000 } }, "unknown: Asterisk's configuration"],
    ["no log", { eventLog: { unreadable: "the event log is not there" } }, "wait: the event log is not"],
    ["no heartbeat in it", { eventLog: { upToDate: false } }, "wait: the event log is not up to date"],
    ["a torn row", { eventLog: { tornRows: 1 } }, "unknown: the event log has torn rows"],
    ["rotated or emptied since", { eventLog: { lastBeforeMs: null } }, "unknown: the event log does not"],
    ["not written then", { eventLog: { lastBeforeMs: 350_000 } }, "unknown: the event log was not written"],
    ["an order still under way", { agoMs: 179_000 }, "wait: the order may still be under way"],
    ["a connection just made", { node: { connectedMs: 14_000 } }, "wait: an older connection"],
    ["it was seen to ring", { seenToRing: true }, "unknown: it was seen to ring"],
  ];
  test.each(cases)("%s", (_why, changes, verdict) => {
    expect(told(verdictOf(evidence(changes), rules))).toContain(verdict);
  });

  test("nor do several of these together", () => {
    for (const [, first] of cases) {
      for (const [, second] of cases) {
        const node = first.node === null || second.node === null ? null : { ...first.node, ...second.node };
        const eventLog = { ...first.eventLog, ...second.eventLog };
        const both = evidence({ ...first, ...second, node, eventLog });
        expect(verdictOf(both, rules).kind).not.toBe("not-dialled");
      }
    }
  });
});

test.each<[string, Changes, string]>([
  ["began", events(started), "cel-start null"],
  ["ended", events(started, hungUp(17)), "cel-hangup 17"],
  ["ended, and no word why", events(started, hungUp(null)), "cel-hangup null"],
  ["ended, its beginning torn away", events(hungUp(34)), "cel-hangup 34"],
  ["was answered", events(started, answered), "cel-answer answered null"],
  ["was answered and ended", events(started, answered, hungUp(16)), "cel-answer answered 16"],
  ["left half a row", events({ kind: "something" }), "cel-start null"],
  ["is in the list of calls", { callRecord: { answered: false, cause: 17 } }, "cdr 17"],
  ["is in the list as answered", { callRecord: { answered: true, cause: null } }, "cdr answered null"],
  [
    "ended, and the list knows that it was answered",
    { ...events(started, hungUp(16)), callRecord: { answered: true, cause: null } },
    "cdr answered 16",
  ],
  [
    "began in an Asterisk that was killed",
    { ...events(started), node: { upMs: 1_000 }, eventLog: { events: [started], upToDate: false } },
    "cel-start null",
  ],
  ["was seen to ring", { ...events(started, hungUp(19)), seenToRing: true }, "cel-hangup 19"],
])("a call that %s went out, whatever else is wrong with the log", (_how, changes, verdict) => {
  expect(told(verdictOf(evidence(changes), rules))).toBe(verdict);
  const spoilt = evidence({ ...changes, agoMs: 1_000 });
  Object.assign(spoilt.eventLog, { tornRows: 3, lastBeforeMs: null });
  expect(told(verdictOf(spoilt, rules))).toBe(verdict);
});

test.each<[string, Changes, string]>([
  ["lives", { ...events(started), node: { live: true } }, "wait: the call is still up"],
  ["began, and nobody can be asked", { ...events(started), node: null }, "wait: Asterisk cannot be asked"],
  [
    "began, and its end may not be written yet",
    { eventLog: { events: [started], upToDate: false } },
    "wait: the event log is not up to date",
  ],
])("a call that %s is not judged yet", (_how, changes, verdict) => {
  expect(told(verdictOf(evidence(changes), rules))).toBe(verdict);
});
