/** Each Asterisk with whether a release's dialplan is in force there. Pure. */
import type { DialplanGoing, DialplanInForce } from "#release/dialplan-in-force.ts";

export interface NodeDialplan {
  node: string;
  /** `unknown`: no command has told of it. `going`: one began, and has not told yet what came of it. */
  state: "same" | "other" | "broken" | "unknown" | "going";
  inForce: DialplanInForce | null;
  going: DialplanGoing | null;
}

/** @param digest dialplanDigest of the files that are looked for */
export function nodeDialplans(
  nodes: readonly string[],
  { told, going }: { told: readonly DialplanInForce[]; going: readonly DialplanGoing[] },
  digest: string,
): NodeDialplan[] {
  const names = [...new Set([...nodes, ...[...told, ...going].map(({ node }) => node)])].toSorted();
  return names.map((node) => {
    const inForce = told.find((one) => one.node === node) ?? null;
    const begun = going.find((one) => one.node === node) ?? null;
    const state = begun ? "going" : inForce ? stateOf(inForce, digest) : "unknown";
    return { node, inForce, going: begun, state };
  });
}

function stateOf({ works, digest: there }: DialplanInForce, digest: string): NodeDialplan["state"] {
  if (!works) return "broken";
  return there === digest ? "same" : "other";
}
