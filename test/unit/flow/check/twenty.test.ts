import { expect, it } from "vitest";
import { checkFiles } from "#release/check-files.ts";
import { brokenBy, brokenThings } from "../../../support/broken-things.ts";
import { shipped } from "./broken.ts";

const things = brokenThings(shipped);

it("there are twenty", () => expect(things).toHaveLength(20));

it.each(things)("$name: $mistake", (thing) => {
  const faults = checkFiles(brokenBy(thing, shipped));
  expect(faults).toContainEqual(
    expect.objectContaining({ ...thing.expected, level: "fault", instead: expect.stringMatching(/\w/) }),
  );
});
