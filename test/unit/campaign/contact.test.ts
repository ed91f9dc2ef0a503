import { expect, it } from "vitest";
import { readVisit } from "#campaign/contact.ts";

const context = { timeZone: "Europe/London", now: new Date("2026-11-21T12:00:00Z"), keep: ["note"] };
const good = { visit_ref: "V1", phone: "07700 900123" };
const faultsOf = (cells: Record<string, string>) => {
  const reading = readVisit({ ...good, ...cells }, context);
  return reading.kind === "faults" ? reading.faults.map((one) => `${one.column}: ${one.fault}`) : [];
};

it("reads a full row", () => {
  const reading = readVisit(
    {
      visit_ref: " V1 ",
      phone: "07700 900123",
      given_name: "Mary",
      visit_at: "20/11/2026 14:30",
      trust: "RX1",
      site: "North",
      ward: "7",
      service: "ED",
      language: "en-gb",
      nhs_number: "999 054 8609",
      do_not_call_reason: "No telephone",
      note: "two\nlines",
    },
    context,
  );
  expect(reading).toMatchObject({
    kind: "visit",
    visit: {
      visitRef: "V1",
      phone: "+447700900123",
      person: "nhs:9990548609",
      givenName: "Mary",
      visitAt: new Date("2026-11-20T14:30:00Z"),
      language: "en-GB",
      nhsNumber: "9990548609",
      doNotCallReason: "no_telephone",
      extra: { note: "two\nlines" },
    },
  });
});

it("reads a status, and has the same content as ever where there is none", () => {
  const plain = readVisit(good, context);
  expect(readVisit({ ...good, visit_status: " Held " }, context)).toMatchObject({
    visit: { visitStatus: "held" },
  });
  expect(readVisit({ ...good, visit_status: "" }, context)).toEqual(plain);
  expect(plain).toMatchObject({ visit: { content: expect.not.stringContaining("visitStatus") } });
  expect(readVisit({ ...good, visit_status: "cancelled" }, context)).toMatchObject({
    kind: "faults",
    faults: [{ column: "visit_status" }],
  });
});

it("needs only visit_ref and phone", () => {
  const reading = readVisit(good, context);
  expect(reading).toMatchObject({
    kind: "visit",
    visit: { givenName: null, visitAt: null, doNotCallReason: null, extra: {} },
  });
});

it("tells every fault of a row at once, each with a remedy and without the cell's words", () => {
  const reading = readVisit(
    {
      visit_ref: "",
      phone: "0909 000 0000",
      nhs_number: "9990548608",
      visit_at: "soon",
      language: "English",
    },
    context,
  );
  expect(reading.kind).toBe("faults");
  if (reading.kind !== "faults") return;
  expect(reading.faults.map((fault) => fault.column).toSorted()).toEqual([
    "language",
    "nhs_number",
    "phone",
    "visit_at",
    "visit_ref",
  ]);
  for (const fault of reading.faults) expect(fault.remedy.length).toBeGreaterThan(10);
  expect(JSON.stringify(reading)).not.toMatch(/0909|9990548608|soon|English/);
});

it.each([
  ["Deceased", "deceased"],
  ["restricted", "restricted"],
  ["TEXTPHONE", "textphone"],
  ["proxy", "proxy"],
  ["No telephone", "no_telephone"],
  ["opted-out", "opted_out"],
  ["moved abroad", "other"], // a word that we do not know, and do not keep
])("takes any reason not to call for one: %s", (cell, doNotCallReason) => {
  const reading = readVisit({ visit_ref: "V1", phone: "07700 900123", do_not_call_reason: cell }, context);
  expect(reading).toMatchObject({ kind: "visit", visit: { doNotCallReason } });
});

it("refuses cells too long, and control characters but for line breaks in kept columns", () => {
  expect(faultsOf({ ward: "w".repeat(201) })).toEqual(["ward: the cell has more than 200 characters"]);
  expect(faultsOf({ ward: "w".repeat(200) })).toEqual([]);
  expect(faultsOf({ phone: "0".repeat(10_000) })).toEqual(["phone: the cell has more than 200 characters"]);
  expect(faultsOf({ given_name: "Ma\r\nry" })).toEqual([
    "given_name: the cell holds a line break or another control character",
  ]);
  expect(faultsOf({ note: "a\0b" })).toEqual([
    "note: the cell holds a line break or another control character",
  ]);
});

it("says the same content for the same row however it is typed, and other content for another", () => {
  const contentOf = (cells: Record<string, string>) => {
    const reading = readVisit({ ...good, ...cells }, context);
    return reading.kind === "visit" ? reading.visit.content : null;
  };
  expect(contentOf({ phone: "+44 7700 900123" })).toBe(contentOf({}));
  expect(contentOf({ visit_at: "2026-11-20" })).toBe(contentOf({ visit_at: "20/11/2026" }));
  expect(contentOf({ ward: "7" })).not.toBe(contentOf({}));
  expect(contentOf({ note: "x" })).not.toBe(contentOf({}));
});
