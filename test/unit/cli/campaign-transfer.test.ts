import { describe, expect, it } from "vitest";
import { readHours, writeHours } from "#cli/calling-hours.ts";
import { hearback } from "./run-command.ts";

describe("hearback campaign transfer", () => {
  it.each([
    [["--open", "mon=09:00-17:00"], "of which target?"],
    [["ward-desk"], "what of ward-desk? Give ward-desk=NUMBER, --open or --talk-limit"],
    [["ward-desk="], "neither like ward-desk nor like ward-desk=NUMBER"],
    [["01632 960123"], "write ward-desk=NUMBER"],
    [["Ward=01632 960123"], "write ward-desk=NUMBER"],
    [["ward-desk", "--open", "monday"], "--open monday is not written like mon-fri=09:00-18:00"],
    [["ward-desk", "--talk-limit", "0"], "--talk-limit 0 is not a whole number of at least 1"],
    [["ward-desk", "--remove", "ward-desk"], "--remove takes one target off, and nothing else"],
    [["--remove", "ward-desk", "--open", "campaign"], "--remove takes one target off, and nothing else"],
  ])("is wrongly called with %j, before any database is opened", async (more, told) => {
    const { status, stderr } = await hearback(["campaign", "transfer", "may", ...more]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(told)]);
    expect(stderr).not.toContain("960123");
  });

  it("says in its help what calls that are going on get", async () => {
    const { stdout } = await hearback(["campaign", "transfer", "--help"]);
    expect(stdout).toContain("A call that is going on keeps what it began with");
  });
});

describe("hours", () => {
  it.each([
    "mon-fri=09:00-18:00,sat=10:00-13:00",
    "mon=09:00-18:00,wed-thu=09:00-18:00",
    "tue-wed=08:00-24:00,thu=09:00-10:00",
  ])("are written as they are read: %s", (text) => expect(writeHours(readHours(text.split(",")))).toBe(text));
});
