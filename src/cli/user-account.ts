/** What the commands of `hearback user` have in common. */
import { type Account, grantFault, sameEmail } from "#access/account.ts";
import type { AuditWho } from "#access/audit.ts";
import { type Grant, isRole, roles } from "#access/rights.ts";
import { readSettings } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import { nearest } from "#lib/nearest.ts";
import { type Io, UsageError } from "./command.ts";
import type { Database } from "./ports.ts";
import { userName } from "./user-name.ts";

export const grantOptions = {
  role: { value: "ROLE", help: roles.join(", "), required: true },
  trust: { value: "NAME", help: "where; `default` when not given" },
  unit: { value: "NAME", help: "a clinician of this unit only" },
  site: { value: "NAME", help: "of this site only" },
  ward: { value: "NAME", help: "of this ward only" },
  service: { value: "NAME", help: "of this service only" },
} as const;

export const grantNotes =
  "Units, sites, wards and services are written as in the lists of visits; clinicians alone are kept to them.";

type GivenGrant = { role: string } & {
  [K in "trust" | "unit" | "site" | "ward" | "service"]: string | undefined;
};

/** @throws UsageError */
export function readGrant(given: GivenGrant): Grant {
  const { role, trust = "default", unit = null, site = null, ward = null, service = null } = given;
  if (!isRole(role)) {
    const meant = nearest(role, [...roles]);
    throw new UsageError(
      `there is no role "${role}"; ${meant ? `did you mean ${meant}?` : `there are: ${roles.join(", ")}`}`,
    );
  }
  const grant = { role, trust, unit, site, ward, service };
  const fault = grantFault(grant);
  if (fault) throw new UsageError(fault);
  return grant;
}

/** Whoever types the command, by their name on this machine. */
export const commandUser = (): AuditWho => ({ kind: "command", id: userName(), name: null });

export async function withDatabase<T>(io: Io, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** @throws AppError `account_missing` */
export async function accountOf({ accounts }: Database, typed: string): Promise<Account> {
  const found = await accounts.find({ email: sameEmail(typed) });
  if (found) return found;
  const others = (await accounts.list({ ended: false })).map(({ email }) => email);
  const meant = nearest(sameEmail(typed), others);
  const hint = meant ? `did you mean ${meant}?` : "see hearback user list";
  throw new AppError("account_missing", `There is no account of ${typed}; ${hint}`);
}
