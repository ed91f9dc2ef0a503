/** Campaigns, visits, attempts and calls for the tests of postgres/: the usual case, with what a test wants different. */
import type { Pool } from "pg";
import type { NewCall } from "#call/ports.ts";
import type { CallingSpan } from "#campaign/calling-hours.ts";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import type { AttemptEnding, ClaimedAttempt, ImportedVisit } from "#campaign/ports.ts";
import { type FlowState, firstState } from "#flow/state.ts";
import { newId, newName } from "#lib/ids.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createLedger, type PostgresLedger } from "#postgres/ledger.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { createCiphers } from "#storage/ciphers.ts";

export const ciphers = createCiphers(Buffer.alloc(32, 7));

export const settings: CampaignSettings = {
  flow: "fft",
  language: "en-GB",
  offerLanguages: [],
  spokenName: "trust-name",
  callerNumber: "+441632960000",
  ringBackNumber: "+441632960001",
  callingHours: {
    timeZone: "Europe/London",
    days: { 1: ["09:00", "20:00"] },
    closedOn: ["2026-12-25"],
    holidays: null,
  },
  retryPolicy: { maxAttempts: 3, afterMinutes: { busy: 30, no_answer: 240 } },
  maxCalls: 20,
  callsPerSecond: 10,
  ringSeconds: 20,
  storyLimitSeconds: 180,
  callbacks: { tryAgainAfterMinutes: 15 },
  // Off, so that tests may use few numbers often; postgres-gates.test.ts has them on.
  numberOnceADay: false,
  contactBudget: null,
  maxCallsADay: null,
  maxCostADayPence: null,
  costPerMinutePence: 0,
  transfers: {},
  expiresAfterDays: 7,
};

/** One of the thousand mobile numbers kept for drama. */
export const dramaNumber = (index: number): string => `+447700900${String(index).padStart(3, "0")}`;

let lines = 1;

export function visit(different: Partial<ImportedVisit> = {}): ImportedVisit {
  lines += 1;
  const phone = different.phone ?? dramaNumber(lines % 1000);
  const visitRef = different.visitRef ?? `V${lines}`;
  return {
    line: lines,
    visitRef,
    phone,
    person: phone,
    givenName: null,
    visitAt: null,
    trust: null,
    site: null,
    ward: null,
    service: null,
    language: null,
    nhsNumber: null,
    doNotCallReason: null,
    visitStatus: null,
    extra: {},
    content: JSON.stringify([visitRef, phone]),
    ...different,
  };
}

export const importVisits = (pool: Pool, campaignId: string, list: ImportedVisit[]) =>
  createVisitLists(pool, ciphers).withImport(campaignId, (sink) => sink.addVisits(list));

/** A campaign that is running, inside its hours, with these visits. */
export async function runningCampaign(pool: Pool, list: ImportedVisit[] = []): Promise<Campaign> {
  const name = newName("campaign");
  const { id } = await createCampaign(pool, { name, trust: "RXX", unit: "all", rehearsal: true, settings });
  const campaign = await startCampaign(pool, name);
  await newLedger(pool).writePermittedSpans(id, [hoursAround(new Date())]);
  if (list.length > 0) await importVisits(pool, id, list);
  return campaign;
}

/** Permitted from an hour before to an hour after, which is also taken for the local day. */
export function hoursAround(moment: Date): CallingSpan {
  const span = { from: new Date(moment.getTime() - 3_600_000), to: new Date(moment.getTime() + 3_600_000) };
  return { ...span, day: span };
}

export const newLedger = (
  pool: Pool,
  options: {
    owner?: string;
    app?: string;
    leaseMs?: number;
    silentMs?: number;
    steadyMs?: number;
    watchMs?: number;
    onlyInstance?: boolean;
    callers?: ReadonlyMap<string, string>;
  } = {},
) =>
  createLedger(pool, {
    owner: newName("test"),
    ciphers,
    leaseMs: 60_000,
    silentMs: 60_000,
    steadyMs: 0,
    watchMs: 0,
    ...options,
  });

export const flowState = (different: object = {}): FlowState => ({
  ...firstState("fft", "greeting", { language: "en-GB" }),
  stepsEntered: 1,
  ...different,
});

export const ending = (different: Partial<AttemptEnding> = {}): AttemptEnding => ({
  disposition: "completed",
  cause: 16,
  sipCode: 200,
  counts: true,
  rang: true,
  contact: different.disposition === undefined,
  silent: false,
  numberRestsUntil: null,
  follows: { kind: "done" },
  promise: null,
  ...different,
});

export interface Dialled {
  ledger: PostgresLedger;
  campaign: Campaign;
  attempt: ClaimedAttempt;
}

/** One visit, claimed and committed: its telephone may be ringing. */
export async function dialled(pool: Pool, of: ImportedVisit = visit()): Promise<Dialled> {
  const campaign = await runningCampaign(pool, [of]);
  const ledger = newLedger(pool);
  const attempt = await dialAgain(ledger, campaign);
  return { ledger, campaign, attempt };
}

export async function dialAgain(ledger: PostgresLedger, campaign: Campaign): Promise<ClaimedAttempt> {
  const [attempt] = await ledger.claim(campaign, 1);
  if (!attempt) throw new Error("nothing to claim");
  const outcome = await ledger.commitToRing(attempt, campaign, "asterisk");
  if (outcome.kind === "refused") throw new Error(`refused: ${outcome.because}`);
  return attempt;
}

/** A call that was just answered. */
export async function begin(
  pool: Pool,
  attempt: ClaimedAttempt,
  different: Partial<NewCall> = {},
): Promise<string> {
  const id = newId();
  const state = flowState();
  await createCallLog(pool).begin({
    id,
    attemptId: attempt.id,
    flow: "fft",
    flowVersion: "0".repeat(64),
    release: null,
    answeredAt: new Date(),
    state,
    ...different,
  });
  return id;
}

/** What `survey_result` says of the visit, as node-postgres reads it. */
export async function resultRow(pool: Pool, attempt: ClaimedAttempt): Promise<Record<string, unknown>> {
  const { rows } = await pool.query("select * from survey_result where visit_id = $1", [attempt.visitId]);
  return rows[0];
}
