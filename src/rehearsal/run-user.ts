import { chownSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The unprivileged user that root's Postgres and Asterisk run as. */
export interface RunUser {
  name: string;
  uid: number;
  gid: number;
}

/** `nobody` where we are root; undefined for an ordinary user, whose programs run as that user. */
export function findRunUser(): RunUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // By number: the group of that name differs between systems (nogroup, nobody).
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name === "nobody" && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("/etc/passwd has no user nobody to run Postgres and Asterisk as");
}

/** Makes the run user the owner of these files and folders; nothing to do for an ordinary user. */
export function giveToRunUser(...paths: string[]): void {
  const user = findRunUser();
  if (user) for (const path of paths) chownSync(path, user.uid, user.gid);
}

/**
 * The command as the run user: unchanged for an ordinary user. `mustReach` are the files and folders that it
 * works with. Where some folder above them lets only its owner in (a checkout in /root, say), the program also
 * gets the one right to walk and read past that; writing stays a matter of owning.
 */
export function asRunUser(command: readonly string[], mustReach: readonly string[]): string[] {
  const user = findRunUser();
  if (!user) return [...command];
  const setpriv = ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  const right = neededRight(user, mustReach);
  if (right) setpriv.push(`--inh-caps=+${right}`, `--ambient-caps=+${right}`, ...ASKED_TOO);
  return [...setpriv, "--no-new-privs", ...command];
}

/**
 * Programs that ask first (access(2), as Postgres does for its own files) are otherwise told no: the kernel answers
 * that question without capabilities. What the program itself may do does not grow by it.
 */
const ASKED_TOO = ["--securebits=+no_setuid_fixup"];

/** Linux capabilities, by their bit in the kernel's bounding set. */
const READ_PAST = { name: "dac_read_search", bit: 2n };
const DO_PAST = { name: "dac_override", bit: 1n };

function neededRight(user: RunUser, mustReach: readonly string[]): string | undefined {
  // Under a strict umask npm makes programs that only their owner may start; reading past that is not enough.
  const barred = mustReach.filter(
    (path) => statSync(path).isFile() && isProgram(path) && !mayEnter(user, path),
  );
  const closed = foldersAbove(mustReach).filter((folder) => !mayEnter(user, folder));
  const obstacle = barred[0] ?? closed[0];
  if (obstacle === undefined) return undefined;
  // Containers often lack the narrower of the two: it is in none of the usual sets.
  const rights = barred.length > 0 ? [DO_PAST] : [READ_PAST, DO_PAST];
  const bounding = boundingSet();
  const right = rights.find(({ bit }) => (bounding >> bit) & 1n);
  if (right) return right.name;
  throw new Error(`user ${user.name} may not enter ${obstacle}, nor may we let it: chmod o+x ${obstacle}`);
}

function foldersAbove(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(resolve(path)); !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
  }
  return [...folders];
}

function isProgram(path: string): boolean {
  return (statSync(path).mode & 0o111) !== 0;
}

/** Whether the user may walk into this folder, or start this program. */
function mayEnter(user: RunUser, path: string): boolean {
  const { mode, uid, gid } = statSync(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

function boundingSet(): bigint {
  const found = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return BigInt(`0x${found?.[1] ?? "0"}`);
}
