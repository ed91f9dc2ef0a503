import { expect, test } from "vitest";
import { callerIdFor, dialStringFor } from "#asterisk/dial-string.ts";

test("a number in the form that the far end wants, at the trunk", () => {
  expect(dialStringFor("+447700900123", "trunk", "e164")).toBe("PJSIP/+447700900123@trunk");
  expect(dialStringFor("+447700900123", "trunk", "e164-digits")).toBe("PJSIP/447700900123@trunk");
  expect(dialStringFor("+447700900123", "trunk", "uk-national")).toBe("PJSIP/07700900123@trunk");
  expect(callerIdFor("+441632960000")).toBe("<+441632960000>");
});

const hostile = [
  ...["", "+", "07700900123", "+0447700900123", "447700900123", "+44 7700 900123", "+44770090012a"],
  ...[
    "+447700900123@evil",
    "+447700900123/x",
    "+447700900123&Local/1@x",
    "+447700900123,30",
    "+447700900123|x",
  ],
  ...[
    "$" + "{EXTEN}",
    "+44$" + "{SHELL(id)}",
    "+447700900123\n",
    "+447700900123\r\nAction: x",
    "+4477009001234567890",
    "+٤٤",
  ],
];

test.each(hostile)("%j is never dialled nor shown, nor repeated in the error", (text) => {
  for (const attempt of [() => dialStringFor(text, "trunk", "e164"), () => callerIdFor(text)]) {
    expect(attempt).toThrowError(expect.objectContaining({ code: "undialable" }));
    if (text.length > 3) expect(attempt).not.toThrowError(text);
  }
});

test("a trunk is a name and nothing else; UK forms are for UK numbers", () => {
  for (const trunk of ["", "a/b", "a@b", "a&b", "../x", "a b"]) {
    expect(() => dialStringFor("+447700900123", trunk, "e164")).toThrowError(/trunk/);
  }
  expect(() => dialStringFor("+33100000000", "trunk", "uk-national")).toThrowError(/United Kingdom/);
});
