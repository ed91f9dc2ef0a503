import { createHash } from "node:crypto";

/**
 * Whether this person's calls get the canary: the same answer for the same release always, so that nobody meets both,
 * and others at the next release, so that it is not always the same people.
 * @param person what stands for them, such as a hash of their identity; never the identity
 * @param share of all people, 0 to 1
 */
export function meetsCanary(person: string, release: number, share: number): boolean {
  const hash = createHash("sha256").update(`${release}:${person}`).digest();
  return hash.readUInt32BE(0) / 2 ** 32 < share;
}
