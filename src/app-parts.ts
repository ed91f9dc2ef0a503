/** The adapters, built from the settings and joined to the ports of the stages; nothing is connected here. */

import type { Pool } from "pg";
import { Adoptions } from "#asterisk/adoptions.ts";
import { AsteriskNode } from "#asterisk/node.ts";
import { NodePool } from "#asterisk/node-pool.ts";
import { createSpools } from "#asterisk/spools.ts";
import { trustAuthorities } from "#asterisk/trust.ts";
import type { Audio } from "#call/line.ts";
import type { Ledger } from "#campaign/ports.ts";
import { unnamedTrunk } from "#campaign/trunk-desk.ts";
import type { Settings } from "#config.ts";
import type { Trunk } from "#dialplan/trunks/trunk-book.ts";
import { engineOptions } from "#engine-options.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { withCrashPoints } from "#lib/crash-point.ts";
import type { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import type { Logger } from "#lib/logger.ts";
import type { DamagedCampaign } from "#postgres/campaigns.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { createInstanceLease } from "#postgres/instance-lease.ts";
import { isAbandoned } from "#postgres/instances.ts";
import { type JobTasks, queueKeepStoryAgain } from "#postgres/jobs.ts";
import { createLedger } from "#postgres/ledger.ts";
import { createNodeBook } from "#postgres/nodes.ts";
import { createPool } from "#postgres/pool.ts";
import { createStoryRows, nodeOfRecording } from "#postgres/stories.ts";
import { createTranscriptOrders } from "#postgres/transcript-orders.ts";
import { createTranscriptRows } from "#postgres/transcripts.ts";
import { createTrunkPace } from "#postgres/trunk-pace.ts";
import { readStory } from "#recording/a-law-wav.ts";
import { removeErased } from "#recording/erase-story.ts";
import { keepStoriesOfCall } from "#recording/keep-story.ts";
import { settleMs } from "#recording/read-parts.ts";
import { chooseEngine, createEngines } from "#speech/engines.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { soundFileIn } from "#storage/telephone-prompts.ts";
import { readTrunkBook } from "#storage/trunk-file.ts";
import { openStoryFolder } from "#story-folder.ts";
import { createTranscribeInTurn } from "#transcript/transcribe-in-turn.ts";
import { speechMsOf } from "#transcript/voice-activity.ts";
import { findSpeechInThread } from "#transcript/voice-activity-thread.ts";

import { buildAnswers } from "./app-answers.ts";

export interface PartsWanted {
  settings: Settings;
  logger: Logger;
  mediaUri: (audio: Audio) => string;
  /** No other process uses this database. */
  onlyInstance: boolean;
  /** Ring for this campaign and no other. */
  onlyCampaign: string | null;
  /** Accept speech engines that are for rehearsals only. */
  allowRough: boolean;
}

export type Parts = Awaited<ReturnType<typeof buildParts>>;

export async function buildParts({ settings, logger, mediaUri, ...wanted }: PartsWanted) {
  const { onlyInstance, onlyCampaign, allowRough } = wanted;
  const { databaseUrl: url, dataKey } = settings;
  // What may fail comes first: nothing is left running behind it.
  const { masterKeys, storeOn } = await openStoryFolder(settings);
  const engine = chooseEngine(settings.speechEngine, engineOptions(settings));
  const owner = newName("app");
  const ciphers = createCiphers(dataKey);
  const pool = createPool({ url, applicationName: "hearback", logger });
  const ringing = createPool({
    ...{ url, applicationName: "hearback dialler", maxConnections: 8, planned: true, logger },
  });
  const app = `${settings.ariApp}-${owner}`;
  const trunkBook = readTrunkBook(settings.flowFolder);
  const named = trunkBook.trunks.map(({ name }) => name);
  const ledger = createLedger(ringing, {
    ...{ owner, app, ciphers, onlyInstance },
    maxCallsADay: settings.maxCallsADay,
    callers: trunkBook.callers,
    onDamaged: once((id, problem) =>
      logger.error({ campaignId: id, problem }, "a campaign's settings are damaged: it makes no calls"),
    ),
  });
  // Between the two halves, what the dead had in their spools is replayed (app-start.ts).
  const taking = { ...ledger, takeOverAbandoned: ledger.takeFromDead };
  const answers = await buildAnswers({ settings, owner, ciphers, ledger, logger });
  const telephone = nodesOf({ settings, logger, mediaUri }, { owner, app, trunks: trunkBook.trunks }, pool);
  return {
    ...{ owner, pool, telephone, engine, answers, masterKeys },
    /** When all is stopped. */
    closeDatabase: () => Promise.all([pool.end(), ringing.end(), answers.close()]),
    store: storeOn(pool),
    /** The same store for somebody with connections of their own. */
    storeOn,
    erasures: createErasureRows(pool, { backupDays: settings.backupDays }),
    engineOf: createEngines(engine, engineOptions(settings), allowRough),
    ledger: onlyCampaign === null ? taking : forOneCampaign(taking, onlyCampaign),
    declareDead: ledger.declareDead,
    lease: (onReplaced: (because: AppError) => void) =>
      createInstanceLease({ url, lease: ledger.lease, clock, logger, onReplaced }),
    adoptions: new Adoptions({ link: (node, app) => telephone.linkAs(node, app), clock, logger }),
    // One pace for the whole installation: its nodes share the carrier.
    trunkPace: createTrunkPace(pool, {
      trunks: named.length > 0 ? named : [unnamedTrunk],
      chooses: named.length > 0,
      callsPerSecond: settings.trunkCallsPerSecond,
      clock,
    }),
    trunkBook,
    spools: createSpools(telephone.nodes, (recording) => nodeOfRecording(pool, recording)),
    stories: createStoryRows(pool, { transcribe: engine.name !== "none" }),
    transcripts: createTranscriptRows(pool),
    orders: createTranscriptOrders(pool),
  };
}

/** The same parts, in a rehearsal of dying (lib/crash-point.ts) with a place to die around each of their deeds. */
export const withPlacesToDie = (parts: Parts): Parts => ({
  ...parts,
  ledger: withCrashPoints("ledger", parts.ledger),
  spools: withCrashPoints("spool", parts.spools),
  store: withCrashPoints("store", parts.store),
  stories: withCrashPoints("story", parts.stories),
});

/** Tells each campaign's trouble once, and again when it is another. */
function once(tell: (id: string, problem: string) => void): (campaign: DamagedCampaign) => void {
  const told = new Map<string, string>();
  return ({ id, problem }) => {
    if (told.get(id) !== problem) tell(id, problem);
    told.set(id, problem);
  };
}

/** A test call beside a running `serve`: what others left open is theirs to settle. */
const forOneCampaign = (ledger: Ledger, id: string): Ledger => ({
  ...ledger,
  runningCampaigns: async () => (await ledger.runningCampaigns()).filter((campaign) => campaign.id === id),
  takeOverAbandoned: async () => [],
});

type NodesWanted = Pick<PartsWanted, "settings" | "logger" | "mediaUri">;

/** Every Asterisk, each under an application that no other process has: two of one name would both speak to the patient. */
function nodesOf(
  { settings, logger, mediaUri }: NodesWanted,
  { owner, app, trunks }: { owner: string; app: string; trunks: readonly Trunk[] },
  pool: Pool,
): NodePool {
  trustAuthorities(settings.nodes.map(({ ariCa }) => ariCa));
  const book = createNodeBook(pool, owner);
  const nodes = settings.nodes.map(
    (access) =>
      new AsteriskNode({
        ...{ access, app, book, trunks, clock, logger },
        mediaOf: (audio: Audio) => [mediaUri(audio)],
        fileOf: soundFileIn(access.soundsFolder),
        isAbandoned: (channelId, app) => isAbandoned(pool, channelId, app),
      }),
  );
  return new NodePool({ nodes, book, maxCalls: settings.maxCalls, clock, logger });
}

/** Stories out of Asterisk into the store, and those erased out of it, beside the calls. */
export function keepingTasks({ pool, spools, store, stories, erasures }: Parts, logger: Logger): JobTasks {
  const speechMs = async (samples: Int16Array) => speechMsOf(await findSpeechInThread(samples));
  const parts = { spool: spools, store, rows: stories, speechMs, logger };
  return {
    "keep-story": async ({ callId, looked }) => {
      const growing = await keepStoriesOfCall(parts, callId, looked);
      if (growing) await queueKeepStoryAgain(pool, { callId, looked: growing }, settleMs);
    },
    "remove-erased": ({ storyId }) => removeErased({ rows: erasures, store }, storyId),
  };
}

/** Stories turned into words: as they come, and again by another engine. */
export function wordTasks({ store, transcripts, orders, engineOf }: Parts, logger: Logger): JobTasks {
  const transcribe = createTranscribeInTurn({
    ...{ rows: transcripts, orders, engineOf, clock, logger },
    readAudio: (key) => readStory(store, key),
    findSpeech: findSpeechInThread,
  });
  return {
    transcribe: async ({ storyId }, signal) => void (await transcribe({ storyId, engine: null }, signal)),
    "transcribe-again": async (order, signal) => void (await transcribe(order, signal)),
  };
}
