import { expect, it } from "vitest";
import { readNhsNumber } from "#campaign/nhs-number.ts";

it("takes NHS numbers whose modulus 11 is right, spaces or not", () => {
  expect(readNhsNumber("9990548609")).toBe("9990548609"); // NHS Data Dictionary's test range
  expect(readNhsNumber("999 054 8609")).toBe("9990548609");
  expect(readNhsNumber("999-054-8609")).toBe("9990548609");
  expect(readNhsNumber("9434765919")).toBe("9434765919");
});

it("takes a check digit of 0, which is 11 minus nothing", () => {
  expect(readNhsNumber("9990000050")).toBe("9990000050");
});

it("refuses a wrong digit anywhere", () => {
  for (let place = 0; place < 10; place += 1) {
    for (let digit = 0; digit < 10; digit += 1) {
      const other = `${"9990548609".slice(0, place)}${digit}${"9990548609".slice(place + 1)}`;
      expect(readNhsNumber(other)).toBe(other === "9990548609" ? other : null);
    }
  }
});

it("refuses numbers whose check would be 10, wrong lengths, letters and placeholders", () => {
  // Weights give 1 * 10 + 2 = 12, 12 mod 11 = 1, so the check digit would be 10: no such number is issued.
  for (let digit = 0; digit < 10; digit += 1) expect(readNhsNumber(`100000001${digit}`)).toBe(null);
  for (const bad of ["", "999054860", "99905486091", "999054860X", "0000000000", "1111111111"]) {
    expect(readNhsNumber(bad)).toBe(null);
  }
});
