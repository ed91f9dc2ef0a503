/** What the audit knows to tell: who did what to what, and why. Written by postgres/audit-log.ts. */

/** Closed, so that it can be searched; add to it what people may do. */
export const auditActions = [
  // Coming and going.
  "sign-in",
  "sign-in-failed",
  "sign-out",
  "session-end",
  "user-invite",
  "user-change",
  "user-end",
  "password-change",
  "second-factor-change",
  "token-create",
  "token-revoke",
  // Stories.
  "listen",
  "read-story",
  "search",
  "correct",
  "restore-text",
  "note",
  "label",
  "assign",
  "heard",
  "flag",
  "unflag",
  "share",
  "clip",
  "break-glass",
  "recordings-read",
  "results-read",
  "export",
  // Campaigns and their people.
  "campaign-create",
  "campaign-move",
  "campaign-release",
  "campaign-transfer",
  "import",
  "visit-hold",
  "visit-release",
  "visit-withdraw",
  "visit-retry",
  "opt-out",
  "opt-out-withdraw",
  "stop-all",
  "resume-all",
  // Flows, prompts and dialplans.
  "release-save",
  "release-undo",
  "release-discard",
  "release-bring-back",
  "release-walk",
  "release-walk-stop",
  "release-publish",
  "release-approve",
  "release-rollback",
  "prompt-approve",
  "prompt-import",
  "prompt-record",
  "prompt-restore",
  "prompt-say",
  "staff-call",
  "staff-call-end",
  // Telephones.
  "node-drain",
  "node-resume",
  "node-remove",
  "trunk-drain",
  "trunk-resume",
  "dialplan-apply",
  "dialplan-put-back",
  // What is kept, and how long.
  "erase",
  "subject-access",
  "retention-change",
  "retention-run",
  "key-rotate",
  "seal",
  "audit-read",
  "audit-export",
] as const;
export type AuditAction = (typeof auditActions)[number];

/**
 * What `details` may speak of: kinds, counts, ids, words of closed lists and names of our own things. Nothing that a
 * patient is or said; nothing that somebody typed.
 */
export const auditDetailFields = [
  "address",
  "campaign",
  "channel",
  "count",
  "days",
  "dryRun",
  "engine",
  "expiresAt",
  "field",
  "files",
  "filter",
  "format",
  "from",
  "fromMs",
  "keyId",
  "kind",
  "label",
  "method",
  "outcome",
  "path",
  "role",
  "rows",
  "scopes",
  "service",
  "sessionId",
  "site",
  "state",
  "storyId",
  "to",
  "toMs",
  "unit",
  "userId",
  "version",
  "visitId",
  "ward",
  "words",
] as const;
export type AuditDetailField = (typeof auditDetailFields)[number];
export type AuditDetails = Partial<Record<AuditDetailField, string | number | boolean | null>>;

export interface AuditWho {
  /** `command`: its operating system's user; `job`: Hearback itself; `link`: whoever holds a link that was shared. */
  kind: "user" | "token" | "command" | "job" | "link";
  id: string;
  /** As it was then: of staff, or of a token. */
  name: string | null;
}

export interface AuditEntry {
  who: AuditWho;
  action: AuditAction;
  subject: { kind: string; id: string } | null;
  /** Null: of no single trust. */
  trust: string | null;
  /** In the words of whoever did it, where they were asked; at most 1,000 characters. */
  reason: string | null;
  details: AuditDetails;
}

/** An entry as it was written: `n` counts without gaps, `hash` (64 hex digits) covers it and all before it. */
export interface AuditRecord extends AuditEntry {
  n: number;
  at: Date;
  hash: string;
}

export interface AuditFilter {
  /** A user's, token's or command's id. */
  whoId?: string;
  actions?: readonly AuditAction[];
  subject?: { kind: string; id: string };
  /** `from` counts, `until` does not. */
  from?: Date;
  until?: Date;
  trust?: string;
}

const longest = 300;
const telephone = /(?:\+|\b00)44[\d ]{9,}|(?<![\w-])0[\d ]{9,}(?![\w-])/;

/** What keeps an entry from being written, in words for a developer; null where nothing does. */
export function auditFault({ action, details }: AuditEntry): string | null {
  if (!(auditActions as readonly string[]).includes(action)) return `the audit knows no action "${action}"`;
  for (const [field, value] of Object.entries(details)) {
    if (!(auditDetailFields as readonly string[]).includes(field))
      return `the audit keeps no detail "${field}": add it to auditDetailFields if nothing of a patient is in it`;
    if (typeof value !== "string") continue;
    if (value.length > longest) return `the detail "${field}" is longer than ${longest} characters`;
    if (telephone.test(value)) return `the detail "${field}" looks like a telephone number`;
  }
  return null;
}
