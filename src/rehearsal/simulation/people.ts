/** A town for a simulation: people, some of whom share a telephone, and the lists that their visits come in. */
import { personOf } from "#campaign/person.ts";
import type { ImportedVisit } from "#campaign/ports.ts";
import type { Chance } from "./chance.ts";

export interface Townsman {
  phone: string;
  person: string;
  nhsNumber: string | null;
  givenName: string | null;
}

/** 01632 is no place's area code: Ofcom keeps a part of it for drama, and gives out none of it. */
const phoneOf = (n: number): string => `+441632${String(n).padStart(6, "0")}`;

/** @param households how many telephones; one to three people each */
export function town(chance: Chance, households: number): Townsman[] {
  const people: Townsman[] = [];
  for (let n = 0; n < households; n += 1) {
    const phone = phoneOf(n);
    for (let each = 1 + Math.max(0, chance.below(5) - 2); each > 0; each -= 1) {
      const known = chance.below(3);
      const nhsNumber = known === 0 ? `pretend-${people.length}` : null;
      const givenName = known === 1 ? chance.pick(["Ann", "Bob", "Cid", "Dot", "Eve", "Fay"]) : null;
      people.push({ phone, nhsNumber, givenName, person: personOf({ nhsNumber, phone, givenName }) });
    }
  }
  return people;
}

const dayMs = 86_400_000;

/** A list of visits of the last days; a few are too old, and a few say not to call. */
export function listOf(
  chance: Chance,
  people: Townsman[],
  count: number,
  from: number,
  nowMs: number,
): ImportedVisit[] {
  return Array.from({ length: count }, (_, place): ImportedVisit => {
    const { phone, person, nhsNumber, givenName } = chance.pick(people);
    const visitRef = `V${from + place}`;
    const daysAgo = chance.happens(0.02) ? 7.5 : chance.next() * 4;
    const visitAt = chance.happens(0.1) ? null : new Date(nowMs - daysAgo * dayMs);
    return {
      ...{ line: place + 2, visitRef, phone, person, nhsNumber, givenName, visitAt },
      ...{ trust: null, site: null, ward: null, service: null, language: null, extra: {} },
      doNotCallReason: chance.happens(0.01) ? "deceased" : null,
      visitStatus: null,
      content: `${visitRef} ${person}`,
    };
  });
}
