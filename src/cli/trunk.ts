import type { TrunkDesk, TrunkView } from "#campaign/trunk-desk.ts";
import { readSettings } from "#config.ts";
import { type Io, say } from "./command.ts";
import { defineGroup } from "./group.ts";
import { momentOf } from "./node.ts";
import { columns, defineCommand } from "./options.ts";
import { userAtHost } from "./user-name.ts";

const list = defineCommand({
  name: "trunk list",
  summary:
    "Every trunk that calls go by: its calls now, whether it is in use, its pace, and what it refused lately.",
  options: { json: { help: "for programs: a JSON object a line" } },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback trunk list"],
  run: async (_operands, given, io) =>
    withTrunks(io, async (trunks) => {
      const found = await trunks.list();
      if (given.json) for (const trunk of found) say(io.stdout, JSON.stringify(trunk));
      else if (found.length === 0) say(io.stdout, "Hearback has not started with any trunk yet.");
      else for (const line of columns(found.map(lineOf))) say(io.stdout, line);
      return 0;
    }),
});

const lineOf = ({ trunk, calls, share, ended, refused, since, draining }: TrunkView): [string, string] => [
  trunk,
  [
    `${calls} ${calls === 1 ? "call" : "calls"} now`,
    draining ? `out of use since ${momentOf(draining.since)} by ${draining.by}` : "in use",
    share < 1 ? `slowed to ${(share * 100).toFixed(1)} % of its pace` : "full pace",
    `refused ${refused} of ${ended} calls since ${momentOf(since)}`,
  ].join(", "),
];

const byOption = { by: { value: "NAME", help: "who says so (default: you, on this machine)" } } as const;

const drain = defineCommand({
  name: "trunk drain",
  summary: "Begin no more calls by one trunk, on any Asterisk; those going on come to their end.",
  operands: ["NAME"],
  options: byOption,
  notes:
    "What it would carry goes by the trunks after it; where there is none, nobody is rung until `hearback trunk resume`,\n" +
    "and no attempt is used up. So it is with whoever is put through to a person. It takes a second or so, and stays so over restarts;\n" +
    "a copy of Hearback of an older version knows nothing of it. Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback trunk drain north-carrier"],
  run: async ([name], given, io) =>
    withTrunks(io, async (trunks) => {
      await trunks.drain(name!, given.by ?? userAtHost());
      const others = (await trunks.list()).filter(({ draining }) => draining === null);
      say(io.stdout, `No call begins by ${name} any more.`);
      if (others.length === 0) say(io.stderr, "No other trunk is in use: nobody is rung at all.");
      return 0;
    }),
});

const resume = defineCommand({
  name: "trunk resume",
  summary: "Let calls begin again by one trunk.",
  operands: ["NAME"],
  options: byOption,
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback trunk resume north-carrier"],
  run: async ([name], given, io) =>
    withTrunks(io, async (trunks) => {
      const was = await trunks.resume(name!, given.by ?? userAtHost());
      say(io.stdout, was ? `Calls may begin by ${name} again.` : `${name} was in use.`);
      return 0;
    }),
});

async function withTrunks(io: Io, work: (trunks: TrunkDesk) => Promise<number>): Promise<number> {
  const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
  try {
    return await work(database.trunks);
  } finally {
    await database.close();
  }
}

export const trunk = defineGroup({
  name: "trunk",
  summary: "See the trunks that calls go by, take one out of use, and let it in again.",
  parts: [list, drain, resume],
  examples: ["hearback trunk list", "hearback trunk drain north-carrier"],
});
