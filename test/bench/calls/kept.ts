/** What Hearback has of a batch, compared with what its people pressed and told. */
import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";
import { readStory } from "#recording/a-law-wav.ts";
import { storyKey } from "#recording/keep-story.ts";
import { frameBytes, readMark, storyFrames } from "#rehearsal/far-end/marked-story.ts";
import type { House } from "./house.ts";
import { ratingOf, storyTagOf } from "./numbers.ts";

export interface KeptCall {
  index: number;
  /** As it should be. */
  rated: boolean;
  storyId: string | null;
  /** When the row was written that makes the story playable; the wall clock's. */
  playableAtMs: number | null;
}

/** One for each visit of the campaign that was called. */
export async function keptCalls({ pool }: House, campaignId: string): Promise<KeptCall[]> {
  const { rows } = await pool.query<{
    ref: string;
    rating: number | null;
    storyId: string | null;
    at: Date | null;
  }>(
    `select v.visit_ref as ref, c.rating, s.id as "storyId", s.updated_at as at
     from visit v join call c on c.visit_id = v.id
     left join story s on s.call_id = c.id and s.state = 'kept' and s.audio = 'stored'
     where v.campaign_id = $1`,
    [campaignId],
  );
  return rows.map(({ ref, rating, storyId, at }) => {
    const index = Number(ref.slice(2));
    return { index, rated: rating === ratingOf(index), storyId, playableAtMs: at?.getTime() ?? null };
  });
}

/** How like what was told the kept story is: 1 for every sample the same, in its place. 0 where there is none of it. */
export async function likenessOf(
  { store }: House,
  { index, storyId }: KeptCall,
  storyMs: number,
): Promise<number> {
  if (storyId === null) return 0;
  const kept = await readStory(store, storyKey(storyId));
  return likeness(encodeALaw(kept), storyTagOf(index), Math.round(storyMs / 20));
}

/** Correlation of the whole telling with what lies where its first frame was found; what is missing there is silence. */
export function likeness(kept: Uint8Array, tag: number, frames: number): number {
  const from = beginningOf(kept, tag);
  if (from === null) return 0;
  const told = decodeALaw(Buffer.concat(storyFrames(tag, frames)));
  const heard = decodeALaw(kept);
  let [product, ours, theirs] = [0, 0, 0];
  for (let i = 0; i < told.length; i++) {
    const [a, b] = [told[i]!, heard[from + i] ?? 0];
    product += a * b;
    ours += a * a;
    theirs += b * b;
  }
  return theirs === 0 ? 0 : product / Math.sqrt(ours * theirs);
}

/** Where the telling's first sample lies, before the beginning if that was lost; by the first frame that is found. */
function beginningOf(kept: Uint8Array, tag: number): number | null {
  for (let at = 0; at + frameBytes <= kept.length; at++) {
    const mark = readMark(kept, at);
    if (mark?.tag === tag) return at - mark.index * frameBytes;
  }
  return null;
}
