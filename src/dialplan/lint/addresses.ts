/** "10.1.2.3:8089", "[::1]:8089" or an address alone, without the port. */
export function hostOf(bind: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(bind)?.[1];
  if (bracketed !== undefined) return bracketed;
  const parts = bind.split(":");
  return parts.length === 2 ? parts[0]! : bind;
}

export const isLoopback = (bind: string): boolean =>
  /^(?:127(?:\.\d+){3}|::1|localhost)$/i.test(hostOf(bind));

/** Every address that this machine has. */
export const isEverywhere = (bind: string): boolean => /^(?:0\.0\.0\.0|::|0|\*|)$/.test(hostOf(bind));

/** How many bits of an address must fit, of "10.1.0.0/16", "10.1.0.0/255.255.0.0" or a single address. */
export function bitsOf(network: string): number {
  const [address = "", mask] = network.trim().replace(/^!/, "").split("/");
  const all = address.includes(":") ? 128 : 32;
  if (mask === undefined) return all;
  if (!mask.includes(".")) return /^\d+$/.test(mask) ? Math.min(all, Number(mask)) : all;
  return mask
    .split(".")
    .reduce((bits, octet) => bits + Number(octet).toString(2).replaceAll("0", "").length, 0);
}

/** Networks that hold hardly less than everybody: an honest carrier has a few hundred addresses at most. */
export const isWide = (network: string): boolean => bitsOf(network) < (network.includes(":") ? 48 : 20);
