/** The rehearsal's Asterisks as a hospital would set them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeSettings } from "#config.ts";
import type { Ivr } from "./asterisk/ivr.ts";

/** A single one is called as it is where nobody names it. */
export const nodesOf = (ivrs: readonly Ivr[]): NodeSettings[] =>
  ivrs.map((ivr, index) => ({
    ...{ name: ivrs.length === 1 ? "asterisk" : `node-${index + 1}`, weight: 1, maxCalls: null },
    ...{ ariUrl: ivr.ariUrl, ariUser: ivr.ariUser, ariPassword: ivr.ariPassword, ariCa: null },
    ...{ amiHost: "127.0.0.1", amiPort: ivr.amiPort, amiTls: false },
    ...{ amiHealthUser: ivr.amiUsers.health.user, amiHealthPassword: ivr.amiUsers.health.password },
    ...{ amiReleaseUser: ivr.amiUsers.release.user, amiReleasePassword: ivr.amiUsers.release.password },
    ...{ trunk: "trunk", soundsFolder: ivr.soundsDir },
    configFolder: join(ivr.dir, "etc"),
    celFile: join(ivr.logDir, "cel-custom/Master.csv"),
    cdrFile: join(ivr.logDir, "cdr-csv/Master.csv"),
  }));

/**
 * The same for a process of its own.
 * @param file where the list of nodes is written to
 */
export function nodesEnvironment(nodes: readonly NodeSettings[], file: string): Record<string, string> {
  // JSON is YAML too; what is null may be left out.
  writeFileSync(file, JSON.stringify(nodes, null, 2), { mode: 0o600 });
  return { HEARBACK_NODES: file };
}
