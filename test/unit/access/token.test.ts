import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isToken, makeToken, prefixOf, readBearer } from "#access/token.ts";

describe("a token", () => {
  it("is never the same twice, and is found by its prefix", () => {
    const [one, other] = [makeToken(), makeToken()];
    expect(one.token).not.toBe(other.token);
    expect(one.prefix).not.toBe(other.prefix);
    expect(prefixOf(one.token)).toBe(one.prefix);
    expect(one.token.startsWith(`${one.prefix}_`)).toBe(true);
  });

  it("is known by the SHA-256 of the whole", () => {
    const { token, sha256 } = makeToken();
    expect(sha256).toEqual(createHash("sha256").update(token).digest());
    expect(isToken(token, sha256)).toBe(true);
    expect(isToken(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`, sha256)).toBe(false);
    expect(isToken("", sha256)).toBe(false);
  });

  it.each(["", "hb_0123456789ab", "hb_0123456789ab_short", `xx_0123456789ab_${"a".repeat(43)}`])(
    "has a shape: %j has not",
    (text) => expect(prefixOf(text)).toBeNull(),
  );
});

describe("the Authorization header", () => {
  it.each([
    ["Bearer abc", "abc"],
    ["bearer   abc ", "abc"],
    ["Basic abc", null],
    ["Bearer", null],
    ["Bearer a b", null],
    [undefined, null],
  ])("%j holds %j", (header, token) => expect(readBearer(header)).toBe(token));
});
