/** What was typed about a user or a role, read; each fault stands under the field's name. */
import { grantFault, isEmail, isName, sameEmail } from "#access/account.ts";
import { type Grant, isRole } from "#access/rights.ts";

export interface GrantForm {
  grant: Grant | null;
  values: Record<string, string>;
  faults: Record<string, string>;
}

export interface UserForm extends Omit<GrantForm, "grant"> {
  user: { email: string; name: string; grants: Grant[] } | null;
}

const longest = 200;

function textsOf(body: unknown): Record<string, string> {
  const entries = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value.trim().slice(0, longest)]] : [],
    ),
  );
}

/** @param trusts those in which whoever asks may give roles */
export function readGrantForm(body: unknown, trusts: ReadonlySet<string>): GrantForm {
  const values = textsOf(body);
  const { role = "", trust = "" } = values;
  const faults: Record<string, string> = {};
  if (!isRole(role)) faults.role = "Choose a role";
  if (!trusts.has(trust)) faults.trust = "Choose one of your trusts";
  if (!isRole(role) || faults.trust) return { grant: null, values, faults };
  const part = (name: string): string | null => values[name] || null;
  const grant: Grant = {
    ...{ role, trust, unit: part("unit"), site: part("site"), ward: part("ward"), service: part("service") },
  };
  const fault = grantFault(grant);
  if (fault) return { grant: null, values, faults: { unit: `${fault[0]!.toUpperCase()}${fault.slice(1)}` } };
  return { grant, values, faults };
}

export function readUserForm(body: unknown, trusts: ReadonlySet<string>): UserForm {
  const { grant, values, faults } = readGrantForm(body, trusts);
  const email = sameEmail(values.email ?? "");
  const name = values.name ?? "";
  const all = {
    ...(isName(name) ? {} : { name: "Enter their name, as colleagues know them" }),
    ...(isEmail(email) ? {} : { email: "Enter an e-mail address, such as name@trust.example" }),
    ...faults,
  };
  const user = grant && Object.keys(all).length === 0 ? { email, name, grants: [grant] } : null;
  return { user, values, faults: all };
}

/** The grant that a form's button stands for, written out: what was changed meanwhile is not taken for another. */
export function grantAt(grants: readonly Grant[], named: string): Grant | null {
  return grants.find((grant) => nameOfGrant(grant) === named) ?? null;
}

export const nameOfGrant = ({ role, trust, unit, site, ward, service }: Grant): string =>
  JSON.stringify([role, trust, unit, site, ward, service]);
