/** Whole surveys for the end-to-end tests: a rehearsal in a folder of its own, a list, and what came of it. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pool } from "pg";
import { expect } from "vitest";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { readWav } from "#lib/audio/wav.ts";
import { startCampaign } from "#postgres/campaigns.ts";
import type { SurveyResult } from "#postgres/results.ts";
import { readStory } from "#recording/a-law-wav.ts";
import { demoSettings } from "#rehearsal/demo/campaign.ts";
import { watch } from "#rehearsal/demo/watch.ts";
import type { Person } from "#rehearsal/people/person.ts";
import { Rehearsal, type RehearsalOptions } from "#rehearsal/rehearsal.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { openStoryFolder } from "#story-folder.ts";
import type { Invite } from "#verify/invites.ts";
import { verify } from "#verify/verify.ts";

const rehearsalKey = Buffer.alloc(32, 9);

/** Below the checkout, since a rehearsal's user must get to it; `remove` in afterAll. */
export function testFolder(name: string): { path: string; remove(): void } {
  const parent = repositoryFile(".hearback/test");
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, `${name}-`));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 20 }) };
}

/** "V-013" is the visit of +44...013: a reference that tells who it is. */
export const refOf = (number: string): string => `V-${number.slice(-3)}`;

/** As a trust would hand it in. Each number has a name of its own, so that a log can be searched for it. */
export const listOf = (numbers: readonly string[]): string =>
  [
    "visit_ref,phone,given_name",
    ...numbers.map((number) => `${refOf(number)},${number},${nameOf(number)}`),
  ].join("\n");

export const nameOf = (number: string): string => `Quillon${number.slice(-3)}`;

export interface Survey {
  rehearsal: Rehearsal;
  campaign: Campaign;
  dir: string;
  stop(): Promise<void>;
}

export interface SurveyOptions extends Partial<Omit<RehearsalOptions, "dir">> {
  name: string;
  settings?: Partial<CampaignSettings>;
  callsPerSecond?: number;
  /** When all has stopped, before the folder goes. */
  cleanUp?: () => Promise<unknown>;
}

/** Everything is up and the list is in; `callAll` rings. */
export async function prepareSurvey(numbers: readonly string[], options: SurveyOptions): Promise<Survey> {
  const { name, settings, callsPerSecond = 4, maxCalls = 40, cleanUp = async () => {}, ...rest } = options;
  const folder = testFolder(name);
  const stop: (() => unknown)[] = [folder.remove, cleanUp];
  const undo = async () => {
    const faults: unknown[] = [];
    for (const step of stop.splice(0).toReversed())
      await Promise.try(step).catch((thrown) => faults.push(thrown));
    if (faults.length > 0) throw faults[0];
  };
  try {
    const rehearsal = await Rehearsal.start({
      ...{ dir: folder.path, dataKey: rehearsalKey, maxCalls, resume: false, ...rest },
    });
    stop.push(() => rehearsal.stop());
    const demo = demoSettings({ ...demoOptions, maxCalls, callsPerSecond });
    const campaign = await rehearsal.createCampaign(name, { ...demo, ...settings });
    const list = Buffer.from(listOf(numbers));
    const report = await rehearsal.importList(
      campaign,
      (async function* () {
        yield list;
      })(),
    );
    expect(report).toMatchObject({ kind: "imported", added: numbers.length });
    // Whatever a test looks for, nothing else may have gone wrong beside it.
    stop.push(() => expectVerified(rehearsal));
    return { rehearsal, campaign, dir: folder.path, stop: undo };
  } catch (thrown) {
    await undo();
    throw thrown;
  }
}

/** `hearback verify` over all that happened, the far end's own word for what rang included. */
async function expectVerified({ pool, network, ciphers, stories }: Rehearsal): Promise<void> {
  const farEnd = network.carrier ? { farEnd: { invites: ringsOf(network.carrier.dir), ciphers } } : {};
  const options = { pool, storyFolder: stories, settled: false, now: new Date(), ...farEnd };
  const found = await verify(options, () => {});
  expect(
    found.filter(({ broken }) => broken > 0),
    "what hearback verify tells",
  ).toEqual([]);
}

const demoOptions = {
  ...{ exit: true, resume: false, json: null, contacts: null, farEnd: null, databaseUrl: null, state: null },
  ...{ maxCalls: 40, callsPerSecond: 4, allowNumbers: [] },
};

/** Rings everybody and waits until the last story has its words. */
export async function callAll({ rehearsal, campaign }: Survey, withinMs: number): Promise<void> {
  await rehearsal.app.start();
  await startCampaign(rehearsal.pool, campaign.name);
  await untilOver({ rehearsal, campaign }, withinMs);
}

/** The visits that are not over, each with the step of its call; and the work that waits. */
const whatIsLeft = `
  select right(v.visit_ref, 3) as what, v.status, a.state, k.flow_state ->> 'step' as step, k.ended_at is not null as ended
  from visit v left join attempt a on a.visit_id = v.id left join call k on k.attempt_id = a.id where v.status <> 'done'
  union all select task_identifier, count(*)::text, null, null, null from graphile_worker.jobs group by 1`;

export async function untilOver(
  { rehearsal, campaign }: Pick<Survey, "rehearsal" | "campaign">,
  withinMs: number,
): Promise<void> {
  const over = await watch({
    ...{ pool: rehearsal.pool, campaign, numbers: new Map() },
    board: { show() {}, say() {}, stop() {} },
    signal: AbortSignal.timeout(withinMs),
  });
  const left = over ? [] : (await rehearsal.pool.query(whatIsLeft)).rows;
  expect(left, `everybody has been called within ${withinMs} ms`).toEqual([]);
  expect(over).toBe(true);
}

/** Rows of survey_result by visit reference. */
export async function resultsByRef({ rehearsal, campaign }: Survey): Promise<Map<string, SurveyResult>> {
  const results = await rehearsal.results(campaign.name);
  return new Map(results.map((result) => [result.visit_ref, result]));
}

export async function query<T>({ rehearsal }: Survey, sql: string, values: unknown[] = []): Promise<T[]> {
  return (await rehearsal.pool.query(sql, values)).rows as T[];
}

/** Everything that happened to one visit, as the tables tell it. */
export interface Traces {
  attempts: AttemptTrace[];
  calls: CallTrace[];
  keys: KeyTrace[];
  stories: StoryTrace[];
  optOuts: { scope: string; source: string; revoked: boolean }[];
  callbacks: { state: string; due: Date; tries: number }[];
}
export interface AttemptTrace {
  number: number;
  reason: string;
  state: string;
  disposition: string;
  counts: boolean;
  dialed_at: Date;
  answered_at: Date | null;
  ended_at: Date;
  channel_id: string;
}
export interface CallTrace {
  id: string;
  disposition: string;
  ended_by: string;
  rating: number | null;
  share_consent: boolean | null;
  machine_by: string | null;
  machine_false_alarm: boolean | null;
  answered_at: Date;
  ended_at: Date;
}
export interface KeyTrace {
  digit: string;
  step: string;
  pressed_at: Date;
  written_at: Date;
  sequence: number;
}
export interface StoryTrace {
  id: string;
  take: number;
  state: string;
  audio: string;
  discarded_because: string | null;
  uri: string | null;
  sha256: string | null;
  duration_ms: number | null;
  truncated: boolean | null;
  parts: string[];
}

export async function tracesOf(survey: Survey, visitRef: string): Promise<Traces> {
  const of = <T>(sql: string) => query<T>(survey, sql, [visitRef]);
  const visit = "visit_id = (select id from visit where visit_ref = $1)";
  const calls = `call_id in (select id from call where ${visit})`;
  const [attempts, callRows, keys, stories, optOuts, callbacks] = await Promise.all([
    of<AttemptTrace>(`select * from attempt where ${visit} order by number`),
    of<CallTrace>(`select * from call where ${visit} order by answered_at`),
    of<KeyTrace>(
      `select k.* from key_press k join call c on c.id = call_id where ${calls} order by answered_at, k.sequence`,
    ),
    of<StoryTrace>(
      `select s.*, (select array_agg(r.name order by r.part) from recording r where r.story_id = s.id) as parts
       from story s where ${visit} order by s.created_at, take`,
    ),
    of<Traces["optOuts"][number]>(
      `select scope, source, revoked_at is not null as revoked from opt_out where ${calls} order by scope`,
    ),
    of<Traces["callbacks"][number]>(
      `select state, due, tries from callback where ${visit} order by asked_at`,
    ),
  ]);
  return { attempts, calls: callRows, keys, stories, optOuts, callbacks };
}

// ---- sound ----------------------------------------------------------------------------------------------------

/** What a pretend person says: a file of people/stories/. */
export const spoken = (sound: string): Int16Array =>
  readWav(readFileSync(repositoryFile(`src/rehearsal/people/stories/${sound}.wav`))).samples;

/** What was kept, from the place that the database names, opened. @param dataKey that of the rehearsal, if not ours */
export async function storedAudio(
  pool: Pool,
  uri: string,
  dataKey: Buffer = rehearsalKey,
): Promise<Int16Array> {
  const path = fileURLToPath(uri);
  const storyFolder = dirname(dirname(path));
  const { storeOn } = await openStoryFolder({ storyFolder, dataKey, masterKey: null, oldMasterKeys: [] });
  return readStory(storeOn(pool), basename(path, ".sealed"));
}

/** A hang-up may cut the last frame, 20 ms, in two. */
const frame = 160;

/** Where each of these begins in what was kept, in seconds; each must be there whole, and like the original. */
export function expectSpoken(stored: Int16Array, sounds: readonly (string | Int16Array)[]): number[] {
  return sounds.map((sound) => {
    const sought = typeof sound === "string" ? spoken(sound) : sound;
    const name = typeof sound === "string" ? sound : "the sound";
    const { correlation, offsetSamples } = findWithin(sought, stored, { overlap: 0.9 });
    expect(correlation, `${name} in what was kept`).toBeGreaterThan(0.99);
    const begin = offsetSamples / 8000;
    expect(offsetSamples, `${name} begins ${begin} s into what was kept`).toBeGreaterThanOrEqual(0);
    expect(
      offsetSamples + sought.length,
      `${name} ends within the ${stored.length} samples that were kept`,
    ).toBeLessThan(stored.length + frame);
    return begin;
  });
}

// ---- what really happened at the far end --------------------------------------------------------------------

/** A call as the carrier's own record has it, whatever Hearback believes. */
export interface CarrierCall {
  number: string;
  startedAt: Date;
  answered: boolean;
}

/** cdr-csv: accountcode, src, dst, context, clid, channel, dstchannel, lastapp, lastdata, start, answer, end ... */
export function carrierCalls(cdrFile: string): CarrierCall[] {
  if (!existsSync(cdrFile)) return [];
  return readFileSync(cdrFile, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const cells = [...line.matchAll(/"((?:[^"]|"")*)"|([^,]+)|(?<=,)(?=,|$)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? "",
      );
      const [start = "", answer = ""] = cells.slice(9, 11);
      return { number: cells[2] ?? "", startedAt: new Date(`${start}Z`), answered: answer !== "" };
    });
}

/** Numbers whose telephone rang, in order, by the carrier's log: a line is there at once, whoever is killed then. */
export const telephonesThatRang = (carrierFolder: string): string[] =>
  [
    ...readFileSync(join(carrierFolder, "log/messages"), "utf8").matchAll(/the telephone of (\+\d+) rings/g),
  ].map(([, number]) => number!);

/** The same with their times, which the carrier writes by the clock on the wall; one for each INVITE. */
export async function* ringsOf(carrierFolder: string): AsyncGenerator<Invite> {
  const log = readFileSync(join(carrierFolder, "log/messages"), "utf8");
  for (const [, time, number, callId] of log.matchAll(
    /^\[([^\]]+)\].*the telephone of (\+\d+) rings: (\S+)/gm,
  ))
    yield { at: new Date(time!), number: number!, callId: callId! };
}

export const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

export const personOf = (people: readonly Person[], tail: string): Person => {
  const found = people.find(({ number }) => number.endsWith(tail));
  if (!found) throw new Error(`there is nobody at ...${tail}`);
  return found;
};
