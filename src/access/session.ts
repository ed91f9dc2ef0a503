/** How long a session is good for. Only a hash of its secret is kept; the secret lives in a cookie of the browser. */
const minuteMs = 60_000;

export const sessionLimits = {
  /** Unused for so long, it is over. */
  idleMs: 30 * minuteMs,
  /** However much it is used. */
  absoluteMs: 12 * 60 * minuteMs,
  /** From the right password to the code. */
  halfOpenMs: 10 * minuteMs,
};

/** `code`: the password was right, the code is asked; `enrol`: it was right, and there is no second factor yet. */
export type SessionStage = "code" | "enrol" | "open";

/** By what somebody signed in. */
export type SignInWay = "password" | "oidc" | "link";

export type SessionEnd =
  | "signed_out"
  | "ended"
  | "password_changed"
  | "roles_changed"
  | "account_ended"
  | "account_reset"
  | "went_on";

/** In words, for those who look at the list. */
export const sessionEndWords: Record<SessionEnd, string> = {
  signed_out: "signed out",
  ended: "ended from the list of sessions",
  password_changed: "the password was changed",
  roles_changed: "what this person may do was changed",
  account_ended: "the account was ended",
  account_reset: "the account was reset",
  went_on: "the next step of signing in followed",
};
