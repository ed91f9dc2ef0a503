import type { PlannedWalk } from "./planned-walk.ts";

/** What a call costs beside the time that it lasts. */
const eachMs = 60_000;

/**
 * As few calls as cover all that any of them covers: most of what is missing a second of call first, so that the whole
 * takes not long (greedily, which is within a few of the best); then what others made needless goes.
 */
export function cover(
  needed: ReadonlySet<string>,
  candidates: readonly PlannedWalk[],
  elementsOf: (walk: PlannedWalk) => string[],
): PlannedWalk[] {
  const offers = candidates.map((walk) => ({
    walk,
    elements: [...new Set(elementsOf(walk))].filter((element) => needed.has(element)),
  }));
  const left = new Set(needed);
  const chosen: typeof offers = [];
  for (;;) {
    let [best, most] = [offers[0], 0];
    for (const offer of offers) {
      const gain = offer.elements.filter((element) => left.has(element)).length;
      const worth = gain / (offer.walk.lastsMs + eachMs);
      if (worth > most) [best, most] = [offer, worth];
    }
    if (!best || most === 0) break;
    chosen.push(best);
    for (const element of best.elements) left.delete(element);
  }
  for (const offer of chosen.toSorted((a, b) => b.walk.lastsMs - a.walk.lastsMs)) {
    const others = new Set(chosen.flatMap((other) => (other === offer ? [] : other.elements)));
    if (offer.elements.every((element) => others.has(element))) chosen.splice(chosen.indexOf(offer), 1);
  }
  return chosen.map(({ walk }) => walk);
}
