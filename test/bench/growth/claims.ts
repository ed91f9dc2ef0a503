/** How fast visits are claimed, and whether any is claimed twice. */
import { campaignById } from "#postgres/campaigns.ts";
import { claimDueVisits } from "#postgres/claim.ts";
import { median } from "../statistics.ts";
import { type Grown, leastDue } from "./database.ts";

const claimers = 16;
/** As many as an instance asks for whose telephones are all free. */
const batch = 100;

export interface Claims {
  perSecond: number;
  /** Visits that two got, or one twice. */
  duplicates: number;
}

/** @param rounds of which the middle is told; each claims as many, whatever the size */
export async function measureClaims(grown: Grown, rounds: number): Promise<Claims> {
  const rates: number[] = [];
  let duplicates = 0;
  // The first connects, and plans.
  for (let round = 0; round <= rounds; round++) {
    const claimed = await claimRound(grown);
    duplicates += claimed.visits.length - new Set(claimed.visits).size;
    if (round > 0) rates.push(claimed.visits.length / claimed.seconds);
    await giveBack(grown);
  }
  return { perSecond: median(rates), duplicates };
}

async function claimRound({
  dialler,
  owner,
  campaignId,
}: Grown): Promise<{ visits: string[]; seconds: number }> {
  const campaign = (await campaignById(owner, campaignId))!;
  const most = leastDue * 0.75;
  const visits: string[] = [];
  const began = performance.now();
  const claim = async (_: unknown, n: number) => {
    while (visits.length < most) {
      const claimed = await claimDueVisits(dialler, campaign, batch, `claimer-${n}`);
      if (claimed.length === 0) return;
      visits.push(...claimed.map(({ visitId }) => visitId));
    }
  };
  await Promise.all(Array.from({ length: claimers }, claim));
  return { visits, seconds: (performance.now() - began) / 1000 };
}

/** As it was; also what the rows left behind, which autovacuum clears away elsewhere. */
async function giveBack({ owner }: Grown): Promise<void> {
  await owner.query(
    `with gone as (delete from attempt where state = 'intent' returning visit_id)
     update visit v set status = 'due' from gone where v.id = gone.visit_id`,
  );
  // One by one, and outside of a transaction.
  for (const table of ["visit", "attempt"]) await owner.query(`vacuum ${table}`);
}
