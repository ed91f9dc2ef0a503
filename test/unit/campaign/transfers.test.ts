import { describe, expect, it } from "vitest";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { withoutTransfer, withTransfer } from "#campaign/transfers.ts";

const open = { 1: ["08:00", "16:00"] } as const;
const desk = { number: "+441632960123", talkMinutes: 30, open };
const campaign = (transfers: object = { "ward-desk": desk }, rehearsal = false) => ({
  ...{ name: "may", rehearsal },
  settings: parseSettings({ callerNumber: "01632 960100", transfers }),
});

describe("a target", () => {
  it("is added, with the usual length of a talk and the campaign's hours", () => {
    const { settings, isNew, fields } = withTransfer(campaign(), "night-desk", { number: "01632 960 124" });
    expect(settings.transfers).toEqual({
      "ward-desk": desk,
      "night-desk": { number: "+441632960124", talkMinutes: 60 },
    });
    expect([isNew, fields]).toEqual([true, ["number", "talkMinutes"]]);
  });

  it.each([
    [{ number: "01632 960125" }, { ...desk, number: "+441632960125" }, ["number"]],
    [{ open: { 6: ["10:00", "12:00"] } }, { ...desk, open: { 6: ["10:00", "12:00"] } }, ["open"]],
    [{ open: null }, { number: desk.number, talkMinutes: 30 }, ["open"]],
    [{ talkMinutes: 15 }, { ...desk, talkMinutes: 15 }, ["talkMinutes"]],
    [{ number: "01632 960123" }, desk, []],
  ])("given %j keeps all else", (change, now, fields) => {
    const changed = withTransfer(campaign(), "ward-desk", change as never);
    expect(changed.settings.transfers["ward-desk"]).toEqual(now);
    expect([changed.isNew, changed.fields]).toEqual([false, fields]);
  });

  it.each([
    ["ward-desk", { number: "0900 123" }, /transfers\.ward-desk\.number: /],
    ["ward-desk", { talkMinutes: 241 }, /transfers\.ward-desk\.talkMinutes: /],
    [
      "ward-desk",
      { open: { 1: ["16:00", "08:00"] } },
      /transfers\.ward-desk\.open: .*16:00 is not before 08:00/,
    ],
    ["ward-desk", { open: {} }, /no day of the week is open/],
    ["constructor", { talkMinutes: 5 }, /no target "constructor" \(it has: ward-desk\).*constructor=NUMBER/],
    ["0-1632-960123", { number: "01632 960123" }, /name has a letter/],
    ["Ward Desk", { number: "01632 960123" }, /name has a letter/],
    ["ward desk", { number: "01632 960123" }, /none but a-z, 0-9 and hyphens/],
  ])("%s is refused %j, and no number is repeated", (target, change, told) => {
    const change_ = () => withTransfer(campaign(), target, change as never);
    expect(change_).toThrow(told);
    expect(change_).not.toThrow(/960123|0900/);
  });

  it("of a rehearsal is nobody who could be disturbed", () => {
    const beyond = "+442079460018";
    expect(() => withTransfer(campaign({}, true), "desk", { number: beyond })).toThrow(
      /a rehearsal rings only drama/,
    );
    expect(withTransfer(campaign({}, true), "desk", { number: beyond, allowNumbers: [beyond] }).isNew).toBe(
      true,
    );
    expect(withTransfer(campaign({}, false), "desk", { number: beyond }).isNew).toBe(true);
    expect(withTransfer(campaign({}, true), "desk", { number: "01632 960123" }).isNew).toBe(true);
  });

  it("is taken off the list, if it is on it", () => {
    expect(withoutTransfer(campaign(), "ward-desk").transfers).toEqual({});
    expect(() => withoutTransfer(campaign({}), "ward-desk")).toThrow(/no target "ward-desk" \(it has none\)/);
  });
});
