import type { Campaign, TransferTarget } from "#campaign/campaign.ts";
import { mostTalkMinutes, usualTalkMinutes } from "#campaign/longest-call.ts";
import { maskNumber } from "#campaign/phone-number.ts";
import { type TransferChange, targetName } from "#campaign/transfers.ts";
import { readSettings } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import { readAllowed } from "./allow-number.ts";
import { readHours, writeHours } from "./calling-hours.ts";
import { type Io, say, UsageError } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { columns, defineCommand, type Given, readNumber } from "./options.ts";
import type { Database } from "./ports.ts";

const options = {
  open: {
    value: "DAYS=FROM-TO",
    help: "their own hours, as campaign create's --hours, in its time zone; or `campaign`: as its calling hours",
    many: true,
  },
  "talk-limit": {
    value: "MINUTES",
    help: `how long a talk with them may last; ${usualTalkMinutes} when never given, at most ${mostTalkMinutes}`,
  },
  remove: { value: "TARGET", help: "take it off the list" },
  "allow-number": {
    value: "NUMBER",
    help: "of a rehearsal: it may be this one, beside drama numbers",
    many: true,
  },
} as const;

export const transfer = defineCommand({
  name: "campaign transfer",
  summary: "Whom a campaign's flow may put callers through to: list them, set or add one, take one off.",
  operands: ["NAME", "[TARGET[=NUMBER]]"],
  options,
  notes: [
    "Without TARGET it lists them, their numbers masked. What is not given stays as it is. Public holidays and closed days",
    "are always the campaign's. A call that is going on keeps what it began with; new calls, and one that another Hearback",
    "takes over, get the new number. One that a flow of the campaign still names is not taken off: not of the live release,",
    "its canary or the campaign's own, nor of one that visits keep. Who changed what is in the audit, without the number.",
    "Needs HEARBACK_DATABASE_URL; --remove, where no release is live, the folders as `campaign create` does.",
  ].join("\n"),
  examples: [
    "hearback campaign transfer outpatients-may",
    "hearback campaign transfer outpatients-may ward-desk='01632 960123' --open mon-fri=08:00-16:00",
    "hearback campaign transfer outpatients-may --remove ward-desk",
  ],
  run: async ([name, wanted], given, io) => {
    const act = readAct(wanted, given);
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const campaign = await findCampaign(database, name!);
      return await (act ? act(database, campaign, io) : list(campaign, io));
    } finally {
      await database.close();
    }
  },
});

type Act = (database: Database, campaign: Campaign, io: Io) => Promise<number>;

/** Null: to list them. @throws UsageError */
function readAct(wanted: string | undefined, given: Given<typeof options>): Act | null {
  const change = readChange(given);
  const changes = change.open !== undefined || change.talkMinutes !== undefined;
  if (given.remove !== undefined) {
    if (wanted !== undefined || changes)
      throw new UsageError("--remove takes one target off, and nothing else");
    return remove(given.remove);
  }
  if (wanted === undefined) {
    if (changes)
      throw new UsageError("of which target? e.g. hearback campaign transfer NAME ward-desk --open ...");
    return null;
  }
  const [, target, number] = /^([^=]+?)(?:\s*=(.*))?$/.exec(wanted) ?? [];
  if (!target || number?.trim() === "")
    throw new UsageError("the target is neither like ward-desk nor like ward-desk=NUMBER");
  // Somebody who leaves the name out gives a number; it is not repeated.
  if (!targetName.test(target))
    throw new UsageError(
      "the target's name has other letters than a-z, 0-9 and hyphens: write ward-desk=NUMBER",
    );
  if (number === undefined && !changes)
    throw new UsageError(`what of ${target}? Give ${target}=NUMBER, --open or --talk-limit`);
  return set(target, { ...change, number: number?.trim() });
}

function readChange(given: Given<typeof options>): TransferChange {
  const asCampaign = given.open.length === 1 && given.open[0] === "campaign";
  const limit = given["talk-limit"];
  return {
    allowNumbers: readAllowed(given["allow-number"]),
    open: given.open.length === 0 ? undefined : asCampaign ? null : readHours(given.open, "--open"),
    talkMinutes: limit === undefined ? undefined : readNumber("--talk-limit", limit, 1),
  };
}

const set =
  (target: string, change: TransferChange): Act =>
  async (database, campaign, { stdout }) => {
    const { settings, fields, isNew } = await database.setTransfer(campaign, target, change);
    const told = fields.length === 0 ? "was so already" : isNew ? "is added" : "is changed";
    say(stdout, `"${target}" of campaign "${campaign.name}" ${told}; new calls get:`);
    for (const line of columns([rowOf(target, settings.transfers[target]!)])) say(stdout, line);
    return 0;
  };

const remove =
  (target: string): Act =>
  async (database, campaign, { stdout, services, env }) => {
    const folders = readSettings(["promptFolder", "flowFolder"], env);
    const because = await database.removeTransfer(
      campaign,
      target,
      async () => (await services.releaseFolders(folders)).files,
    );
    if (because.length > 0)
      throw new AppError("transfer_named", [`Not removed from "${campaign.name}":`, ...because].join("\n  "));
    say(stdout, `"${target}" is no more on the list of campaign "${campaign.name}".`);
    return 0;
  };

async function list({ name, settings }: Campaign, { stdout }: Io): Promise<number> {
  const rows = Object.entries(settings.transfers).map(([target, of]) => rowOf(target, of));
  if (rows.length === 0) say(stdout, `The flow of campaign "${name}" can put callers through to nobody.`);
  for (const line of columns(rows)) say(stdout, line.trimStart());
  return 0;
}

const rowOf = (target: string, { number, open, talkMinutes }: TransferTarget): [string, string] => [
  target,
  [
    maskNumber(number),
    open ? writeHours(open) : "open as the campaign calls",
    `talks of ${talkMinutes} minutes at most`,
  ].join("  "),
];
