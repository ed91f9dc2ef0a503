import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type AuditFilter, type AuditRecord, auditActions } from "#access/audit.ts";
import { readSettings } from "#config.ts";
import { nearest } from "#lib/nearest.ts";
import { say, UsageError, writeAll } from "./command.ts";
import { defineGroup } from "./group.ts";
import { defineCommand } from "./options.ts";

const filterOptions = {
  who: { value: "ID", help: "of this user, token or command only" },
  action: { value: "ACTION,...", help: "of these only, such as listen or export", many: true },
  subject: { value: "KIND:ID", help: "about this only, such as story:01a2..." },
  from: { value: "DATE", help: "from the beginning of this day on (UTC)" },
  until: { value: "DATE", help: "to the end of this day (UTC)" },
  trust: { value: "NAME", help: "of this trust only" },
} as const;
const note = "That the audit was read is told in it, too. Needs HEARBACK_DATABASE_URL.";
const usual = 50;

const list = defineCommand({
  name: "audit list",
  summary: "Who did what, newest first.",
  options: {
    ...filterOptions,
    limit: { value: "COUNT", help: `so many; ${usual} when not given` },
    json: { help: "for programs: a JSON object a line" },
  },
  notes: note,
  examples: ["hearback audit list --action listen,export --from 2026-11-01"],
  run: async (_operands, given, io) => {
    const filter = readFilter(given);
    const limit = Number(given.limit ?? usual);
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
      throw new UsageError(`--limit ${given.limit} is no whole number from 1 to 10000`);
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const found = await database.audit.newest(filter, limit);
      for (const record of found) say(io.stdout, given.json ? JSON.stringify(record) : lineOf(record));
      if (found.length === 0 && !given.json) say(io.stdout, "The audit tells nothing of that.");
      return 0;
    } finally {
      await database.close();
    }
  },
});

const exported = defineCommand({
  name: "audit export",
  summary: "The audit as CSV, oldest first, with the hashes that chain it.",
  options: {
    ...filterOptions,
    out: { value: "FILE", help: "a file that only you may read; standard output when not given" },
  },
  notes: ["Cells that a spreadsheet would run as a formula get a ' in front.", note].join("\n"),
  examples: ["hearback audit export --from 2026-11-01 --until 2026-11-30 --out november.csv"],
  run: async (_operands, given, io) => {
    const filter = readFilter(given);
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const lines = database.audit.csv(filter);
      if (given.out !== undefined) {
        await pipeline(lines, createWriteStream(given.out, { mode: 0o600 }), { signal: io.signal });
        say(io.stderr, `The audit is in ${given.out}.`);
        return 0;
      }
      for await (const line of lines) {
        io.signal.throwIfAborted();
        await writeAll(io.stdout, line);
      }
      return 0;
    } finally {
      await database.close();
    }
  },
});

export const audit = defineGroup({
  name: "audit",
  summary: "See who did what to what, and why.",
  parts: [list, exported],
  examples: ["hearback audit list", "hearback audit export --out audit.csv"],
});

interface Given {
  who?: string | undefined;
  action?: readonly string[] | undefined;
  subject?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
  trust?: string | undefined;
}

function readFilter({ who, action = [], subject, from, until, trust }: Given): AuditFilter {
  const [, kind, id] = /^([a-z-]+):(.+)$/.exec(subject ?? "") ?? [];
  if (subject !== undefined && !(kind && id)) throw new UsageError(`--subject ${subject} is not KIND:ID`);
  return {
    ...(who === undefined ? {} : { whoId: who }),
    ...(action.length === 0 ? {} : { actions: action.map(readAction) }),
    ...(kind && id ? { subject: { kind, id } } : {}),
    ...(from === undefined ? {} : { from: readDay("--from", from) }),
    ...(until === undefined ? {} : { until: new Date(readDay("--until", until).getTime() + 86_400_000) }),
    ...(trust === undefined ? {} : { trust }),
  };
}

function readAction(word: string) {
  const found = auditActions.find((action) => action === word);
  if (found) return found;
  const meant = nearest(word, [...auditActions]);
  throw new UsageError(
    `the audit knows no action "${word}"; ${meant ? `did you mean ${meant}?` : `there are: ${auditActions.join(", ")}`}`,
  );
}

function readDay(option: string, raw: string): Date {
  const begins = new Date(`${raw}T00:00:00Z`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(raw) && begins.toString() !== "Invalid Date";
  if (!isDay || begins.toISOString().slice(0, 10) !== raw)
    throw new UsageError(`${option} ${raw} is no date such as 2026-11-30`);
  return begins;
}

const lineOf = ({ n, at, who, action, subject, trust, reason, details }: AuditRecord): string =>
  [
    String(n).padStart(6),
    at.toISOString().slice(0, 19).replace("T", " "),
    `${who.kind} ${who.name ?? who.id}`,
    action,
    ...(subject ? [`${subject.kind} ${subject.id}`] : []),
    ...(trust ? [trust] : []),
    ...(Object.keys(details).length > 0 ? [JSON.stringify(details)] : []),
    ...(reason ? [`because: ${reason}`] : []),
  ].join("  ");
