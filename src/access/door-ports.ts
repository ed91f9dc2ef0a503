/** What signing in needs to be kept. Implemented in postgres/: sign-in.ts, second-factor.ts, sessions.ts, tries.ts. */
import type { AuditWho } from "./audit.ts";
import type { SignedIn } from "./rights.ts";
import type { SessionEnd, SessionStage, SignInWay } from "./session.ts";

/** From where somebody asks; shown to them in the list of their sessions. */
export interface From {
  address: string;
  /** What the browser calls itself; cut to 300 characters. */
  agent: string;
}

/** A session that is about to begin: its cookie's hash, and from where. */
export interface NewSession {
  sha256: Buffer;
  from: From;
}

export interface Candidate {
  userId: string;
  name: string;
  email: string;
  passwordHash: string | null;
  hasSecondFactor: boolean;
}

/** A password was right; something is still to come. */
export interface HalfOpen {
  sessionId: string;
  userId: string;
  name: string;
  email: string;
  stage: Exclude<SessionStage, "open">;
  /** Null: none yet. */
  secondFactor: { secret: Buffer; lastStep: number } | null;
  /** The one that is being set up; null: none was shown yet. */
  enrolSecret: Buffer | null;
}

/** Who somebody is to another's sign-in service. */
export interface Identity {
  issuer: string;
  subject: string;
  /** As that service has verified it; null where it has not. */
  email: string | null;
}

/** Another's sign-in service. Implemented in oidc/. */
export interface SignInService {
  /**
   * Where to send the browser, and what it is to carry until it is back.
   * @throws AppError `oidc_failed`
   */
  begin(): Promise<{ url: string; proof: string }>;
  /**
   * @param back the whole address to which the browser was sent back
   * @returns `denied`: the service, or the person there, said no; `stale`: not begun in this browser, or too long ago
   * @throws AppError `oidc_failed`
   */
  finish(
    back: URL,
    proof: string,
  ): Promise<{ kind: "known"; identity: Identity } | { kind: "denied" | "stale" }>;
}

export interface SignInBook {
  /** By an address in small letters; null where no live account has it. */
  candidate(email: string): Promise<Candidate | null>;
  byId(userId: string): Promise<Candidate | null>;
  beginHalf(userId: string, stage: HalfOpen["stage"], session: NewSession): Promise<void>;
  half(sha256: Buffer): Promise<HalfOpen | null>;
  /** Each of these opens a session in place of the half-open one; false where another was quicker. */
  openByStep(half: HalfOpen, step: number, session: NewSession): Promise<boolean>;
  openByRecoveryCode(half: HalfOpen, codeSha256: Buffer, session: NewSession): Promise<boolean>;
  /** @returns the secret to be shown: an earlier one where there was one */
  showEnrolSecret(sessionId: string, secret: Buffer): Promise<Buffer>;
  enrol(half: HalfOpen, factor: EnrolledFactor, session: NewSession): Promise<boolean>;
  /** Null where the link is unknown, used or too old. */
  invited(sha256: Buffer): Promise<{ userId: string; name: string; email: string } | null>;
  /** Uses the link up; every earlier session ends. False where another was quicker. */
  accept(sha256: Buffer, passwordHash: string, session: NewSession): Promise<boolean>;
  /** Every session ends, and this one begins. */
  changePassword(userId: string, passwordHash: string, session: NewSession): Promise<void>;
  /** `unknown`: no account has this verified address; `another`: one has, but it belongs to another identity. */
  openByIdentity(identity: Identity, session: NewSession): Promise<"opened" | "unknown" | "another">;
  /** Uses the link up. In rehearsals only. */
  openByLink(sha256: Buffer, session: NewSession): Promise<boolean>;
  /** To the audit. @param userId null: no such account, or none that is known */
  refused(refusal: { userId: string | null; method: string; outcome: string; from: From }): Promise<void>;
}

export interface EnrolledFactor {
  secret: Buffer;
  /** Of the code that proved it. */
  step: number;
  recoverySha256: readonly Buffer[];
}

/** How often somebody tried lately. Keys are hashed with the data key, or not kept at all. */
export interface TryBook {
  /** Counts a try, unless there is still a wait. @returns the wait in milliseconds; 0: it may be made */
  take(tried: { account: string; address: string }, now: Date): Promise<number>;
  /**
   * It was no guess: the account's count begins anew, and the address has back what was counted on the way.
   * @param steps how many tries that was
   */
  forgive(tried: { account: string; address: string }, steps: number): Promise<void>;
}

export interface SessionRecord {
  id: string;
  way: SignInWay;
  begunAt: Date;
  /** To within a minute. */
  usedAt: Date;
  expiresAt: Date;
  address: string | null;
  agent: string | null;
}

export interface SessionBook {
  /** Whose it is, and what they may do; null where it is unknown, over, or unused for too long. A sign of life. */
  find(secret: string): Promise<SignedIn | null>;
  /** Those that are good now, newest first. */
  list(userId: string): Promise<SessionRecord[]>;
  /** False where it is over already, or another's. */
  end(session: { id: string; userId: string }, because: SessionEnd, by: AuditWho): Promise<boolean>;
  /** @param except a session that goes on. @returns how many ended */
  endAll(userId: string, because: SessionEnd, by: AuditWho, except?: string): Promise<number>;
}
