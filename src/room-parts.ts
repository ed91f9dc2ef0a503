/** What the pages ask of the house, joined from the adapters. */
import { zipSync } from "fflate";
import type { Pool } from "pg";
import { createDoor } from "#access/door.ts";
import type { SignInService } from "#access/door-ports.ts";
import type { StaffNumber } from "#call/staff-call.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createAccountBook } from "#postgres/accounts.ts";
import { dialplansGoing, dialplansInForce } from "#postgres/dialplans.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { createFlowFigures } from "#postgres/flow-figures.ts";
import { createGlassDesk } from "#postgres/glass.ts";
import { createGovernanceDesk } from "#postgres/governance-desk.ts";
import { createListeningDesk } from "#postgres/listening-desk.ts";
import { createOverviewDesk } from "#postgres/overview.ts";
import { createReleaseDesk } from "#postgres/releases.ts";
import { inRoom } from "#postgres/room.ts";
import { createBoardRoom } from "#postgres/room-board.ts";
import { createCampaignRoom } from "#postgres/room-campaigns.ts";
import { createListRoom } from "#postgres/room-lists.ts";
import { createNodesRoom } from "#postgres/room-nodes.ts";
import { createPromptRoom } from "#postgres/room-prompts.ts";
import { createSpokenReleases } from "#postgres/room-spoken.ts";
import { createVisitRoom } from "#postgres/room-visits.ts";
import { createSavedFilters } from "#postgres/saved-filters.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import { createSignInBook } from "#postgres/sign-in.ts";
import { createStaffCallDesk } from "#postgres/staff-call-desk.ts";
import { createStoryList } from "#postgres/story-list.ts";
import { createStoryWork } from "#postgres/story-work.ts";
import { createTryBook } from "#postgres/tries.ts";
import { createUrgentDesk } from "#postgres/urgent-desk.ts";
import { createWalkOrders } from "#postgres/walk-jobs.ts";
import { eraseStory } from "#recording/erase-story.ts";
import { storyKey } from "#recording/keep-story.ts";
import type { StoryStore } from "#recording/ports.ts";
import { campaignsSpoken } from "#release/campaigns-spoken.ts";
import { checkBeside } from "#release/check-beside.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { testBeside } from "#release/test-beside.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import { browserWav } from "#web/browser-wav.ts";
import type { RoomParts, SessionDesk, SpokenVoice } from "#web/room/ports.ts";
import { createStandInJobs } from "./stand-in-work.ts";
import { standInsBeside } from "./stand-ins-beside.ts";

export interface RoomAdapters {
  /** Of the pages' own: however busy they are, calls find a connection. */
  pool: Pool;
  /** Where the sound of stories is. */
  store: StoryStore;
  /** How long backups are kept; null: nobody said. */
  backupDays: number | null;
  sessions: SessionDesk;
  /** Keep authenticator apps' secrets, and what was typed by whoever guessed. */
  ciphers: Ciphers;
  /** The organisation's own; null: there are local accounts only. */
  service: SignInService | null;
  voice: SpokenVoice;
  /** The files of what calls say before there is any release. */
  folders: () => ReleaseFiles;
  /** E.164 numbers outside the drama ranges that a rehearsal may ring. */
  allowNumbers: ReadonlySet<string>;
  /** The telephones that a draft may ring. */
  staffNumbers: readonly StaffNumber[];
  formKey: Buffer;
  publicUrl: string;
  rehearsal: boolean;
  clock: Clock;
  logger: Logger;
}

export function createRoomParts(given: RoomAdapters): Omit<RoomParts, "vitals"> {
  const {
    pool,
    ciphers,
    store,
    backupDays,
    service,
    folders,
    allowNumbers: _,
    staffNumbers,
    ...adapters
  } = given;
  const { clock, logger } = adapters;
  const rows = createErasureRows(pool, { backupDays });
  const [book, tries] = [createSignInBook(pool, ciphers), createTryBook(pool, ciphers)];
  const releasesOf = (userId: string) =>
    createReleaseDesk({
      ...{ folders, check: checkBeside, spoken: campaignsSpoken },
      within: (work) => inRoom(pool, userId, work),
    });
  return {
    ...adapters,
    signIn: {
      door: createDoor({ book, tries, clock }),
      sessions: createSessionBook(pool),
      accounts: createAccountBook(pool),
      service,
    },
    listening: createListeningDesk(pool),
    work: createStoryWork(pool),
    urgent: createUrgentDesk(pool),
    glass: createGlassDesk(pool, ciphers),
    soundOf: (storyId) => ({
      size: () => store.size(storyKey(storyId)),
      read: (from, to) => store.readRange(storyKey(storyId), from, to),
    }),
    campaigns: createCampaignRoom(pool, campaignsSpoken),
    lists: createListRoom(given),
    board: createBoardRoom(pool, ciphers),
    visits: createVisitRoom(pool),
    releases: (who) => releasesOf(who.userId),
    standIns: createStandInJobs({ desk: ({ id }) => releasesOf(id), say: standInsBeside, clock }),
    staffCalls: (who) =>
      createStaffCallDesk({
        ...{ folders, ciphers, numbers: staffNumbers },
        within: (work) => inRoom(pool, who.userId, work),
      }),
    testFlows: testBeside,
    walks: (who) => createWalkOrders((work) => inRoom(pool, who.userId, work)),
    prompts: createPromptRoom(pool, folders),
    flowFigures: createFlowFigures(pool),
    spoken: createSpokenReleases(given),
    nodes: createNodesRoom(pool),
    dialplans: async () => ({ told: await dialplansInForce(pool), going: await dialplansGoing(pool) }),
    governance: createGovernanceDesk({
      ...{ pool, ciphers },
      erase: (storyId, order) => eraseStory({ rows, store, logger }, storyId, order),
      wav: (storyId) => wavOf(store, storyId),
      zip: (files) => zipSync(files, { level: 0 }),
    }),
    overview: createOverviewDesk(pool),
    stories: createStoryList(pool),
    savedFilters: createSavedFilters(pool),
  };
}

/** Null where it is gone. */
async function wavOf(store: StoryStore, storyId: string): Promise<Uint8Array | null> {
  try {
    return browserWav(await store.read(storyKey(storyId)));
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_missing") return null;
    throw thrown;
  }
}
