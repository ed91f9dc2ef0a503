/** Looks at everything that /readyz, /metrics and the alerts speak of, each with a deadline of its own. */
import { access, constants, statfs } from "node:fs/promises";
import type { Pool } from "pg";
import type { DatabaseSigns, DiskSigns, NodeSigns, VitalSigns } from "#alerts/vital-signs.ts";
import type { AsteriskNode } from "#asterisk/node.ts";
import type { NodePool } from "#asterisk/node-pool.ts";
import type { Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import { clockDifference } from "#lib/clock-difference.ts";
import { databaseNow, readWork } from "#postgres/vital-signs.ts";

export interface VitalParts {
  settings: Pick<Settings, "storyFolder" | "diskLowMb" | "maxCalls">;
  pool: Pool;
  telephone: Pick<NodePool, "nodes" | "isDraining" | "isEased">;
  clock: Clock;
  callsUnderWay(): number;
  notDialling(): string | null;
}

/** The whole look takes no longer, whatever does not answer: /readyz must speak within five seconds. */
const lookWithinMs = 3_000;

export async function lookAtVitals(parts: VitalParts): Promise<VitalSigns> {
  const { clock, settings } = parts;
  const [database, disk] = await Promise.all([lookAtDatabase(parts), lookAtDisk(parts)]);
  return {
    at: clock.now(),
    nodes: parts.telephone.nodes.map((node) => nodeSigns(node, parts.telephone)),
    ...{ database, disk },
    notDialling: parts.notDialling(),
    callsUnderWay: parts.callsUnderWay(),
    maxCalls: settings.maxCalls,
  };
}

/** @param without the counts, where only the clock is of interest */
export async function lookAtDatabase(
  { pool, clock }: Pick<VitalParts, "pool" | "clock">,
  { work = true } = {},
): Promise<DatabaseSigns> {
  const [difference, counted] = await Promise.all([
    // Measured after a first round trip: making a connection would count as the answer's way.
    inTime(
      clock,
      databaseNow(pool).then(() => clockDifference(clock, () => databaseNow(pool))),
    ),
    work ? inTime(clock, readWork(pool)) : null,
  ]);
  return difference ? { kind: "there", clock: difference, work: counted } : { kind: "away" };
}

async function lookAtDisk({ settings, clock }: VitalParts): Promise<DiskSigns> {
  const read = async () => {
    await access(settings.storyFolder, constants.W_OK);
    return statfs(settings.storyFolder);
  };
  const disk = await inTime(clock, read());
  if (!disk) return { kind: "unreadable" };
  const freeBytes = disk.bavail * disk.bsize;
  return { kind: "read", freeBytes, isLow: freeBytes < settings.diskLowMb * 1_000_000 };
}

function nodeSigns(
  { name, state, refusedBecause, connection, health }: AsteriskNode,
  telephone: VitalParts["telephone"],
): NodeSigns {
  const told = health?.health();
  return {
    ...{ name, ari: state, refusedBecause },
    ...{ draining: telephone.isDraining(name), eased: telephone.isEased(name) },
    entityId: connection.node?.entityId ?? null,
    version: connection.node?.version ?? null,
    ami: told ? (told.connected ? "connected" : "away") : null,
    calls: told?.calls ?? null,
  };
}

/** Null for what fails or comes too late. */
async function inTime<T>(clock: Clock, coming: Promise<T>): Promise<T | null> {
  const over = new AbortController();
  const late = clock.wait(lookWithinMs, over.signal).then(
    () => null,
    () => null,
  );
  try {
    return await Promise.race([coming.catch(() => null), late]);
  } finally {
    over.abort();
  }
}
