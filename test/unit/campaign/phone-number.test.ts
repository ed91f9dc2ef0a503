import { describe, expect, it } from "vitest";
import { isDramaNumber, maskNumber, mayDial, readPhone } from "#campaign/phone-number.ts";

const mobile = "+447700900123";
const landline = "+441632960123";

describe("readPhone reads the UK spellings of DOMAIN.md 4.3", () => {
  it.each([
    ["07700 900123", mobile],
    ["07700900123", mobile],
    ["+447700900123", mobile],
    ["+44 7700 900 123", mobile],
    ["+44 (0)7700 900123", mobile],
    ["+4407700900123", mobile],
    ["0+44(0)7700900123", mobile],
    ["0+447700900123", mobile],
    ["+0 7700 900123", mobile],
    ["0044 7700 900123", mobile],
    ["0044 (0) 7700 900123", mobile],
    ["447700900123", mobile],
    ["7700900123", mobile],
    ["'07700900123", mobile],
    ['="07700900123"', mobile],
    ["“07700 900123”", mobile],
    ["\ufeff07700\u00a0900123\u00a0", mobile],
    ["07700‑900‑123", mobile],
    ["０７７００９００１２３", mobile],
    ["tel:+447700900123", mobile],
    ["\u202a07700 900123\u202c", mobile],
    ["01632 960123", landline],
    ["(01632) 960-123", landline],
    ["1632960123", landline],
    ["01632.960.123", landline],
  ])("%j", (raw, e164) => {
    expect(readPhone(raw)).toEqual({ kind: "number", e164 });
  });
});

describe("readPhone refuses", () => {
  it.each([
    ["", "no telephone number"],
    ["   ", "no telephone number"],
    ["n/a", "no telephone number"],
    ["unknown", "no telephone number"],
    ["7.7009E+09", "power of ten"],
    ["07700 900123 / 07700 900124", "more than one"],
    ["07700 900123 or 01632 960123", "more than one"],
    ["01632 960123 ext 4", "extension"],
    ["999", "emergency"],
    ["112", "emergency"],
    ["111", "emergency"],
    ["101", "emergency"],
    ["105", "emergency"],
    ["119", "emergency"],
    ["116999", "emergency"],
    ["118 000", "directory"],
    ["118999", "directory"],
    ["0900 000 0000", "premium"],
    ["+44 (0)909 000 0000", "premium"],
    ["0871 000 0000", "premium"],
    ["0845 000 0000", "premium"],
    ["070 0000 0000", "personal"],
    ["0044 70 0000 0000", "personal"],
    ["076 0000 0000", "pager"],
    ["+1 202 555 0100", "not a UK number"],
    ["00 353 20 9100000", "not a UK number"],
    ["07700 90012", "missing, wrong or too many"],
    ["07700 9001234", "missing, wrong or too many"],
    ["07700 901000", "missing, wrong or too many"],
    ["PJSIP/07700900123", "no telephone number"],
    ["07700900123@trunk", "no telephone number"],
    ["$" + "{EXTEN}", "no telephone number"],
    ["07700900123\0", "no telephone number"],
    ["0".repeat(10_000), "no UK number"],
  ])("%j", (raw, fault) => {
    const reading = readPhone(raw);
    expect(reading).toMatchObject({ kind: "refused", fault: expect.stringContaining(fault) });
    expect(reading).toMatchObject({ remedy: expect.stringMatching(/\w+/) });
  });

  it("never repeats the number in a fault or remedy", () => {
    for (const raw of ["07700 90012", "0909 000 0000", "01632 960123 ext 4"]) {
      const reading = readPhone(raw);
      expect(JSON.stringify(reading)).not.toContain(raw);
    }
  });

  it("whatever is thrown at it, what comes out is dialable or refused", () => {
    const alphabet = "0123456789+() -0044;,@/$&|{}x\n\0'\"abcé";
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let round = 0; round < 20_000; round += 1) {
      const length = Math.floor(random() * 18);
      const raw = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
      const reading = readPhone(raw);
      if (reading.kind === "number") expect(reading.e164).toMatch(/^\+44[1237]\d{8,9}$/);
    }
  });
});

describe("mayDial", () => {
  const rehearsal = { rehearsal: true, allowNumbers: new Set<string>() };
  // Outside the drama ranges, and nobody's: there is no area code 0100.
  const notDrama = "+441000000000";

  it("lets a rehearsal ring drama numbers only", () => {
    expect(mayDial(mobile, rehearsal)).toEqual({ ok: true });
    expect(mayDial(landline, rehearsal)).toEqual({ ok: true });
    expect(mayDial(notDrama, rehearsal)).toMatchObject({
      ok: false,
      because: expect.stringContaining("--allow-number"),
    });
  });

  it("unless a number is named", () => {
    expect(mayDial(notDrama, { rehearsal: true, allowNumbers: new Set([notDrama]) })).toEqual({ ok: true });
    expect(mayDial("+441000000001", { rehearsal: true, allowNumbers: new Set([notDrama]) }).ok).toBe(false);
  });

  it("never lets out what is no UK landline or mobile, named or not", () => {
    for (const number of [
      "999",
      "+44999",
      "+449000000000",
      "+447000000000",
      "+12025550100",
      "07700900123",
      "",
      `${mobile}\n`,
    ]) {
      expect(mayDial(number, { rehearsal: false, allowNumbers: new Set([number]) }).ok, number).toBe(false);
    }
    expect(mayDial(notDrama, { rehearsal: false, allowNumbers: new Set() })).toEqual({ ok: true });
  });
});

it("knows the drama ranges to the digit", () => {
  for (const yes of ["+447700900000", "+447700900999", "+441632960000", "+441632960999"])
    expect(isDramaNumber(yes)).toBe(true);
  for (const no of ["+447700899999", "+447700901000", "+441632959999", "+441632961000", "07700900000"]) {
    expect(isDramaNumber(no)).toBe(false);
  }
});

it("shows the last two digits of a number only", () => {
  expect(maskNumber(mobile)).toBe("•••••••••••23");
});
