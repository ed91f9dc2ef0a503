/** Which stories a filter finds, as one user may see them: by key, a stretch at a time (0027_story_list.sql). */
import type { Place, StoryFilter, StoryKey, StoryLength, StoryTurn } from "#web/room/stories/ports.ts";
import { placeParts } from "#web/room/stories/ports.ts";
import { oneRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** To the microsecond: a Date would cut it, and pages would lose or repeat stories. */
export const keyTime = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * SQL: the cards of the stories in `$1`, as `c`, each by its own key. "= any", or a join, may look for them along the index
 * of places, of which a user may have thousands.
 */
export const CARDS_OF = `unnest($1::uuid[]) wanted (id)
  cross join lateral (select * from story_card where story_id = wanted.id limit 1) c`;

/** Sorts before every story of the same instant. */
export const lowestId = "00000000-0000-0000-0000-000000000000";

export const PLACES = `select id, unit, site, ward, service from place where id in (select unnest(room_places()))
  order by unit, site, ward, service`;
export const placesOf = (tx: Tx): Promise<Place[]> => rows<Place>(tx, PLACES);

export interface Sought {
  filter: StoryFilter;
  /** Null: the newest. */
  turn: StoryTurn | null;
  most: number;
}

export interface FoundStories {
  /** Newest first. */
  ids: readonly string[];
  /** There are more than were asked for. */
  more: boolean;
  /** Where the look ended before there were enough; null where it went to the end. */
  lookedTo: string | null;
}

/** @param places all of the user's own */
export async function findStories(
  tx: Tx,
  places: readonly Place[],
  { filter, turn, most }: Sought,
): Promise<FoundStories> {
  const wanted = places.filter((place) =>
    placeParts.every((part) => filter[part] === null || filter[part] === place[part]),
  );
  const newer = turn?.towards === "newer";
  const { ids: found, looked_to } = await oneRow<{ ids: string[] | null; looked_to: string | null }>(
    tx,
    `select story_ids as ids, ${keyTime("looked_to")} as looked_to from find_stories($1, $2, $3, $4, $5, $6)`,
    [
      ...[wanted.map(({ id }) => id), JSON.stringify(wordedFilter(filter))],
      ...[turn?.key.at ?? null, turn?.key.id ?? null, newer, most + 1],
    ],
  );
  const ids = found ?? [];
  const more = ids.length > most;
  return { ids: newer ? ids.slice(-most) : ids.slice(0, most), more, lookedTo: more ? null : looked_to };
}

/** Where to go on from where a look ended. */
export const beyond = (lookedTo: string): StoryKey => ({ at: lookedTo, id: lowestId });

/** In milliseconds: from, and not up to. */
const lengths: Record<StoryLength, { leastMs?: number; belowMs?: number }> = {
  short: { belowMs: 30_000 },
  medium: { leastMs: 30_000, belowMs: 120_000 },
  long: { leastMs: 120_000 },
};

/** As find_stories reads it. */
const wordedFilter = ({ ratings, from, to, channel, length, state, consent, words }: StoryFilter) => ({
  ...{ from, to, channel, state, consent, words },
  ...(ratings.length > 0 ? { ratings } : {}),
  ...(length ? lengths[length] : {}),
});
