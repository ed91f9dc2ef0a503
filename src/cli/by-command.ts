import type { AuditWho } from "#access/audit.ts";
import { userName } from "./user-name.ts";

/** Who runs this command, for the audit: its operating system's user. */
export function byCommand(): AuditWho & { kind: "command" } {
  const username = userName();
  return { kind: "command", id: username, name: username };
}
