/** How fast the pages come that people wait for: over HTTP, for a signed-in coordinator, at different places each time. */
import type { AddressInfo } from "node:net";
import { rows } from "#postgres/rows.ts";
import { quantile } from "#rehearsal/quantile.ts";
import { testRoom } from "../../support/room.ts";
import { signedIn } from "../../support/signed-in.ts";
import { timeToGet } from "../measure.ts";
import { oneMinute } from "../sound.ts";
import { type Grown, trust } from "./database.ts";

export interface PageTimes {
  name: string;
  /** The 95th percentile. */
  p95Ms: number;
}

interface Place {
  /** From 0. */
  n: number;
  campaignId: string;
  visitId: string;
  visitRef: string;
  /** Somewhere in the list of stories, as `older=` reads it. */
  older: string;
}

const words = ["nurse", "food", "doctor", "night", "pain", "ward", "waited", "kind"];

const pages: readonly { name: string; url: (place: Place) => string }[] = [
  { name: "list of stories, newest", url: () => "/stories" },
  { name: "list of stories, anywhere", url: ({ older }) => `/stories?older=${older}` },
  { name: "list of stories, filtered", url: ({ older }) => `/stories?rating=5&consent=no&older=${older}` },
  { name: "list of campaigns", url: () => "/campaigns" },
  { name: "list of a campaign's people", url: ({ campaignId }) => `/campaigns/${campaignId}/people` },
  { name: "list of promised calls", url: () => "/callbacks" },
  { name: "search, a rare word", url: ({ n }) => `/stories?words=word${7990 - n}` },
  { name: "search, a common word", url: ({ n }) => `/stories?words=${words[n % words.length]}` },
  { name: "search, a visit", url: ({ visitRef }) => `/visits?ref=${visitRef}` },
  { name: "a visit's history", url: ({ visitId }) => `/visits/${visitId}` },
  { name: "board of calls", url: ({ campaignId }) => `/campaigns/${campaignId}/board` },
];

/** @param rounds requests of each kind */
export async function measurePages(grown: Grown, rounds: number): Promise<PageTimes[]> {
  const { owner, app } = grown;
  const room = await testRoom(app, { store: oneMinute });
  try {
    await room.web.listen({ host: "127.0.0.1", port: 0 });
    const { port } = room.web.server.address() as AddressInfo;
    const { name, value } = await signedIn(owner, { role: "coordinator", trust, wards: [null] });
    const places = await drawPlaces(grown, rounds);
    const times: PageTimes[] = [];
    for (const page of pages) {
      const taken: number[] = [];
      // The first few warm it up.
      for (const place of [...places.slice(0, 3), ...places])
        taken.push(await timeToGet(port, page.url(place), `${name}=${value}`));
      times.push({ name: page.name, p95Ms: quantile(taken.slice(3), 0.95) });
    }
    return times;
  } finally {
    await room.close();
  }
}

/** Spread evenly over all there is. */
async function drawPlaces({ owner, visits, campaignId }: Grown, count: number): Promise<Place[]> {
  const stories = await rows<{ at: string; id: string }>(
    owner,
    `select to_char(told_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, story_id as id
     from story_card order by md5(story_id::text) limit $1`,
    [count],
  );
  const refs = Array.from({ length: count }, (_, n) => `M-${1 + Math.floor((n * visits) / count)}`);
  const found = await rows<{ id: string; ref: string }>(
    owner,
    `select v.id, v.visit_ref as ref from campaign c join visit v on v.campaign_id = c.id
     where v.visit_ref = any ($1) order by v.id`,
    [refs],
  );
  return found.map(({ id, ref }, n) => {
    const { at, id: storyId } = stories[n % stories.length]!;
    return { n, campaignId, visitId: id, visitRef: ref, older: `${at}_${storyId}` };
  });
}
