/**
 * Walks every branch of every flow of a release as pretend callers do, on an Asterisk of its own with the release's own
 * sounds, and compares what they heard. No database, no patient, no trunk: everything is on loopback, on ports that were
 * free, in a folder that is taken away afterwards.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { createAriTelephone } from "#asterisk/ari-telephone.ts";
import type { Audio } from "#call/line.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { digestOf, type ReleaseFiles } from "#release/files.ts";
import { installByContent, installPauses, pauseName } from "#storage/telephone-prompts.ts";
import { testFlows } from "#walk/test-flows.ts";
import type { Ivr } from "../asterisk/ivr.ts";
import { startNetwork } from "../network.ts";
import { repositoryFile } from "../repository.ts";
import { CallerExchange } from "./caller-exchange.ts";
import { type Plan, type PlannedWalk, planWalks } from "./plan.ts";
import { type ReleaseSounds, soundsOf } from "./sounds.ts";
import { type WalkResult, walkCall } from "./walk-call.ts";

export interface WalkReport {
  /** Of the files that were walked (release/files.ts). */
  digest: string;
  /** Every branch was walked, and every caller heard what they should have. */
  passed: boolean;
  begunAt: string;
  durationMs: number;
  walks: WalkResult[];
  /** Branches to which no walk leads, a sentence each. */
  uncovered: string[];
  /** Branches that only calls take which no pretend telephone can make, such as to staff; their flow tests pass. */
  onPaperOnly: string[];
  /** Why there was no walk at all: the flow tests fail. */
  obstacles: string[];
}

export interface WalkProgress {
  /** Calls in all, those that have ended, and of them those with a fault. */
  walks: number;
  done: number;
  failed: number;
  /** Something to tell whoever waits. */
  line?: string;
}

export interface WalkOptions {
  onProgress?(progress: WalkProgress): void;
  signal?: AbortSignal;
  /** Asked before each call: false while live calls need the machine. */
  mayGoOn?(): boolean;
  /** Only these flows; a report of fewer than all is not one for publishing. */
  flows?: readonly string[];
  /** Given Asterisk's folder of sounds once all are in it: for trying whether a wrong one is found. */
  tamper?(soundsFolder: string): void;
}

/** So many at once: a walk is a call in real time, and takes a fiftieth of a core. */
const atOnce = 40;
const fewAtOnce = 6;
const apartMs = 150;
const askAgainMs = 1_000;

export async function walkOnRehearsal(files: ReleaseFiles, options: WalkOptions = {}): Promise<WalkReport> {
  const { signal = new AbortController().signal, flows = [] } = options;
  const begun = performance.now();
  const report: WalkReport = {
    ...{ digest: digestOf(files), passed: false, begunAt: new Date().toISOString(), durationMs: 0 },
    ...{ walks: [], uncovered: [], onPaperOnly: [], obstacles: await obstaclesIn(files, flows) },
  };
  if (report.obstacles.length === 0) {
    const sounds = soundsOf(files);
    const plan = await planWalks(files, sounds, flows);
    report.uncovered = plan.uncovered;
    report.onPaperOnly = plan.onPaperOnly;
    report.walks = await walkAll(files, plan, sounds, { ...options, signal });
    report.passed = report.uncovered.length === 0 && report.walks.every(({ passed }) => passed);
  }
  return { ...report, durationMs: Math.round(performance.now() - begun) };
}

/** What fails on paper already needs no telephone. */
async function obstaclesIn(files: ReleaseFiles, only: readonly string[]): Promise<string[]> {
  const results = (await testFlows(files)).filter(({ flow }) => only.length === 0 || only.includes(flow));
  const failed = results.filter(({ passed }) => !passed).map(({ flow }) => flow);
  if (results.length === 0) return ["there is no flow"];
  return failed.map((flow) => `the tests of ${flow} fail, or leave branches out: hearback flow test ${flow}`);
}

async function walkAll(
  files: ReleaseFiles,
  plan: Plan,
  sounds: ReleaseSounds,
  options: WalkOptions & { signal: AbortSignal },
): Promise<WalkResult[]> {
  const tell = (line: string) => options.onProgress?.({ walks: plan.walks.length, done: 0, failed: 0, line });
  const undo: (() => unknown)[] = [];
  try {
    const dir = ownFolder();
    undo.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }));
    const exchange = await CallerExchange.open();
    undo.push(() => exchange.close());
    const farEnd = { host: "127.0.0.1", port: exchange.port };
    const network = await startNetwork({ dir, maxCalls: atOnce, farEnd, progress: tell });
    undo.push(() => network.stop());
    installByContent(files, network.ivr.soundsDir);
    installPauses(join(network.ivr.soundsDir, "hearback"));
    options.tamper?.(network.ivr.soundsDir);
    const { connection, telephone } = connect(network.ivr);
    undo.push(() => connection.stop());
    undo.push(() => telephone.close());
    await connection.start();
    const book = promptBook(files, { watch: { fellBack: () => {}, missing: () => {} }, rehearsal: true });
    const dial = (order: Parameters<typeof telephone.dial>[0]) => telephone.dial(order, () => {});
    const house = { plan, sounds, book, exchange, dial, signal: options.signal };
    const results = await inTurn(plan.walks, options, atOnce, (walk, i) =>
      walkCall(house, walk, numberOf(i)),
    );
    return await againWhereFailed(plan.walks, results, options, (walk, i) =>
      walkCall(house, walk, numberOf(i)),
    );
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

/**
 * At the lowest priority a busy machine drops sound, as no live call does: what failed is walked once more, few at once.
 * A sound that is wrong is wrong again.
 */
async function againWhereFailed(
  walks: readonly PlannedWalk[],
  results: readonly WalkResult[],
  options: WalkOptions & { signal: AbortSignal },
  make: (walk: PlannedWalk, i: number) => Promise<WalkResult>,
): Promise<WalkResult[]> {
  const failed = walks.filter((_, i) => !results[i]!.passed);
  if (failed.length === 0) return [...results];
  const tell = (progress: WalkProgress) =>
    options.onProgress?.({ ...progress, line: `once more, ${progress.line ?? ""}` });
  const again = await inTurn(failed, { ...options, onProgress: tell }, fewAtOnce, make);
  return walks.map((walk, i) => again[failed.indexOf(walk)] ?? results[i]!);
}

/** One after the other a moment apart, so many at once, and none while live calls need the machine. */
async function inTurn(
  walks: readonly PlannedWalk[],
  { onProgress, signal, mayGoOn = () => true }: WalkOptions & { signal: AbortSignal },
  most: number,
  make: (walk: PlannedWalk, i: number) => Promise<WalkResult>,
): Promise<WalkResult[]> {
  const results: WalkResult[] = [];
  const going = new Set<Promise<void>>();
  const tell = (line?: string) => {
    const failed = results.filter(({ passed }) => !passed).length;
    onProgress?.({ walks: walks.length, done: results.length, failed, ...(line ? { line } : {}) });
  };
  for (const [i, walk] of walks.entries()) {
    while (going.size >= most) await Promise.race(going);
    if (!mayGoOn()) tell("waiting: live calls have the machine");
    while (!mayGoOn()) await systemClock.wait(askAgainMs, signal);
    if (signal.aborted) throw new AppError("walk_stopped", "The walk was stopped.");
    const one = make(walk, i).then((result) => {
      results.push(result);
      going.delete(one);
      tell(`${result.passed ? "passed" : "FAILED"}: ${result.flow}, ${result.name}`);
    });
    going.add(one);
    await systemClock.wait(apartMs, signal);
  }
  await Promise.all(going);
  if (signal.aborted) throw new AppError("walk_stopped", "The walk was stopped.");
  const order = new Map(walks.map(({ flow, script }, i) => [`${flow.flow} ${script.name}`, i]));
  const place = ({ flow, name }: WalkResult) => order.get(`${flow} ${name}`) ?? 0;
  return results.toSorted((a, b) => place(a) - place(b));
}

/** Of the range that is nobody's (Ofcom's numbers for drama). */
const numberOf = (i: number): string => `+447700900${String(i % 1000).padStart(3, "0")}`;

/** Below the checkout, since the user that Asterisk runs as must get to it. */
function ownFolder(): string {
  const parent = repositoryFile(".hearback/walks");
  mkdirSync(parent, { recursive: true });
  const dir = mkdtempSync(join(parent, "walk-"));
  chmodSync(dir, 0o755);
  return dir;
}

function connect(ivr: Ivr) {
  const access = { url: ivr.ariUrl, user: ivr.ariUser, password: ivr.ariPassword, app: newName("walk") };
  const shared = { clock: systemClock, logger: silentLogger };
  const connection = new AriConnection({ ...access, ...shared });
  const telephone = createAriTelephone({ ...{ connection, trunk: "trunk" }, ...shared, mediaOf });
  return { connection, telephone };
}

function mediaOf(audio: Audio): string[] {
  if ("recording" in audio) return [`recording:${audio.recording}`];
  return ["sound" in audio ? `sound:${audio.sound}` : `sound:hearback/${pauseName(audio.pauseMs)}`];
}
