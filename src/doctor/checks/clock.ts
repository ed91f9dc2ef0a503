import { type AriSettings, ariSettings, askAri } from "#doctor/ask-ari.ts";
import { defineCheck, defineNodeCheck, type Finding, fault, ok } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { systemClock } from "#lib/clock.ts";
import { clockDifference } from "#lib/clock-difference.ts";
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
        const { differenceMs } = await clockDifference(systemClock, there);
        return [judge("the database's clock", differenceMs, mostMs)];
      },
      { migrated: false },
    ),
});

export const clockOfAsterisk = defineNodeCheck({
  name: "clock",
  ofNode: ariSettings,
  run: async (settings: AriSettings, signal) => {
    const there = async () => {
      const { date } = await askAri(settings, "asterisk/ping", signal);
      return date ?? Promise.reject(new Error("it does not tell the time"));
    };
    const found = await clockDifference(systemClock, there).catch(() => null);
    return found === null ? [] : [judge("Asterisk's clock", found.differenceMs, mostMs + coarseMs)];
  },
});

function judge(what: string, off: number, most: number): Finding {
  const seconds = `${(Math.abs(off) / 1000).toFixed(1)} s`;
  if (Math.abs(off) <= most) return ok(`${what} and ours differ by ${seconds}`);
  return fault(`${what} is ${seconds} ${off > 0 ? "ahead of" : "behind"} ours: serve will not dial`, remedy);
}
