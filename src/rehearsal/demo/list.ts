import { people } from "#rehearsal/people/people.ts";
import type { Person } from "#rehearsal/people/person.ts";

const wards = ["Ash Ward", "Beech Ward", "Cedar Ward", "Day Unit", "Elm Clinic"];
const givenNames = ["Ada", "Ben", "Cora", "Dan", "Elsie", "Fred", "Gwen", "Hal", "Iris", "Joe", "Kit", "Lil"];

/** The demo's list of visits, as a trust would hand it in: made up, a visit for each pretend person. */
export function demoList(now: Date): string {
  const yesterday = new Date(now.getTime() - 24 * 3_600_000).toISOString().slice(0, 16);
  const rows = people.map((person, index) =>
    [
      visitRefOf(index),
      person.number,
      givenNames[index % givenNames.length],
      `${yesterday}Z`,
      "Northfield",
      wards[index % wards.length],
    ].join(","),
  );
  return ["visit_ref,phone,given_name,visit_at,site,ward", ...rows, ""].join("\n");
}

/** V-001 is the first person of the list. */
export const visitRefOf = (index: number): string => `V-${String(index + 1).padStart(3, "0")}`;

/** The pretend people by the visit references of `demoList`. */
export const demoPeople = (): Map<string, Person> =>
  new Map(people.map((person, index) => [visitRefOf(index), person]));
