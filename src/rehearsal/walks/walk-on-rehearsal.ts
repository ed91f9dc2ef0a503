/**
 * Walks every branch of every flow of a release as pretend callers do, on an Asterisk of its own with the release's own
 * sounds, and compares what they heard. No database, no patient, no trunk: everything is on loopback, on ports that were
 * free, in a folder that is taken away afterwards.
 */
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { createAriTelephone } from "#asterisk/ari-telephone.ts";
import type { Audio } from "#call/line.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { digestOf, type ReleaseFiles } from "#release/files.ts";
import type { WalksReport } from "#release/walk-report.ts";
import { installByContent, installPauses, pauseName } from "#storage/telephone-prompts.ts";
import { testFlows } from "#walk/test-flows.ts";
import type { Ivr } from "../asterisk/ivr.ts";
import { startNetwork } from "../network.ts";
import { repositoryFile } from "../repository.ts";
import { CallerExchange } from "./caller-exchange.ts";
import { openComparing } from "./compare-beside.ts";
import { type AsteriskWanted, findAsterisk } from "./find-asterisk.ts";
import { assertNotStopped, untilItMayGoOn, type WalkProgress, waitingWords, walkInTurn } from "./in-turn.ts";
import { type Plan, planWalks } from "./plan.ts";
import { promptsHeard } from "./prompts-heard.ts";
import { type ReleaseSounds, soundsOf } from "./sounds.ts";
import { asWalked, hasOwnHooks, layHouseFiles, refusedByGuard } from "./surroundings.ts";
import { telephoneHooks } from "./telephone-hooks.ts";
import { walkCall } from "./walk-call.ts";

export interface WalkOptions {
  onProgress?: ((progress: WalkProgress) => void) | undefined;
  signal?: AbortSignal;
  /** Asked before anything begins, and before each call: false while live calls need the machine. */
  mayGoOn?: (() => boolean | Promise<boolean>) | undefined;
  /** Only these flows; a report of fewer than all is not one for publishing. */
  flows?: readonly string[];
  /** Which Asterisk; the checkout's own, downloaded where it is not there yet, if not given. */
  asterisk?: AsteriskWanted | undefined;
  /** Told once all is in place, before the first call: for trying whether what is wrong is found. */
  tamper?(house: { soundsFolder: string; plan: Plan }): void;
}

/** Ports are set aside for so many calls at once. */
const mostCalls = 40;

/** @throws AppError walk_stopped; where no Asterisk can be had or comes up, what kept it from that */
export async function walkOnRehearsal(files: ReleaseFiles, options: WalkOptions = {}): Promise<WalksReport> {
  const { signal = new AbortController().signal, flows = [] } = options;
  const begun = performance.now();
  /** What is done on paper takes many seconds at a stretch: meanwhile an order to stop would not even be read. */
  const pause = async () => {
    await turn();
    assertNotStopped(signal);
  };
  const report: WalksReport = {
    ...{ digest: digestOf(files), passed: false, begunAt: new Date().toISOString(), durationMs: 0 },
    ...{
      walks: [],
      prompts: [],
      goldenCalls: [],
      uncovered: [],
      onPaperOnly: [],
      obstacles: await obstaclesIn(files, flows, pause),
    },
  };
  if (report.obstacles.length === 0) {
    const sounds = soundsOf(files);
    const plan = await planWalks(files, sounds, { only: flows, pause });
    report.uncovered = plan.uncovered;
    report.onPaperOnly = plan.onPaperOnly;
    Object.assign(report, await walkAll(files, plan, sounds, { ...options, signal }));
    const passed = plan.walks.filter((_, i) => report.walks[i]?.passed);
    report.prompts = promptsHeard(plan.recordings, passed);
    const nothingElse = report.uncovered.length === 0 && report.obstacles.length === 0;
    report.passed = nothingElse && report.walks.every(({ passed }) => passed);
  }
  return { ...report, durationMs: Math.round(performance.now() - begun) };
}

/** What fails on paper already needs no telephone; and what the guard refuses is given to none. */
async function obstaclesIn(
  files: ReleaseFiles,
  only: readonly string[],
  pause: () => Promise<void>,
): Promise<string[]> {
  const refused = refusedByGuard(files);
  const tested = await testFlows(files, pause);
  const results = tested.filter(({ flow }) => only.length === 0 || only.includes(flow));
  const failed = results.filter(({ passed }) => !passed).map(({ flow }) => flow);
  if (results.length === 0) return [...refused, "there is no flow"];
  return [
    ...refused,
    ...failed.map((flow) => `the tests of ${flow} fail, or leave branches out: hearback flow test ${flow}`),
  ];
}

async function walkAll(
  files: ReleaseFiles,
  plan: Plan,
  sounds: ReleaseSounds,
  options: WalkOptions & { signal: AbortSignal },
): Promise<Pick<WalksReport, "walks" | "goldenCalls" | "obstacles">> {
  const { signal, onProgress, mayGoOn, flows = [] } = options;
  const tell = (line: string) => onProgress?.({ walks: plan.walks.length, done: 0, failed: 0, line });
  const turns = { signal, onProgress, mayGoOn, clock: systemClock };
  const before = () => untilItMayGoOn(turns, () => tell(waitingWords));
  await before();
  const undo: (() => unknown)[] = [];
  try {
    const packages = await findAsterisk(options.asterisk ?? { folder: null, mayDownload: true }, tell);
    const dir = ownFolder();
    undo.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }));
    const exchange = await CallerExchange.open();
    undo.push(() => exchange.close());
    const { punctuality } = exchange;
    const makeFolder = () => folderIn(dir);
    // A walk of some flows is for whoever mends them: it is not one for publishing.
    const { calls: goldenCalls, obstacles } =
      hasOwnHooks(files) && flows.length === 0
        ? await telephoneHooks(asWalked(files), { packages, makeFolder, punctuality, tell, before })
        : { calls: [], obstacles: [] };
    if (obstacles.length > 0) return { walks: [], goldenCalls, obstacles };
    const comparing = openComparing(files);
    undo.push(() => comparing.close());
    const farEnd = { host: "127.0.0.1", port: exchange.port };
    const templates = layHouseFiles(files, dir);
    const network = await startNetwork({
      dir,
      packages,
      maxCalls: mostCalls,
      farEnd,
      templates,
      progress: tell,
    });
    undo.push(() => network.stop());
    await installByContent(files, [network.ivr.soundsDir]);
    installPauses(join(network.ivr.soundsDir, "hearback"));
    options.tamper?.({ soundsFolder: network.ivr.soundsDir, plan });
    const { connection, telephone } = connect(network.ivr, exchange.clock);
    undo.push(() => connection.stop());
    undo.push(() => telephone.close());
    await connection.start();
    const book = promptBook(files, { watch: { fellBack: () => {}, missing: () => {} }, rehearsal: true });
    const dial = (order: Parameters<typeof telephone.dial>[0]) => telephone.dial(order, () => {});
    const house = { plan, sounds, book, exchange, comparing, dial, signal };
    const walks = await walkInTurn(plan.walks, {
      ...{ ...turns, punctuality },
      make: (walk, i) => walkCall(house, walk, numberOf(i)),
    });
    return { walks, goldenCalls, obstacles };
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

/** Of the range that is nobody's (Ofcom's numbers for drama). */
const numberOf = (i: number): string => `+447700900${String(i % 1000).padStart(3, "0")}`;

/** Below the checkout, since the user that Asterisk runs as must get to it; elsewhere only where nobody may write there. */
function ownFolder(): string {
  const parent = repositoryFile(".hearback/walks");
  return folderIn(mayWrite(parent) ? parent : tmpdir());
}

function folderIn(parent: string): string {
  const dir = mkdtempSync(join(parent, "walk-"));
  chmodSync(dir, 0o755);
  return dir;
}

function mayWrite(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** By the calls' own clock, as everything of a walk is. */
function connect(ivr: Ivr, clock: Clock) {
  const access = { url: ivr.ariUrl, user: ivr.ariUser, password: ivr.ariPassword, app: newName("walk") };
  const shared = { clock, logger: silentLogger };
  const connection = new AriConnection({ ...access, ...shared });
  const telephone = createAriTelephone({ ...{ connection, trunk: "trunk" }, ...shared, mediaOf });
  return { connection, telephone };
}

function mediaOf(audio: Audio): string[] {
  if ("recording" in audio) return [`recording:${audio.recording}`];
  return ["sound" in audio ? `sound:${audio.sound}` : `sound:hearback/${pauseName(audio.pauseMs)}`];
}
