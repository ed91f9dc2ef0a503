/** Calls of a survey that nobody waits to the end of: those that go on, and how those that ended are looked at. */
import { expect } from "vitest";
import { pauseCampaign } from "#postgres/campaigns.ts";
import { query, type Survey } from "./rehearsal.ts";

/**
 * What a machine too slow takes back before it dials is no call: nobody was rung, and the visit is as due as before. That
 * no telephone rang for these, `verify` holds against the carrier's own log when the survey stops.
 */
export const wasDialled = "not (a.state = 'ended' and a.disposition = 'pending' and k.id is null)";

/** No more calls begin; those that go on end. */
export async function letCallsEnd(survey: Survey): Promise<void> {
  await pauseCampaign(survey.rehearsal.pool, survey.campaign.name);
  const open = `select count(*)::int as n from attempt where state in ('intent', 'dialing', 'live')`;
  await expect
    .poll(async () => (await query<{ n: number }>(survey, open))[0]!.n, { timeout: 180_000 })
    .toBe(0);
}

/** By the visits' references' ends ("050"): who is on the telephone, having answered. */
export async function onTheTelephone(survey: Survey): Promise<string[]> {
  const rows = await query<{ ref: string }>(
    survey,
    `select right(v.visit_ref, 3) as ref from call k join attempt a on a.id = k.attempt_id
     join visit v on v.id = a.visit_id where k.ended_at is null order by 1`,
  );
  return rows.map(({ ref }) => ref);
}
