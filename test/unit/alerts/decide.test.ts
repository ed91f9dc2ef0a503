import { describe, expect, it } from "vitest";
import type { AlertKind, LastingKind } from "#alerts/conditions.ts";
import { type AlertEntry, decide } from "#alerts/decide.ts";
import { wording } from "#alerts/wording.ts";

const minute = 60_000;
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 9) + minutes * minute);
const sixHours = 360 * minute;

/** A book over time: what is told at each look. */
function story() {
  let book: AlertEntry[] = [];
  return (minutes: number, holds: Partial<Record<LastingKind, boolean>>, happened: string[] = []) => {
    const verdicts = Object.entries(holds).map(([kind, holds]) => ({
      ...{ kind: kind as LastingKind, subject: "node-1", holds, detail: "so it is" },
    }));
    const news = happened.map((subject) => ({ kind: "promise-broken" as const, subject, detail: "" }));
    const { entries, messages } = decide(book, { verdicts, happened: news }, at(minutes), sixHours);
    const keys = new Set(entries.map(({ kind, subject }) => kind + subject));
    book = [...book.filter(({ kind, subject }) => !keys.has(kind + subject)), ...entries];
    return messages.map(
      ({ kind, event, about }) => `${kind} ${event}: ${about.map(({ subject }) => subject).join(" ")}`,
    );
  };
}

describe("something that lasts", () => {
  it("is told at once, again only after hours, and when it is over", () => {
    const look = story();
    expect(look(0, { "node-deaf": false })).toEqual([]);
    expect(look(1, { "node-deaf": true })).toEqual(["node-deaf raised: node-1"]);
    expect(look(2, { "node-deaf": true })).toEqual([]);
    expect(look(360, { "node-deaf": true })).toEqual([]);
    expect(look(361, { "node-deaf": true })).toEqual(["node-deaf repeated: node-1"]);
    expect(look(362, { "node-deaf": true })).toEqual([]);
    expect(look(400, { "node-deaf": false })).toEqual(["node-deaf resolved: node-1"]);
    expect(look(401, { "node-deaf": false })).toEqual([]);
  });

  it("that comes and goes makes a message each quarter of an hour at most", () => {
    const look = story();
    expect(look(0, { "node-deaf": true })).toHaveLength(1);
    expect(look(1, { "node-deaf": false })).toEqual(["node-deaf resolved: node-1"]);
    expect(look(2, { "node-deaf": true })).toEqual([]);
    expect(look(3, { "node-deaf": false })).toEqual([]);
    expect(look(4, { "node-deaf": true })).toEqual([]);
    expect(look(15, { "node-deaf": true })).toEqual(["node-deaf raised: node-1"]);
    expect(look(16, { "node-deaf": false })).toEqual(["node-deaf resolved: node-1"]);
    expect(look(60, { "node-deaf": true })).toEqual(["node-deaf raised: node-1"]);
  });

  it("stays as it is where nobody could look", () => {
    const look = story();
    look(0, { "words-late": true });
    expect(look(1, {})).toEqual([]);
    expect(look(2, { "words-late": false })).toEqual(["words-late resolved: node-1"]);
  });
});

describe("something that happened", () => {
  it("is told once, however often it is seen", () => {
    const look = story();
    expect(look(0, {}, ["c1", "c2"])).toEqual(["promise-broken raised: c1 c2"]);
    expect(look(1, {}, ["c1", "c2"])).toEqual([]);
    expect(look(1000, {}, ["c1", "c2"])).toEqual([]);
  });

  it("soon after another waits, and is told with those that follow", () => {
    const look = story();
    look(0, {}, ["c1"]);
    expect(look(1, {}, ["c1", "c2"])).toEqual([]);
    expect(look(9, {}, ["c1", "c2", "c3"])).toEqual([]);
    expect(look(15, {}, [])).toEqual(["promise-broken raised: c2 c3"]);
    expect(look(40, {}, ["c3"])).toEqual([]);
  });

  it("twice in one look is one", () => {
    expect(story()(0, {}, ["c1", "c1"])).toEqual(["promise-broken raised: c1"]);
  });
});

describe("the words", () => {
  const about = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ subject: `id-${i}`, detail: "", since: at(0) }));

  it("name what it is, since when, and what to do", () => {
    const { title, text, subjects } = wording({
      kind: "node-deaf",
      event: "raised",
      about: [{ subject: "node-1", detail: "its ARI is lost", since: at(0) }],
    });
    expect(title).toBe("An Asterisk cannot be reached");
    expect(text).toContain("node node-1: its ARI is lost, since 2026-11-21T09:00:00.000Z");
    expect(text).toContain("hearback doctor");
    expect(subjects).toEqual(["node-1"]);
  });

  it("count what is too much to name", () => {
    const { text, subjects } = wording({ kind: "promise-broken", event: "raised", about: about(23) });
    expect(text).toContain("callback id-19");
    expect(text).not.toContain("id-20");
    expect(text).toContain("and 3 more");
    expect(subjects).toHaveLength(23);
  });

  it.each<[AlertKind, "raised" | "repeated" | "resolved"]>([
    ["words-late", "repeated"],
    ["disk-low", "resolved"],
    ["clock-apart", "raised"],
    ["node-full", "resolved"],
    ["promise-late", "raised"],
    ["silent-call", "raised"],
  ])("%s, %s, has a title and a text", (kind, event) => {
    const { title, text } = wording({ kind, event, about: about(1) });
    expect(title.length).toBeGreaterThan(10);
    expect(text.length).toBeGreaterThan(10);
    expect(title.startsWith("Still: ")).toBe(event === "repeated");
  });
});
