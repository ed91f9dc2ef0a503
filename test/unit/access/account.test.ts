import { describe, expect, it } from "vitest";
import { describeGrant, grantFault, isEmail, isName, mayManage, sameEmail } from "#access/account.ts";
import { grantOf } from "../../support/people-who-sign-in.ts";

describe("an account", () => {
  it.each([
    ["A.Nurse@Trust.Example ", "a.nurse@trust.example"],
    ["ｎurse@trust.example", "nurse@trust.example"],
  ])("%j is the same as %j", (typed, kept) => expect(sameEmail(typed)).toBe(kept));

  it.each(["a@b", "o'brien+fft@nhs.example"])("%j is an address", (text) => expect(isEmail(text)).toBe(true));
  it.each(["", "a", "a@", "@b", "a b@c", "a@b,c@d", `${"a".repeat(254)}@b`])("%j is none", (text) =>
    expect(isEmail(text)).toBe(false),
  );

  it.each(["Wilhelmina Okonjo", "Siân O’Brien-Jones", "李小龙"])("%j is a name", (name) =>
    expect(isName(name)).toBe(true),
  );
  it.each(["", " x", "two\nlines", "<b>", "\u001b[31m", "x".repeat(101)])("%j is none", (name) =>
    expect(isName(name)).toBe(false),
  );
});

describe("a grant", () => {
  it("is told in words", () => {
    expect(describeGrant(grantOf({ unit: "Surgery", ward: "4" }))).toBe(
      "clinician of unit Surgery, ward 4 in RXX",
    );
    expect(describeGrant(grantOf({ role: "governance" }))).toBe("governance in RXX");
  });

  it("is narrower than a trust for clinicians only", () => {
    expect(grantFault(grantOf({ ward: "4" }))).toBeNull();
    expect(grantFault(grantOf({ role: "coordinator" }))).toBeNull();
    expect(grantFault(grantOf({ role: "coordinator", ward: "4" }))).toContain("only a clinician's");
    expect(grantFault(grantOf({ trust: " " }))).toContain("name it");
  });
});

describe("who manages accounts", () => {
  const manager = { userId: "m", grants: [grantOf({ role: "governance" }), grantOf({ trust: "RYY" })] };
  it.each([
    ["those of their own trust", { id: "a", grants: [grantOf()] }, true],
    ["those without a role yet", { id: "a", grants: [] }, true],
    ["not their own", { id: "m", grants: [] }, false],
    [
      "not those of a trust where they are something else",
      { id: "a", grants: [grantOf({ trust: "RYY" })] },
      false,
    ],
    [
      "not those that mean something elsewhere too",
      { id: "a", grants: [grantOf(), grantOf({ trust: "RZZ" })] },
      false,
    ],
  ])("may change %s", (_, account, allowed) => expect(mayManage(manager, account)).toBe(allowed));
});
