/** The rest of the pretend database: calls as postgres/calls.ts keeps them, lists, opt-outs, and what staff do. */
import type { CallLog, CallStep } from "#call/ports.ts";
import type { Campaign, NewCampaign } from "#campaign/campaign.ts";
import { stopsPerson } from "#campaign/contact.ts";
import { expiryOf } from "#campaign/expiry.ts";
import type { ImportedVisit, VisitsAdded } from "#campaign/ports.ts";
import type { PromiseBook } from "#campaign/promises.ts";
import type { Effect } from "#flow/state.ts";
import { AppError } from "#lib/errors.ts";
import { createMemoryLedger } from "./memory-ledger.ts";
import {
  type CallRow,
  isOpen,
  MemoryRows,
  madeInTime,
  type PromiseRow,
  type VisitRow,
} from "./memory-rows.ts";
import type { Office, Standing } from "./office.ts";

/** @param now the pretend database's clock, milliseconds */
export function createMemoryOffice(now: () => number): Office {
  const rows = new MemoryRows(now);
  return {
    ledger: (owner, leaseMs) => createMemoryLedger(rows, { owner, leaseMs }),
    calls: createCalls(rows),
    promises: createPromises(rows),
    create: async (campaign) => create(rows, campaign),
    campaign: async (id) => rows.campaigns.get(id)?.campaign ?? null,
    move: async ({ id }, status) => {
      const row = rows.campaigns.get(id)!;
      row.campaign = { ...row.campaign, status };
    },
    add: async (campaignId, visits) => add(rows, campaignId, visits),
    idsOf: async (campaignId, refs) =>
      new Map(refs.map((ref) => [ref, rows.byRef.get(`${campaignId} ${ref}`)!.id])),
    optOut: async (phone) =>
      rows.addOptOut({ phone, person: null, scope: "number", callId: null, source: "staff", revoked: false }),
    moveVisit: async (id, how) => moveVisit(rows, id, how),
    stopAll: async (stopped) => {
      rows.stopped = stopped;
    },
    standing: async () => standing(rows),
  };
}

function create(rows: MemoryRows, campaign: NewCampaign): Campaign {
  const created: Campaign = { ...campaign, id: rows.newId("c").id, status: "running" };
  rows.campaigns.set(created.id, { campaign: created, spans: [], cappedUntilMs: 0 });
  return created;
}

/** No list of a simulation comes again with another content; so none stops a visit. */
function add(rows: MemoryRows, campaignId: string, visits: ImportedVisit[]): VisitsAdded {
  const outcome: VisitsAdded = { added: 0, same: 0, stopped: 0, ringing: 0, differ: [] };
  const { settings } = rows.campaigns.get(campaignId)!.campaign;
  const nowMs = rows.now();
  for (const visit of visits) {
    const key = `${campaignId} ${visit.visitRef}`;
    const before = rows.byRef.get(key);
    if (stopsPerson(visit)) {
      const { person } = visit;
      rows.addOptOut({
        phone: null,
        person,
        scope: "person",
        callId: null,
        source: "import",
        revoked: false,
      });
    }
    if (before?.content === visit.content) outcome.same += 1;
    else if (before && (visit.visitStatus || visit.doNotCallReason))
      throw new AppError("not_simulated", "Lists that stop visits of earlier ones are not simulated.");
    else if (before) outcome.differ.push(visit.line);
    if (before) continue;
    if (visit.visitStatus)
      throw new AppError("not_simulated", "Lists that hold or withdraw are not simulated.");
    outcome.added += 1;
    const expiresAtMs = expiryOf(visit, settings, new Date(nowMs)).getTime();
    const suppressed = visit.doNotCallReason !== null || rows.suppressed(visit.phone, visit.person);
    const expired = !suppressed && expiresAtMs <= nowMs;
    const row: VisitRow = {
      ...{ ...rows.newId("v"), campaignId, visitRef: visit.visitRef, content: visit.content },
      ...{ phone: visit.phone, person: visit.person, byNumber: !visit.nhsNumber && !visit.givenName },
      status: suppressed || expired ? "done" : "due",
      disposition: suppressed ? "suppressed" : expired ? "expired" : "pending",
      ...{ notBeforeMs: nowMs, nextReason: "first", nextAgain: false, expiresAtMs },
      ...{ attempts: 0, tried: 0, uncountedInARow: 0, rows: [] },
    };
    rows.visits.set(row.id, row);
    rows.byRef.set(key, row);
    if (row.status === "due") rows.queue(row);
  }
  return outcome;
}

/** As postgres/visit-desk.ts. */
function moveVisit(rows: MemoryRows, id: string, how: "hold" | "release" | "withdraw"): boolean {
  const visit = rows.visits.get(id)!;
  const to = ({ hold: "held", release: "due", withdraw: "withdrawn" } as const)[how];
  const from = { hold: ["due", "calling"], release: ["held"], withdraw: ["due", "calling", "held"] }[how];
  if (visit.status === to) return true;
  if (!from.includes(visit.status)) return false;
  if (visit.status === "calling") {
    const open = visit.rows.filter((row) => isOpen(row) || row.state === "unknown");
    if (open.some(({ state }) => state !== "intent")) return false;
    for (const row of open) {
      row.refusedBecause = `visit-${to}`;
      rows.closeAttempt(row, "refused");
    }
  }
  visit.status = to;
  if (to === "due") rows.queue(visit);
  if (to === "withdrawn") for (const promise of rows.promised(visit)) promise.state = "withdrawn";
  return true;
}

function createCalls(rows: MemoryRows): CallLog {
  return {
    begin: async ({ id, attemptId, answeredAt, state }) => {
      const attempt = rows.attempts.get(attemptId);
      if (!attempt || attempt.state === "intent" || attempt.state === "refused")
        throw new AppError("call_not_committed", "A call was answered that was never committed.", { id });
      if (attempt.state === "dialing") {
        attempt.state = "live";
        attempt.answeredAtMs = answeredAt.getTime();
      }
      const call: CallRow = { id, attempt, sequence: 0, flowState: state, over: false, ended: null };
      if (!rows.calls.has(id)) rows.calls.set(id, call);
      attempt.call ??= call;
    },
    keep: async (step) => keep(rows, step),
    partBegun: async () => {},
    partEnded: async () => {},
    end: async ({ id, disposition, endedBy }) => {
      const call = rows.calls.get(id);
      if (!call || call.over) return;
      call.over = true;
      call.ended = endedBy === "fault" ? null : disposition;
    },
  };
}

function keep(rows: MemoryRows, { callId, sequence, state, effects }: CallStep): void {
  const call = rows.calls.get(callId);
  if (!call) throw new AppError("call_missing", "A step belongs to a call that was never begun.", { callId });
  if (call.sequence >= sequence) return;
  call.sequence = sequence;
  call.flowState = state;
  for (const effect of effects) apply(rows, call, effect, state.confirmed);
}

/** As postgres/call-effects.ts, as far as dialling goes by it. */
function apply(rows: MemoryRows, call: CallRow, effect: Effect, confirmed: boolean): void {
  const { visit, reason } = call.attempt;
  const { phone, person } = visit;
  const callId = call.id;
  if (effect.kind === "opt-out") {
    rows.addOptOut({ phone, person: null, scope: "number", callId, source: "key", revoked: false });
    if (confirmed)
      rows.addOptOut({ phone: null, person, scope: "person", callId, source: "key", revoked: false });
  } else if (effect.kind === "undo-opt-out") {
    for (const row of rows.optOuts) if (row.callId === callId && row.source === "key") row.revoked = true;
  } else if (effect.kind === "wrong-person") {
    rows.addOptOut({ phone, person, scope: "pair", callId, source: "wrong_person", revoked: false });
  } else if (effect.kind === "callback") {
    for (const promise of rows.promised(visit)) {
      const called = reason === "callback" && promise.callId !== callId;
      promise.state = !called ? "withdrawn" : madeInTime(promise) ? "kept" : "broken";
      promise.tries += Number(called);
    }
    const { id } = rows.newId("p");
    const promise = {
      id,
      askedAtMs: rows.now(),
      visit,
      callId,
      dueMs: Date.parse(effect.at),
      state: "promised",
      tries: 0,
    } as const;
    rows.promises.set(visit.id, [...(rows.promises.get(visit.id) ?? []), { ...promise }]);
  }
}

/** As postgres/promise-book.ts. */
function createPromises(rows: MemoryRows): PromiseBook {
  const calling = ({ visit, askedAtMs }: PromiseRow) =>
    visit.rows.some(
      ({ reason, state, dialedAtMs }) =>
        reason === "callback" &&
        (state === "dialing" || state === "live" || state === "unknown") &&
        (dialedAtMs ?? 0) >= askedAtMs,
    );
  const open = () => [...rows.promises.values()].flat().filter(({ state }) => state === "promised");
  return {
    standing: async () => {
      const now = new Date(rows.now());
      const due = open().filter(({ dueMs }) => dueMs <= now.getTime());
      return {
        now,
        promises: due.map((row) => ({
          ...{ id: row.id, due: new Date(row.dueMs), tries: row.tries },
          calling: calling(row),
        })),
      };
    },
    writeBroken: async (ids) => {
      const broken = open().filter((row) => ids.includes(row.id) && row.tries === 0 && !calling(row));
      for (const row of broken) row.state = "broken";
      return broken.length;
    },
  };
}

function standing(rows: MemoryRows): Standing {
  const open = [...rows.open].map(({ id, visit, state }) => ({ id, visitId: visit.id, state }));
  const promises = [...rows.promises.values()]
    .flat()
    .map(({ visit, dueMs, state }) => ({ visitId: visit.id, dueMs, state }));
  return { visits: [...rows.visits.values()], promises, open };
}
