import type { Pool } from "pg";
import type { ClaimedAttempt, ImportedVisit } from "#campaign/ports.ts";
import type { Effect } from "#flow/state.ts";
import { newName } from "#lib/ids.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { begin, dialled, flowState, visit } from "./survey.ts";

export interface ToldStory {
  attempt: ClaimedAttempt;
  /** The campaign's name. */
  campaign: string;
  storyId: string;
}

/**
 * A call in which a story of five seconds was told, which is stored.
 * @param options `transcribe` false: there is no speech engine
 */
export async function toldStory(
  pool: Pool,
  { transcribe = true, of = visit() }: { transcribe?: boolean; of?: ImportedVisit } = {},
): Promise<ToldStory> {
  const { attempt, campaign } = await dialled(pool, of);
  const callId = await begin(pool, attempt);
  const log = createCallLog(pool);
  const name = newName("story");
  await log.partBegun({ callId, name, take: 1, part: 1 });
  await log.partEnded({ name, durationMs: 5000, speechMs: 4000 });
  const effects: Effect[] = [{ kind: "keep-take", take: 1 }];
  await log.keep({ callId, sequence: 1, key: null, state: flowState(), effects });
  const rows = createStoryRows(pool, { transcribe });
  const [story] = await rows.ofCall(callId);
  const sha256 = "a".repeat(64);
  await rows.stored(story!.storyId, {
    ...{ uri: `file:///${name}.wav`, sha256, bytes: 40_000, durationMs: 5000, speechMs: 4000 },
    ...{ truncated: false, parts: [{ name, startMs: 0, durationMs: 5000, sha256 }] },
  });
  return { attempt, campaign: campaign.name, storyId: story!.storyId };
}
