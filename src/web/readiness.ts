import { clockApartMs, isFull, mostClockDifferenceMs, type VitalSigns } from "#alerts/vital-signs.ts";

export interface Readiness {
  ready: boolean;
  /** What was looked at, and how it stands: "ok" or what is wrong. No address, no name. */
  checks: Record<string, string>;
}

/** Ready to begin calls and keep what is said. One Asterisk of several is enough. AMI being away, or
 * all lines in use, alone does not make it unready. */
export function readinessOf(signs: VitalSigns): Readiness {
  const { database, disk, nodes, notDialling } = signs;
  const apart = clockApartMs(database);
  const reached = nodes.filter(({ ari }) => ari === "ready");
  const musts = {
    database: database.kind === "there" ? "ok" : "does not answer",
    clock:
      apart === null
        ? "ok"
        : `differs from the database's by ${(apart / 1000).toFixed(1)} s, more than ${mostClockDifferenceMs / 1000}: nothing is dialled`,
    asterisk: reached.length > 0 ? "ok" : nodes.map(({ ari }) => ari).join(", "),
    disk:
      disk.kind === "unreadable" ? "the story folder cannot be read" : disk.isLow ? "too little room" : "ok",
    dialling: notDialling ?? "ok",
  };
  const amis = nodes.map(({ ami }) => ami).filter((ami) => ami !== null);
  const manager = amis.length === 0 ? "not set up" : amis.includes("away") ? "not connected" : "ok";
  const lines = isFull(signs) ? "all in use" : "ok";
  const ready = Object.values(musts).every((word) => word === "ok");
  const some = reached.length === nodes.length ? "ok" : `${reached.length} of ${nodes.length} are ready`;
  return { ready, checks: { ...musts, nodes: some, manager, lines } };
}
