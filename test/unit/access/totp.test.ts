import { describe, expect, it } from "vitest";
import { hashOfCode, makeRecoveryCodes, readRecoveryCode } from "#access/recovery-codes.ts";
import { acceptedStep, base32, makeTotpSecret, totpAt, totpStep, totpUri } from "#access/totp.ts";

/** RFC 6238, appendix B, for SHA-1: its eight digits end in our six. */
const secret = Buffer.from("12345678901234567890");
const vectors = [
  [59, "94287082"],
  [1_111_111_109, "07081804"],
  [1_111_111_111, "14050471"],
  [1_234_567_890, "89005924"],
  [2_000_000_000, "69279037"],
  [20_000_000_000, "65353130"],
] as const;

describe("a code", () => {
  it.each(vectors)("at %i seconds is the RFC's", (seconds, code) => {
    expect(totpAt(secret, totpStep(new Date(seconds * 1000)))).toBe(code.slice(-6));
  });

  const now = new Date(1_111_111_109_000);
  const current = totpStep(now);
  it.each([
    [-2, null],
    [-1, current - 1],
    [0, current],
    [1, current + 1],
    [2, null],
  ])("of %i steps from now is accepted as %s", (off, step) => {
    expect(acceptedStep(secret, totpAt(secret, current + off), now, 0)).toBe(step);
  });

  it("is good once, and none before it is good again", () => {
    expect(acceptedStep(secret, totpAt(secret, current), now, current)).toBeNull();
    expect(acceptedStep(secret, totpAt(secret, current - 1), now, current)).toBeNull();
    expect(acceptedStep(secret, totpAt(secret, current + 1), now, current)).toBe(current + 1);
  });

  it("may be typed with a space, as apps show it; nothing else is a code", () => {
    const code = totpAt(secret, current);
    expect(acceptedStep(secret, `${code.slice(0, 3)} ${code.slice(3)}`, now, 0)).toBe(current);
    for (const wrong of ["", code.slice(1), `${code}0`, "abcdef"])
      expect(acceptedStep(secret, wrong, now, 0)).toBeNull();
  });
});

describe("the secret", () => {
  it("has 160 bits and is written as base32 (RFC 4648, 10)", () => {
    expect(makeTotpSecret()).toHaveLength(20);
    expect(["f", "fo", "foo", "foob", "fooba", "foobar"].map((text) => base32(Buffer.from(text)))).toEqual([
      ...["MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"],
    ]);
  });

  it("comes to the app as a URI", () => {
    expect(totpUri(secret, { issuer: "Hearback demo", account: "a@b.example" })).toBe(
      "otpauth://totp/Hearback%20demo:a%40b.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" +
        "&issuer=Hearback%20demo&algorithm=SHA1&digits=6&period=30",
    );
  });
});

describe("recovery codes", () => {
  it("are ten, all different, and read however they are typed", () => {
    const codes = makeRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
      const typed = code.toLowerCase().replaceAll("-", " ").replaceAll("o", "0");
      expect(readRecoveryCode(typed)).toBe(code);
    }
    expect(hashOfCode(codes[0]!)).not.toEqual(hashOfCode(codes[1]!));
  });

  it.each(["", "123456", "ABCD-EFGH-IJKL", "ABCD-EFGH-IJKL-MNO8"])("%j is none", (text) =>
    expect(readRecoveryCode(text)).toBeNull(),
  );
});
