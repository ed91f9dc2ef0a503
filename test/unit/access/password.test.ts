import { describe, expect, it } from "vitest";
import { hashPassword, isPassword, passwordFault } from "#access/password.ts";

const who = { name: "Wilhelmina Okonjo", email: "w.okonjo@trust.example" };

describe("a password", () => {
  it.each([
    ["short", "too-short"],
    ["elevenchars", "too-short"],
    // Twelve code units, six characters.
    ["👩👩👩👩👩👩", "too-short"],
    ["x".repeat(201), "too-long"],
    ["123456789012", "common"],
    ["abcdefghijklm", "common"],
    ["aaaaaaaaaaaaaaa", "common"],
    ["Password1234", "common"],
    ["!!!letmein!!!", "common"],
    ["qwerty123456", "common"],
    ["dragondragon", "common"],
    ["dragondragon!1", "common"],
    ["qzxqqzzxqzxx", "common"],
    ["1qaz2wsx3edc", "common"],
    ["w.okonjo@trust.example", "yours"],
    ["Wilhelmina2026", "yours"],
    ["okonjo-123-ab", "yours"],
    ["wilhelminaokonjo!", "yours"],
  ])("%j is refused: %s", (password, fault) => expect(passwordFault(password, who)).toBe(fault));

  it.each([
    "correct horse battery",
    "teacup marmalade fox",
    "83 749 10 293 84",
    "nine words about wilhelmina are hard to guess",
    "ysgol-gwenynen-pwdin",
    "dragon marmalade 7",
  ])("%j is taken: no letters are prescribed", (password) => expect(passwordFault(password, who)).toBeNull());

  it("is kept as argon2id with 19 MiB and two passes, different each time", async () => {
    const [one, other] = await Promise.all([
      hashPassword("teacup marmalade"),
      hashPassword("teacup marmalade"),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(await isPassword("teacup marmalade", one)).toBe(true);
    expect(await isPassword("teacup marmalad", one)).toBe(false);
  });

  it("is the same however its accents were typed", async () => {
    expect(await isPassword("cafe\u0301 au lait rouge", await hashPassword("caf\u00e9 au lait rouge"))).toBe(
      true,
    );
  });

  it("of nobody is never right, not even the one that nobody has", async () => {
    expect(await isPassword("a password of nobody at all", null)).toBe(false);
  });
});
