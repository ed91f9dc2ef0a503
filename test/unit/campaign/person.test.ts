import { expect, it } from "vitest";
import { personOf } from "#campaign/person.ts";

const phone = "+447700900123";

it("is the NHS number, else number with given name, else number", () => {
  expect(personOf({ nhsNumber: "9990548609", phone, givenName: "Mary" })).toBe("nhs:9990548609");
  expect(personOf({ nhsNumber: null, phone, givenName: "Mary" })).toBe("phone+name:+447700900123|mary");
  expect(personOf({ nhsNumber: null, phone, givenName: null })).toBe("phone:+447700900123");
  expect(personOf({ nhsNumber: null, phone, givenName: " - " })).toBe("phone:+447700900123");
});

it("does not care how a name is typed, and keeps two of one number apart", () => {
  const name = (givenName: string) => personOf({ nhsNumber: null, phone, givenName });
  expect(name("  SEÁN ")).toBe(name("Seán"));
  expect(name("Mary-Ann")).toBe(name("Mary Ann"));
  expect(name("Mary")).not.toBe(name("John"));
});
