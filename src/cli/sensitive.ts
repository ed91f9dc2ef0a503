import type { SensitiveService } from "#campaign/sensitive-services.ts";
import { readSettings } from "#config.ts";
import { nearest } from "#lib/nearest.ts";
import { type Command, type Io, say, UsageError } from "./command.ts";
import { columns, defineCommand } from "./options.ts";
import type { Database } from "./ports.ts";

async function withDatabase<T>(io: Io, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const add = defineCommand({
  name: "sensitive add",
  summary: "From now on nobody is called about visits that fit; * stands for any text.",
  options: {
    site: { value: "PATTERN", help: "the list's site" },
    ward: { value: "PATTERN", help: "the list's ward" },
    service: { value: "PATTERN", help: "the list's service" },
    reason: { value: "TEXT", help: "why, for those who come after", required: true },
    trust: { value: "NAME", help: "whose visits; `default` when not given" },
  },
  notes: [
    "At least one of --site, --ward and --service; where several are given, a visit must fit them all.",
    "Visits that are imported already are not called either. Needs HEARBACK_DATABASE_URL.",
  ].join("\n"),
  examples: ["hearback sensitive add --service 'early pregnancy*' --reason 'miscarriage'"],
  run: async (_operands, given, io) => {
    const { site = null, ward = null, service = null, reason, trust = "default" } = given;
    const patterns = [site, ward, service].filter((pattern) => pattern !== null);
    if (patterns.length === 0) throw new UsageError("give at least one of --site, --ward and --service");
    if (patterns.some((pattern) => pattern.replaceAll("*", "").trim() === ""))
      throw new UsageError("a pattern of nothing but * would fit every visit: write what to look for");
    if (reason.trim() === "") throw new UsageError("--reason is empty");
    const added = await withDatabase(io, ({ sensitive }) =>
      sensitive.add({ trust, site, ward, service, reason }),
    );
    say(io.stdout, `Nobody is called about ${describe(added)} any more.`);
    return 0;
  },
});

const list = defineCommand({
  name: "sensitive list",
  summary: "The services about which nobody is called.",
  options: {
    all: { help: "those that were removed, too" },
    json: { help: "for programs: a JSON array" },
  },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback sensitive list"],
  run: async (_operands, given, io) => {
    const services = await withDatabase(io, ({ sensitive }) => sensitive.list({ removed: given.all }));
    if (given.json) say(io.stdout, JSON.stringify(services, null, 2));
    else if (services.length === 0) say(io.stdout, "There is none yet; see hearback sensitive add --help.");
    else
      for (const service of services) say(io.stdout, `${service.id}  ${describe(service)}${gone(service)}`);
    return 0;
  },
});

const remove = defineCommand({
  name: "sensitive remove",
  summary: "Call about visits that fit again; those that were done with meanwhile stay so.",
  operands: ["ID"],
  options: {},
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback sensitive remove 01a200eb-b85b-7097-89bd-1ce93f0c82da"],
  run: async ([id], _given, io) => {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id!))
      throw new UsageError(`"${id}" is no ID as hearback sensitive list shows them`);
    const removed = await withDatabase(io, ({ sensitive }) => sensitive.remove(id!));
    say(io.stdout, `People may be called about ${describe(removed)} again.`);
    return 0;
  },
});

function describe({ trust, site, ward, service, reason }: SensitiveService): string {
  const parts = Object.entries({ site, ward, service }).filter(([, pattern]) => pattern !== null);
  return `${parts.map(([name, pattern]) => `${name} "${pattern}"`).join(" and ")} of ${trust} (${reason})`;
}

const gone = ({ removedAt }: SensitiveService): string =>
  removedAt ? `, removed ${removedAt.toISOString().slice(0, 10)}` : "";

const parts: Command[] = [add, list, remove];
const summary = "Name the services about which nobody is called.";

const usage = [
  "Usage: hearback sensitive COMMAND [options]",
  "",
  summary,
  "",
  "Commands:",
  ...columns(parts.map(({ name, summary: what }) => [name, what])),
  "",
  "hearback sensitive COMMAND --help tells more of each.",
  "",
  "Example:",
  "  hearback sensitive add --service 'early pregnancy*' --reason 'miscarriage'",
].join("\n");

export const sensitive: Command = {
  name: "sensitive",
  summary,
  usage,
  run: async ([word, ...rest], io) => {
    if (word === "--help" || word === "-h") {
      say(io.stdout, usage);
      return 0;
    }
    const names = parts.map(({ name }) => name);
    if (word === undefined) throw new UsageError(`hearback sensitive needs one of: ${names.join(", ")}`);
    const part = parts.find(({ name }) => name === word);
    if (part) return part.run(rest, io);
    const meant = nearest(word, names);
    const hint = meant ? `did you mean ${meant}?` : `there are: ${names.join(", ")}`;
    throw new UsageError(`hearback sensitive has no command "${word}"; ${hint}`);
  },
};
