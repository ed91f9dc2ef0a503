import { type AriSettings, ariSettings, askAri } from "#doctor/ask-ari.ts";
import { defineCheck, type Finding, fault, ok } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { systemClock } from "#lib/clock.ts";
import { oneRow } from "#postgres/rows.ts";

/** Calling hours are judged by the database's clock, promises by ours. */
const mostMs = 2_000;
/** Asterisk tells its time in whole seconds. */
const coarseMs = 1_000;
const remedy = "let both machines follow one NTP server, and look at timedatectl";

export const clockOfDatabase = defineCheck({
  name: "clock",
  needs: ["databaseUrl"],
  run: ({ databaseUrl }) =>
    withDatabase(
      databaseUrl,
      async (pool) => {
        // The first query would count the connecting too.
        await pool.query("select 1");
        const there = () =>
          oneRow<{ now: Date }>(pool, "select clock_timestamp() as now").then(({ now }) => now);
        return [judge("the database's clock", await difference(there), mostMs)];
      },
      { migrated: false },
    ),
});

export const clockOfAsterisk = defineCheck({
  name: "clock",
  needs: ariSettings,
  run: async (settings: AriSettings, signal) => {
    const there = () => askAri(settings, "asterisk/ping", signal).then(({ date }) => date);
    const off = await difference(there).catch(() => null);
    return off === null ? [] : [judge("Asterisk's clock", off, mostMs + coarseMs)];
  },
});

/** How far their clock is ahead of ours, at best knowledge: their answer was made between our two looks. */
async function difference<T extends Date | null>(there: () => Promise<T>) {
  const before = systemClock.now().getTime();
  const theirs = await there();
  const after = systemClock.now().getTime();
  return theirs === null ? null : theirs.getTime() - (before + after) / 2;
}

function judge(what: string, offMs: number | null, most: number): Finding {
  const off = offMs ?? 0;
  const seconds = `${(Math.abs(off) / 1000).toFixed(1)} s`;
  if (Math.abs(off) <= most) return ok(`${what} and ours differ by ${seconds}`);
  return fault(`${what} is ${seconds} ${off > 0 ? "ahead of" : "behind"} ours: serve will not dial`, remedy);
}
