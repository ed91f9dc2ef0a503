/** Each Asterisk with whether a release's dialplan is in force there. Pure. */
import type { DialplanInForce } from "#release/dialplan-in-force.ts";

export interface NodeDialplan {
  node: string;
  /** `unknown`: no command has told of it. */
  state: "same" | "other" | "broken" | "unknown";
  inForce: DialplanInForce | null;
}

/** @param digest dialplanDigest of the files that are looked for */
export function nodeDialplans(
  nodes: readonly string[],
  told: readonly DialplanInForce[],
  digest: string,
): NodeDialplan[] {
  const names = [...new Set([...nodes, ...told.map(({ node }) => node)])].toSorted();
  return names.map((node) => {
    const inForce = told.find((one) => one.node === node) ?? null;
    return { node, inForce, state: inForce ? stateOf(inForce, digest) : "unknown" };
  });
}

function stateOf({ works, digest: there }: DialplanInForce, digest: string): NodeDialplan["state"] {
  if (!works) return "broken";
  return there === digest ? "same" : "other";
}
