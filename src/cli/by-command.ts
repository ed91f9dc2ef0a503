import { userInfo } from "node:os";
import type { AuditWho } from "#access/audit.ts";

/** Who runs this command, for the audit: its operating system's user. */
export function byCommand(): AuditWho & { kind: "command" } {
  const { username } = userInfo();
  return { kind: "command", id: username, name: username };
}
