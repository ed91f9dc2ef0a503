import { isScope, type Scope, scopes } from "#access/scopes.ts";
import { makeToken } from "#access/token.ts";
import { readSettings } from "#config.ts";
import { systemClock } from "#lib/clock.ts";
import { nearest } from "#lib/nearest.ts";
import { say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";

const dayMs = 86_400_000;
const usualDays = 365;

export const create = defineCommand({
  name: "token create",
  summary: "Make a token for another system; it is shown this once and never again.",
  operands: ["NAME"],
  options: {
    scope: { value: "SCOPE,...", help: "what it may do; the scopes are below", required: true, many: true },
    expires: { value: "DATE", help: `its last day (UTC), or never; in ${usualDays} days when not given` },
  },
  notes: [
    `Scopes: ${scopes.join(", ")}.`,
    "Only the token is written to standard output. Hearback keeps no more than its hash: if it is lost, make another.",
    "Needs HEARBACK_DATABASE_URL.",
  ].join("\n"),
  examples: [
    "hearback token create results-warehouse --scope read:results,read:recordings --expires 2027-03-31",
    "hearback token create prometheus --scope read:metrics --expires never",
  ],
  run: async ([name], given, io) => {
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name!))
      throw new UsageError(`"${name}" is no name for a token: small letters, digits and -, at most 64`);
    const wanted = readScopes(given.scope);
    const expiresAt = readExpiry(given.expires, systemClock.now());
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const { token, prefix, sha256 } = makeToken();
      await database.tokens.create({ name: name!, prefix, sha256, scopes: wanted, expiresAt });
      const until = expiresAt ? `to the end of ${lastDay(expiresAt)}` : "for ever";
      say(io.stderr, `Token "${name}" may ${wanted.join(", ")} ${until}. It is not shown again:`);
      say(io.stdout, token);
      return 0;
    } finally {
      await database.close();
    }
  },
});

function readScopes(given: readonly string[]): Scope[] {
  for (const word of given) {
    if (isScope(word)) continue;
    const meant = nearest(word, [...scopes]);
    throw new UsageError(
      `there is no scope "${word}"; ${meant ? `did you mean ${meant}?` : `there are: ${scopes.join(", ")}`}`,
    );
  }
  return scopes.filter((scope) => given.includes(scope));
}

const lastDay = (expiresAt: Date): string => new Date(expiresAt.getTime() - 1).toISOString().slice(0, 10);

/** The end of the day named. */
function readExpiry(raw: string | undefined, now: Date): Date | null {
  if (raw === "never") return null;
  if (raw === undefined) return new Date(now.getTime() + usualDays * dayMs);
  const begins = Date.parse(`${raw}T00:00:00Z`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(raw) && !Number.isNaN(begins);
  if (!isDay || new Date(begins).toISOString().slice(0, 10) !== raw)
    throw new UsageError(`--expires ${raw} is neither a date such as 2027-03-31 nor never`);
  if (begins + dayMs <= now.getTime()) throw new UsageError(`--expires ${raw} is past`);
  return new Date(begins + dayMs);
}
