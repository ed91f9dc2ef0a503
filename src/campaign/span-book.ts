import type { Clock } from "#lib/clock.ts";
import { callingSpans } from "./calling-hours.ts";
import type { Campaign } from "./campaign.ts";
import type { Ledger } from "./ports.ts";

const dayMs = 24 * 60 * 60_000;
/** Written daily for so many days, a campaign's spans outlast a long weekend without us. */
export const daysAhead = 8;

export interface SpanBook {
  /** Sees to it that the ledger has the campaign's permitted spans. Throws what the ledger throws. */
  keep(campaign: Campaign): Promise<void>;
}

/** Writes permitted spans when a campaign is first seen, once a day, and when its calling hours have changed. */
export function createSpanBook(ledger: Ledger, clock: Clock): SpanBook {
  const written = new Map<string, { hours: string; atMs: number }>();
  return {
    keep: async ({ id, settings: { callingHours } }) => {
      const now = clock.now();
      const hours = JSON.stringify(callingHours);
      const last = written.get(id);
      const fresh = last && last.hours === hours && Math.abs(now.getTime() - last.atMs) < dayMs;
      if (fresh) return;
      await ledger.writePermittedSpans(id, callingSpans(callingHours, now, daysAhead));
      written.set(id, { hours, atMs: now.getTime() });
    },
  };
}
