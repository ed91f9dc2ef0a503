/** Who of a list that was imported just now, in this very transaction, will be called, and who not, and why. */
import { callingSpans } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { isRefusal, refusals } from "#campaign/refusals.ts";
import type { Fate } from "#web/room/campaigns/list-ports.ts";
import { putOffUntil, ruleCount, ruleValues, whyNot } from "./gates.ts";
import { rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

interface Found {
  visitRef: string;
  because: string | null;
  until: Date | null;
  /** Another visit of the list has this number, and comes first. */
  second: boolean;
}

const [at, day, since] = [1, 2, 3].map((place) => `$${ruleCount + place}`);

/** The gates of the dial queue itself, asked for the first instant at which the campaign's telephones may ring. */
const FATES = `
  select visit_ref as "visitRef", because, ${putOffUntil("because", `${at}::timestamptz`, `${day}::tstzrange`)} as until,
    because is null and row_number() over (partition by phone_hmac, because is null order by id) > 1 as second
  from (
    select v.*, case
        when v.status in ('held', 'withdrawn') then 'visit-' || v.status
        when v.status = 'done' then (select p.because from passed_over p where p.visit_id = v.id order by p.id limit 1)
        else ${whyNot(`${at}::timestamptz`, `${day}::tstzrange`)} end as because
    from visit v
    where v.campaign_id = $1 and v.xmin = pg_current_xact_id()::xid and v.created_at >= ${since}::timestamptz
  ) v
  order by id`;

/** @param since when the import began: what was there before is not asked about */
export async function fatesOfList(
  tx: Tx,
  campaign: Campaign,
  { now, since: begun }: { now: Date; since: Date },
): Promise<Fate[]> {
  const open = callingSpans(campaign.settings.callingHours, now, 21).find(({ to }) => to > now);
  const first = open && open.from > now ? open.from : now;
  const today = open ? `[${open.day.from.toISOString()},${open.day.to.toISOString()})` : "empty";
  const found = await rows<Found>(tx, FATES, [...ruleValues(campaign), first, today, begun]);
  return found.map((visit) => fateOf(visit, { first, now, nextDay: open?.day.to ?? null, campaign }));
}

interface Times {
  first: Date;
  now: Date;
  nextDay: Date | null;
  campaign: Campaign;
}

function fateOf({ visitRef, because, until, second }: Found, { first, now, nextDay, campaign }: Times): Fate {
  if (because !== null && isRefusal(because)) {
    const later = refusals[because].visit === "later" || because === "visit-held";
    return { visitRef, called: later ? "later" : "never", because, from: later ? until : null };
  }
  if (second && campaign.settings.numberOnceADay)
    return { visitRef, called: "later", because: "number-rang-today", from: nextDay };
  return first > now
    ? { visitRef, called: "later", because: "outside-calling-hours", from: first }
    : { visitRef, called: "now", because: null, from: null };
}
