import { readNhsNumber } from "#campaign/nhs-number.ts";
import { readPhone } from "#campaign/phone-number.ts";
import { readSettings } from "#config.ts";
import { say, UsageError, writeAll } from "./command.ts";
import { defineGroup } from "./group.ts";
import { defineCommand } from "./options.ts";
import type { OptOutRecord } from "./ports.ts";

const add = defineCommand({
  name: "opt-out add",
  summary: "Never ring this number, or this person, for a survey again, whatever lists say.",
  options: {
    phone: { value: "NUMBER", help: "a UK telephone number: whoever has it is not rung" },
    "nhs-number": { value: "NUMBER", help: "a person, whatever the telephone" },
    trust: { value: "NAME", help: "who noted it; it holds for all (default: default)" },
    unit: { value: "NAME", help: "the same (default: default)" },
  },
  notes:
    "Of the number a keyed hash is kept and nothing else. Needs HEARBACK_DATABASE_URL and HEARBACK_DATA_KEY.",
  examples: ['hearback opt-out add --phone "07700 900123"'],
  run: async (_operands, given, io) => {
    const who = readWho(given.phone, given["nhs-number"]);
    const database = await io.services.openDatabase(readSettings(["databaseUrl", "dataKey"], io.env));
    try {
      const of = { trust: given.trust ?? "default", unit: given.unit ?? "default" };
      const isNew = await database.optOuts.add(who, of);
      const whom = "phone" in who ? "This number" : "This person";
      say(
        io.stdout,
        isNew ? `${whom} is not rung from now on.` : `${whom} was not rung already; it stays so.`,
      );
      return 0;
    } finally {
      await database.close();
    }
  },
});

/** Never repeats what was given: it would stand in the terminal's history of others. @throws UsageError */
function readWho(phone?: string, nhsNumber?: string): { phone: string } | { nhsNumber: string } {
  if ((phone === undefined) === (nhsNumber === undefined))
    throw new UsageError("hearback opt-out add needs one of --phone and --nhs-number");
  if (nhsNumber !== undefined) {
    const read = readNhsNumber(nhsNumber);
    if (read === null)
      throw new UsageError("--nhs-number is no NHS number: ten digits, the last a check digit");
    return { nhsNumber: read };
  }
  const reading = readPhone(phone!);
  if (reading.kind === "refused") throw new UsageError(`--phone: ${reading.fault}; ${reading.remedy}`);
  return { phone: reading.e164 };
}

const list = defineCommand({
  name: "opt-out list",
  summary: "All opt-outs: since when, by what, and for whom; no number comes out.",
  options: {
    all: { help: "those that were withdrawn too" },
    json: { help: "for programs: a JSON object a line" },
  },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback opt-out list"],
  run: async (_operands, given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      let count = 0;
      for await (const optOut of database.optOuts.all(!given.all)) {
        count += 1;
        await writeAll(io.stdout, `${given.json ? JSON.stringify(optOut) : lineOf(optOut)}\n`);
      }
      if (count === 0 && !given.json) say(io.stdout, "Nobody has opted out yet.");
      return 0;
    } finally {
      await database.close();
    }
  },
});

const lineOf = ({ id, scope, source, trust, writtenAt, withdrawnAt }: OptOutRecord): string =>
  [
    writtenAt.toISOString().slice(0, 16).replace("T", " "),
    scope.padEnd(6),
    source.replaceAll("_", " ").padEnd(12),
    trust,
    id,
    ...(withdrawnAt ? [`withdrawn ${withdrawnAt.toISOString().slice(0, 10)}`] : []),
  ].join("  ");

const withdraw = defineCommand({
  name: "opt-out withdraw",
  summary: "The number, or person, may be rung again; for an opt-out that was noted by mistake.",
  operands: ["ID"],
  options: {},
  notes: "ID stands in `hearback opt-out list`. Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback opt-out withdraw 01a1f7d2-63f3-7a3f-8a2c-0d4f5ad0a3c1"],
  run: async ([id], _given, io) => {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id!))
      throw new UsageError("hearback opt-out withdraw needs an opt-out's id, as in hearback opt-out list");
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      await database.optOuts.withdraw(id!);
      say(io.stdout, "The opt-out is withdrawn.");
      return 0;
    } finally {
      await database.close();
    }
  },
});

export const optOut = defineGroup({
  name: "opt-out",
  summary: "Note who is never to be rung, and see who is not.",
  parts: [add, list, withdraw],
  examples: ['hearback opt-out add --phone "07700 900123"', "hearback opt-out list"],
});
