/** The nodes on which a dialplan can be put in force from here. */
import { liveDialplan } from "#asterisk/live-dialplan.ts";
import { readSettings } from "#config.ts";
import type { DialplanNode } from "#dialplan/apply/apply-to-nodes.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { createLogger } from "#lib/logger.ts";
import { openDialplanFolder } from "#storage/dialplan-folder.ts";
import type { Io } from "./command.ts";

export interface NodesHere {
  nodes: DialplanNode[];
  /** One line each: what to do on the machines where the others are. */
  elsewhere: string[];
}

/**
 * @param name only this one
 * @throws AppError `settings_wrong`, `dialplan_folder_faulty`, `dialplan_nowhere`: none can be reached from here
 */
export function nodesHere(io: Io, name: string | undefined): NodesHere {
  const all = readSettings(["nodes"], io.env).nodes;
  const wanted = all.filter((node) => name === undefined || node.name === name);
  if (wanted.length === 0)
    throw new AppError(
      "node_unknown",
      `there is no node ${name}; there are ${all.map((node) => node.name).join(", ")}`,
    );
  const nodes: DialplanNode[] = [];
  const elsewhere: string[] = [];
  for (const node of wanted) {
    const live = liveDialplan(node, systemClock, createLogger({ level: "error" }));
    if (node.configFolder === null)
      elsewhere.push(
        `${node.name}: HEARBACK_ASTERISK_CONFIG_FOLDER (configFolder in the list of nodes) is not set. Set it where that folder is on this machine; else run this same command, with the same files, on the machine of ${node.name}.`,
      );
    else if (!live)
      elsewhere.push(
        `${node.name}: its AMI is not set (HEARBACK_AMI_HOST, and the users health and release): it cannot be told to read its files.`,
      );
    else nodes.push({ name: node.name, folder: openDialplanFolder(node.configFolder), live });
  }
  if (nodes.length === 0) throw new AppError("dialplan_nowhere", elsewhere.join("\n"));
  return { nodes, elsewhere };
}
