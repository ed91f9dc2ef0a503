import type { TokenRecord } from "#access/ports.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const list = defineCommand({
  name: "token list",
  summary: "All tokens: what each may do, until when, when it was last used.",
  options: { json: { help: "for programs: a JSON array" } },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback token list"],
  run: async (_operands, given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const tokens = await database.tokens.list();
      const now = systemClock.now();
      if (given.json) say(io.stdout, JSON.stringify(tokens, null, 2));
      else for (const line of tokenLines(tokens, now)) say(io.stdout, line);
      return 0;
    } finally {
      await database.close();
    }
  },
});

export const revoke = defineCommand({
  name: "token revoke",
  summary: "End a token at once and for good.",
  operands: ["NAME"],
  options: {},
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback token revoke results-warehouse"],
  run: async ([name], _given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      await database.tokens.revoke(name!);
      say(io.stdout, `Token "${name}" is revoked.`);
      return 0;
    } finally {
      await database.close();
    }
  },
});

function tokenLines(tokens: readonly TokenRecord[], now: Date): string[] {
  if (tokens.length === 0)
    return ["There is no token yet; make one with: hearback token create NAME --scope ..."];
  return tokens.flatMap((token) => [
    `${token.name}  ${token.prefix}_…  ${standing(token, now)}, ${lastUse(token)}`,
    `  ${token.scopes.join(", ")}`,
  ]);
}

function standing({ revokedAt, expiresAt }: TokenRecord, now: Date): string {
  if (revokedAt) return `revoked ${day(revokedAt)}`;
  if (!expiresAt) return "never expires";
  return expiresAt <= now
    ? `expired ${day(expiresAt)}`
    : `good to the end of ${day(new Date(expiresAt.getTime() - 1))}`;
}

const lastUse = ({ lastUsedAt }: TokenRecord): string =>
  lastUsedAt ? `last used ${lastUsedAt.toISOString().slice(0, 16).replace("T", " ")} UTC` : "never used";

const day = (moment: Date): string => moment.toISOString().slice(0, 10);
