/** Accounts, and the door that they come in by, on a test's own database; time stands still until it is moved. */
import type { Pool } from "pg";
import { createDoor, type Door } from "#access/door.ts";
import type { From } from "#access/door-ports.ts";
import { invitationEnds } from "#access/invitation.ts";
import type { Grant } from "#access/rights.ts";
import { makeSecret } from "#access/secret.ts";
import { totpAt, totpStep } from "#access/totp.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { createAccountBook } from "#postgres/accounts.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import { createSignInBook } from "#postgres/sign-in.ts";
import { createTryBook } from "#postgres/tries.ts";
import { ciphers } from "./survey.ts";

export const byCommand = { kind: "command", id: "tester", name: null } as const;
export const from: From = { address: "10.1.2.3", agent: "Test browser" };
export const goodPassword = "teacup marmalade fox";

export const grantOf = (different: Partial<Grant> = {}): Grant => ({
  ...{ role: "clinician", trust: "RXX", unit: null, site: null, ward: null, service: null },
  ...different,
});

/** What an authenticator app shows then. */
export const appCode = (app: Buffer, at: Date): string => totpAt(app, totpStep(at));

export interface SignInBench {
  accounts: ReturnType<typeof createAccountBook>;
  sessions: ReturnType<typeof createSessionBook>;
  door: Door;
  moveClock(ms: number): void;
  now(): Date;
  /** An account that was invited. @returns the link's secret */
  invite(different?: Partial<{ email: string; name: string; grants: Grant[] }>): Promise<Invited>;
  /** One with a password and an app. */
  settled(different?: Partial<{ email: string; name: string; grants: Grant[] }>): Promise<Settled>;
  /** What the app shows now; half a minute is let pass first, so that it is not one that was used. */
  nextCode(app: Buffer): string;
  /** The apps that somebody has set up, or is setting up: their secrets. */
  appsOf(userId: string): Promise<Buffer[]>;
  auditOf(userId: string): Promise<{ action: string; who: string; details: Record<string, unknown> }[]>;
}

export interface Invited {
  userId: string;
  email: string;
  link: string;
}

export interface Settled extends Invited {
  app: Buffer;
  codes: string[];
  /** Of the session that setting up ended with. */
  secret: string;
}

export function signInBench(pool: Pool): SignInBench {
  let time = systemClock.now().getTime();
  const clock: Clock = { ...systemClock, now: () => new Date(time) };
  const accounts = createAccountBook(pool);
  const sessions = createSessionBook(pool);
  const door = createDoor({
    book: createSignInBook(pool, ciphers),
    tries: createTryBook(pool, ciphers),
    clock,
  });
  const moveClock = (ms: number) => {
    time += ms;
  };
  const nextCode = (app: Buffer) => {
    moveClock(30_000);
    return appCode(app, clock.now());
  };
  const invite: SignInBench["invite"] = async (different = {}) => {
    const { secret: link, sha256 } = makeSecret();
    const email = different.email ?? `${newName("w.okonjo")}@trust.example`;
    const { id: userId } = await accounts.add(
      {
        ...{ email, name: "Wilhelmina Okonjo", grants: [grantOf()], ...different },
        invitation: { sha256, expiresAt: invitationEnds(systemClock.now()) },
      },
      byCommand,
    );
    return { userId, email, link };
  };
  const settled: SignInBench["settled"] = async (different) => {
    const invited = await invite(different);
    const accepted = await door.accept(invited.link, goodPassword, from);
    if (accepted.kind !== "enrol") throw new Error(accepted.kind);
    const app = await door.enrolSecret((await door.half(accepted.secret))!);
    const enrolled = await door.enrol((await door.half(accepted.secret))!, nextCode(app), from);
    if (enrolled.kind !== "open") throw new Error(enrolled.kind);
    return { ...invited, app, codes: enrolled.codes, secret: enrolled.secret };
  };
  const auditOf: SignInBench["auditOf"] = async (userId) =>
    (
      await pool.query(
        `select action, who_kind || ' ' || who_id as who, details from housekeeping.audit_entry
         where subject_id = $1 or who_id = $1 order by n`,
        [userId],
      )
    ).rows;
  const appsOf: SignInBench["appsOf"] = async (userId) =>
    (
      await pool.query(
        `select enrol_secret_enc as sealed from housekeeping.session where user_id = $1 and enrol_secret_enc is not null
         union all select secret_enc from housekeeping.second_factor where user_id = $1`,
        [userId],
      )
    ).rows.map(({ sealed }) => Buffer.from(ciphers.decrypt("totp", sealed), "base64"));
  return {
    appsOf,
    accounts,
    sessions,
    door,
    moveClock,
    now: () => clock.now(),
    invite,
    settled,
    nextCode,
    auditOf,
  };
}
