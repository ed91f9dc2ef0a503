import { readFileSync } from "node:fs";
import { ariSettings, wantAri } from "#doctor/ask-ari.ts";
import { callsWanted } from "#doctor/calls-wanted.ts";
import { defineCheck, defineNodeCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";

/** Speech in and out, timers, recordings and a second ear for each call; and what Asterisk has open at rest. */
const asteriskNeeds = (calls: number) => 500 + 16 * calls;
/** Two websockets and a dozen connections serve all calls; stories are opened one after the other. */
const weNeed = 1_024;

export const openFilesOfOurs = (limits: string = readFileSync("/proc/self/limits", "utf8")) =>
  defineCheck({
    name: "open files",
    needs: [],
    run: () => {
      const may = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
      return [judge("Hearback", may, weNeed, "raise LimitNOFILE in its unit (or ulimit -n)")];
    },
  });

export const openFilesOfAsterisk = defineNodeCheck({
  name: "open files",
  ofNode: ariSettings,
  needs: ["databaseUrl"],
  run: async ({ databaseUrl, ...settings }, signal) => {
    const info = await wantAri<Info | null>(settings, "asterisk/info", signal);
    return [judgeAsterisk(info?.config?.max_open_files, asteriskNeeds(await callsWanted(databaseUrl)))];
  },
});

interface Info {
  config?: { max_open_files?: number };
}

function judge(who: string, may: number, needed: number, remedy: string): Finding {
  if (may >= needed) return ok(`${who} may open ${may}, and needs ${needed}`);
  return fault(`${who} may open ${may}, and needs ${needed}: calls would fall mute`, remedy);
}

function judgeAsterisk(may: number | undefined, needed: number): Finding {
  if (may !== undefined)
    return judge("Asterisk", may, needed, "raise maxfiles in asterisk.conf, and LimitNOFILE in its unit");
  return warning(
    `Asterisk does not tell how many it may open; ${needed} are needed`,
    "set maxfiles in asterisk.conf under [options]",
  );
}
