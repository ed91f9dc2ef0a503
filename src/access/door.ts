/**
 * The door: how somebody comes in by password and code. Whether there is such an account shows nowhere: not in the words,
 * not in the time it takes, not in the wait after wrong tries.
 */
import type { Clock } from "#lib/clock.ts";
import { sameEmail } from "./account.ts";
import type { From, HalfOpen, Identity, SignInBook, TryBook } from "./door-ports.ts";
import { hashPassword, isPassword, type PasswordFault, passwordFault } from "./password.ts";
import { hashOfCode, makeRecoveryCodes, readRecoveryCode } from "./recovery-codes.ts";
import type { SignedIn } from "./rights.ts";
import { makeSecret, readSecret } from "./secret.ts";
import { acceptedStep, makeTotpSecret } from "./totp.ts";

export interface DoorParts {
  book: SignInBook;
  tries: TryBook;
  clock: Clock;
}

type Waiting = { kind: "wait"; ms: number };
/** Nothing was right, or nothing was known: the same answer. */
type Refused = { kind: "refused" };
/** The secret is for the cookie. */
type Opened = { kind: "open"; secret: string };
/** Too long ago, or never begun. */
type Over = { kind: "over" };

export type PasswordAnswer = Waiting | Refused | { kind: HalfOpen["stage"]; secret: string };

export interface Door {
  withPassword(given: { email: string; password: string; from: From }): Promise<PasswordAnswer>;
  /** Who is between password and code; null where nobody is. */
  half(secret: string | undefined): Promise<HalfOpen | null>;
  /** Six digits of the app, or a recovery code. */
  withCode(half: HalfOpen, code: string, from: From): Promise<Waiting | Refused | Opened>;
  /** The secret that the app is to scan: the same until it was proved. */
  enrolSecret(half: HalfOpen): Promise<Buffer>;
  /** @returns `codes` to be shown this once */
  enrol(half: HalfOpen, code: string, from: From): Promise<Refused | Over | (Opened & { codes: string[] })>;
  invited(secret: string): Promise<{ name: string; email: string } | null>;
  accept(
    secret: string,
    password: string,
    from: From,
  ): Promise<Over | Faulty | { kind: "enrol"; secret: string }>;
  changePassword(
    who: SignedIn,
    given: { current: string; next: string; from: From },
  ): Promise<Waiting | Refused | Faulty | Opened>;
  /** Whom another's sign-in service has named. */
  withIdentity(identity: Identity, from: From): Promise<Refused | Opened>;
  /** In rehearsals only. */
  withLink(secret: string, from: From): Promise<Over | Opened>;
}

type Faulty = { kind: "faulty"; fault: PasswordFault };

export function createDoor(parts: DoorParts): Door {
  const { book } = parts;
  return {
    withPassword: (given) => withPassword(parts, given),
    half: async (secret) => {
      const sha256 = readSecret(secret);
      return sha256 ? book.half(sha256) : null;
    },
    withCode: (half, code, from) => withCode(parts, half, { code, from }),
    enrolSecret: async ({ sessionId, enrolSecret }) =>
      enrolSecret ?? (await book.showEnrolSecret(sessionId, makeTotpSecret())),
    enrol: (half, code, from) => enrol(parts, half, { code, from }),
    invited: async (secret) => {
      const sha256 = readSecret(secret);
      return sha256 ? book.invited(sha256) : null;
    },
    accept: (secret, password, from) => accept(parts, { secret, password, from }),
    changePassword: (who, given) => changePassword(parts, who, given),
    withIdentity: async (identity, from) => {
      const { secret, sha256 } = makeSecret();
      const found = await book.openByIdentity(identity, { sha256, from });
      if (found === "opened") return { kind: "open", secret };
      await book.refused({ userId: null, method: "oidc", outcome: found, from });
      return { kind: "refused" };
    },
    withLink: async (link, from) => {
      const link256 = readSecret(link);
      const { secret, sha256 } = makeSecret();
      const opened = link256 !== null && (await book.openByLink(link256, { sha256, from }));
      return opened ? { kind: "open", secret } : { kind: "over" };
    },
  };
}

async function withPassword(
  { book, tries, clock }: DoorParts,
  { email: typed, password, from }: { email: string; password: string; from: From },
): Promise<PasswordAnswer> {
  const email = sameEmail(typed).slice(0, 254);
  const ms = await tries.take({ account: email, address: from.address }, clock.now());
  if (ms > 0) return { kind: "wait", ms };
  const candidate = await book.candidate(email);
  const right = await isPassword(password, candidate?.passwordHash ?? null);
  if (!candidate || !right) {
    const userId = candidate?.userId ?? null;
    await book.refused({ userId, method: "password", outcome: "wrong", from });
    return { kind: "refused" };
  }
  const stage = candidate.hasSecondFactor ? "code" : "enrol";
  const { secret, sha256 } = makeSecret();
  await book.beginHalf(candidate.userId, stage, { sha256, from });
  return { kind: stage, secret };
}

interface Coded {
  code: string;
  from: From;
}

async function withCode({ book, tries, clock }: DoorParts, half: HalfOpen, { code, from }: Coded) {
  const tried = { account: half.email, address: from.address };
  const ms = await tries.take(tried, clock.now());
  if (ms > 0) return { kind: "wait", ms } as const;
  const { secret, sha256 } = makeSecret();
  const session = { sha256, from };
  const recovery = readRecoveryCode(code);
  const { secondFactor } = half;
  const step = secondFactor && acceptedStep(secondFactor.secret, code, clock.now(), secondFactor.lastStep);
  let opened = false;
  if (step !== null) opened = await book.openByStep(half, step, session);
  else if (recovery !== null) opened = await book.openByRecoveryCode(half, hashOfCode(recovery), session);
  if (!opened) {
    await book.refused({ userId: half.userId, method: "code", outcome: "wrong", from });
    return { kind: "refused" } as const;
  }
  // Not before all was right: who has the password only must not win new tries at the code with it.
  await tries.forgive(tried, 2);
  return { kind: "open", secret } as const;
}

async function enrol({ book, tries, clock }: DoorParts, half: HalfOpen, { code, from }: Coded) {
  if (half.enrolSecret === null) return { kind: "over" } as const;
  const step = acceptedStep(half.enrolSecret, code, clock.now(), 0);
  if (step === null) return { kind: "refused" } as const;
  const codes = makeRecoveryCodes();
  const factor = { secret: half.enrolSecret, step, recoverySha256: codes.map(hashOfCode) };
  const { secret, sha256 } = makeSecret();
  if (!(await book.enrol(half, factor, { sha256, from }))) return { kind: "over" } as const;
  await tries.forgive({ account: half.email, address: from.address }, 1);
  return { kind: "open", secret, codes } as const;
}

async function accept(
  { book }: DoorParts,
  { secret: link, password, from }: { secret: string; password: string; from: From },
) {
  const link256 = readSecret(link);
  const invited = link256 && (await book.invited(link256));
  if (!link256 || !invited) return { kind: "over" } as const;
  const fault = passwordFault(password, invited);
  if (fault) return { kind: "faulty", fault } as const;
  const { secret, sha256 } = makeSecret();
  const accepted = await book.accept(link256, await hashPassword(password), { sha256, from });
  return accepted ? ({ kind: "enrol", secret } as const) : ({ kind: "over" } as const);
}

async function changePassword(
  { book, tries, clock }: DoorParts,
  { userId }: SignedIn,
  { current, next, from }: { current: string; next: string; from: From },
) {
  const candidate = await book.byId(userId);
  const tried = { account: candidate?.email ?? userId, address: from.address };
  const ms = await tries.take(tried, clock.now());
  if (ms > 0) return { kind: "wait", ms } as const;
  if (!candidate || !(await isPassword(current, candidate.passwordHash))) {
    await book.refused({ userId, method: "password change", outcome: "wrong", from });
    return { kind: "refused" } as const;
  }
  await tries.forgive(tried, 1);
  const fault = passwordFault(next, candidate);
  if (fault) return { kind: "faulty", fault } as const;
  const { secret, sha256 } = makeSecret();
  await book.changePassword(userId, await hashPassword(next), { sha256, from });
  return { kind: "open", secret } as const;
}
