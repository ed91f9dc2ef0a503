/** How the telephones are, in one look: each thing with whether it is well, and what it says. Pure. */
import type { AlertKind } from "#alerts/conditions.ts";
import type { VitalSigns } from "#alerts/vital-signs.ts";
import { wording } from "#alerts/wording.ts";
import { readinessOf } from "../../readiness.ts";

export interface HealthLine {
  name: string;
  well: boolean;
  words: string;
}

export interface Health {
  /** Whether a call can begin. */
  ready: boolean;
  lines: HealthLine[];
  /** What people were told of and is not over, of what concerns telephones: a title each, with how many. */
  alerts: { title: string; count: number }[];
}

const names: Record<string, string> = {
  database: "The database",
  clock: "The clocks",
  asterisk: "An Asterisk to call on",
  disk: "Room for stories",
  dialling: "Dialling",
  nodes: "Every Asterisk",
  manager: "Asterisk’s manager (AMI)",
  lines: "Free lines",
};
const fine: Record<string, string> = {
  database: "answers",
  clock: "agree",
  asterisk: "is there",
  disk: "enough",
  dialling: "nothing keeps calls from being begun",
  nodes: "is reached",
  manager: "is connected",
  lines: "there are some",
};
const ofTelephones: readonly AlertKind[] = [
  ...(["node-deaf", "node-full", "node-refused", "trunk-refuses", "disk-low"] as const),
  ...(["clock-apart", "silent-call"] as const),
];

export function healthOf(signs: VitalSigns): Health {
  const { ready, checks } = readinessOf(signs);
  const lines = Object.entries(checks).map(([check, said]): HealthLine => {
    const well = said === "ok" || said === "not set up";
    return { name: names[check] ?? check, well, words: said === "ok" ? (fine[check] ?? said) : said };
  });
  const work = signs.database.kind === "there" ? signs.database.work : null;
  return {
    ready,
    lines: [...lines, trunkLine(work?.trunkShare ?? null)],
    alerts: alertsOf(work?.openAlerts ?? {}),
  };
}

function trunkLine(share: number | null): HealthLine {
  const name = "The trunk";
  if (share === null) return { name, well: false, words: "nobody can say just now" };
  if (share >= 1) return { name, well: true, words: "takes all its calls" };
  return {
    name,
    well: false,
    words: `refuses calls, and is given ${Math.round(share * 100)}% of its calls a second`,
  };
}

const alertsOf = (open: Record<string, number>): Health["alerts"] =>
  ofTelephones.flatMap((kind) => {
    const count = open[kind] ?? 0;
    return count > 0 ? [{ title: wording({ kind, event: "raised", about: [] }).title, count }] : [];
  });
