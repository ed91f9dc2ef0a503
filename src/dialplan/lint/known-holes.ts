/** Holes in Asterisk 22 that are known, and the version that has none of them; from RELIABILITY.md 3.2. */
export interface Hole {
  name: string;
  what: string;
  fixedIn: Version;
}

export type Version = readonly [number, number, number];

export const knownHoles: readonly Hole[] = [
  {
    ...{ name: "CVE-2024-42365", fixedIn: [22, 0, 0] },
    what: "an AMI user who may ring may also rewrite files, and so run programs",
  },
  {
    ...{ name: "CVE-2025-47779", fixedIn: [22, 4, 1] },
    what: "the sender of a text message can be forged",
  },
  {
    ...{ name: "GHSA-c7p6-7mvq-8jq2", fixedIn: [22, 4, 1] },
    what: "a console that may not start a shell starts one",
  },
  {
    ...{ name: "CVE-2026-23738", fixedIn: [22, 8, 2] },
    what: "the status page runs what an attacker puts into a link",
  },
];

/** Older ones are not to be run. */
export const versionFloor: Version = [22, 8, 2];

/** @param version as Asterisk tells it, such as "22.10.1+dfsg+~cs6.17" */
export const holesIn = (version: string): Hole[] =>
  knownHoles.filter(({ fixedIn }) => isOlder(version, fixedIn));

export function isOlder(version: string, than: Version): boolean {
  const parts = version.split(/[^\d]/).map(Number);
  const at = than.findIndex((least, index) => (parts[index] ?? 0) !== least);
  return at >= 0 && (parts[at] ?? 0) < than[at]!;
}
