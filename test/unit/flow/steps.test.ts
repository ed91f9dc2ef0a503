import { describe, expect, it } from "vitest";
import type { CallerAct } from "#walk/caller-act.ts";
import { ScriptedLine } from "#walk/scripted-line.ts";
import { hold, linked, smallFlow } from "./small-flow.ts";

const keyed = (digits: string) => ({ press: digits, gapMs: 200 });

describe("a number that is keyed", () => {
  const room = smallFlow(`
    first: { kind: digits, answer: room, as: number, min: 1, max: 250, keep: true, say: [which-room], wrong: [no-room],
      readBack: [you-keyed, { number: { answer: room } }, right-or-again], next: bye }`);

  it("is read back as a number, and kept once it is said to be right", async () => {
    const at = await hold(room, [
      { hear: "which-room" },
      keyed("205"),
      { hear: "right-or-again" },
      keyed("1"),
    ]);
    expect(at.heard).toEqual([
      "which-room",
      "you-keyed",
      "number-2",
      "hundred",
      "and",
      "number-5",
      "right-or-again",
      "goodbye",
    ]);
    expect(at.effects).toEqual([{ kind: "answer", name: "room", value: 205 }]);
    expect(at.outcome).toBe("partial");
  });

  it("out of its range is asked for again, and is never an answer", async () => {
    const at = await hold(room, [{ hear: "which-room" }, keyed("251"), { hear: "no-room" }, keyed("0#")]);
    expect(at.effects).toEqual([]);
    expect(at.outcome).toBe("no_response");
  });

  it("keyed again at the caller's wish is the second one", async () => {
    const at = await hold(room, [
      ...[{ hear: "which-room" }, keyed("12#"), { hear: "right-or-again" }, keyed("2")],
      ...[{ hear: "which-room" }, keyed("13#"), { hear: "right-or-again" }, keyed("1")],
    ]);
    expect(at.effects).toEqual([{ kind: "answer", name: "room", value: 13 }]);
  });

  it("goes on at once where it is not read back, and is written down nowhere without keep", async () => {
    const flow = smallFlow(`
      first: { kind: digits, answer: pin, length: { min: 4, max: 4 }, say: [pin], next: look }
      look: { kind: branch, on: { answer: pin }, when: { 4711: right }, otherwise: bye }
      right: { kind: play, say: [right], next: bye }`);
    const at = await hold(flow, [{ hear: "pin" }, keyed("4711")]);
    expect(at.heard).toEqual(["pin", "right", "goodbye"]);
    expect(at.written).not.toContain("4711");
  });

  it("that is a telephone's cannot be kept", () => {
    const kept = `first: { kind: digits, answer: number, as: phone, keep: true, say: [number], readBack: [right], next: bye }`;
    expect(() => smallFlow(kept)).toThrow(/never written down/);
  });
});

describe("a date that is keyed", () => {
  const birth = (date: string) =>
    smallFlow(`
      first: { kind: digits, answer: day, as: date, date: ${date}, keep: true, say: [which-day], wrong: [no-day],
        readBack: [{ date: { answer: day }, year: true }, right-or-again], tries: 2, next: bye }`);

  it.each([
    ["ddmmyyyy", "03122026", "2026-12-03", ["thursday", "day-3", "month-12", "number-20", "number-26"]],
    ["ddmmyyyy", "29022000", "2000-02-29", ["tuesday", "day-29", "month-2", "number-2", "thousand"]],
    ["ddmm", "2902", "--02-29", ["day-29", "month-2"]],
  ])("%s %s is %s", async (form, digits, value, said) => {
    const at = await hold(birth(form), [
      { hear: "which-day" },
      keyed(digits),
      { hear: "right-or-again" },
      keyed("1"),
    ]);
    expect(at.heard).toEqual(["which-day", ...said, "right-or-again", "goodbye"]);
    expect(at.effects).toEqual([{ kind: "answer", name: "day", value }]);
  });

  it.each([
    ["ddmmyyyy", "29022026"],
    ["ddmmyyyy", "31112026"],
    ["ddmmyyyy", "01010001"],
    ["ddmm", "3004#"],
    ["ddmm", "3102"],
  ])("%s %s: whether there is such a day", async (form, digits) => {
    const at = await hold(birth(form), [{ hear: "which-day" }, keyed(digits)]);
    expect(at.heard.includes("no-day")).toBe(digits !== "3004#");
  });
});

describe("a branch", () => {
  const flow = smallFlow(
    `
    first: { kind: menu, answer: way, say: [how], choices: [{ key: "1", value: bus, next: look }, { key: "2", value: true, next: look }] }
    look: { kind: branch, on: { answer: way }, when: { BUS: by-bus, true: yes }, otherwise: bye }
    by-bus: { kind: branch, on: { contact: clinic }, when: { Eyes: eyes, missing: no-clinic }, otherwise: bye }
    yes: { kind: branch, on: language, when: { cy-GB: welsh }, otherwise: bye }
    eyes: { kind: play, say: [eyes], next: bye }
    no-clinic: { kind: play, say: [no-clinic], next: bye }
    welsh: { kind: play, say: [welsh], next: bye }`,
    { contact: { clinic: "text" } },
  );
  const press = (key: string) => [{ hear: "how" }, { press: key }];

  it("goes by an answer, and by a field of the list, whatever their case", async () => {
    const at = await hold(flow, press("1"), { context: { contact: { clinic: "EYES" } } });
    expect(at.heard).toEqual(["how", "eyes", "goodbye"]);
    expect(at.moves).toContain("look BUS by-bus");
    expect(at.written).not.toMatch(/EYES/);
  });

  it("knows that a field is missing", async () => {
    expect((await hold(flow, press("1"))).heard).toContain("no-clinic");
  });

  it("goes by the language", async () => {
    expect((await hold(flow, press("2"), { context: { language: "cy-GB" } })).heard).toContain("welsh");
    expect((await hold(flow, press("2"))).heard).toEqual(["how", "goodbye"]);
  });

  it("with a reason that there is not is refused", () => {
    const wrong = `first: { kind: branch, on: reason, when: { callbak: bye }, otherwise: bye }`;
    expect(() => smallFlow(wrong)).toThrow(/is no reason/);
  });
});

it("a set answer is kept, and is nobody's answer", async () => {
  const at = await hold(smallFlow(`first: { kind: set, answer: version, value: b, next: bye }`), []);
  expect(at.effects).toEqual([{ kind: "answer", name: "version", value: "b" }]);
  expect(at.outcome).toBe("no_response");
});

describe("the language", () => {
  const flow = smallFlow(`
    first:
      kind: language
      choices:
        - { key: "1", language: en-GB, say: for-english }
        - { key: "2", language: cy-GB, say: for-welsh }
      next: then
    then: { kind: play, say: [then], next: bye }`);

  it("is the one that is chosen, from then on, and is kept with the key", async () => {
    const at = await hold(flow, [{ hear: "for-welsh" }, { press: "2" }]);
    expect(at.state.language).toBe("cy-GB");
    expect(at.log.steps[0]).toMatchObject({
      key: { digit: "2" },
      state: { language: "cy-GB", step: "then" },
    });
  });

  it("stays what it is in silence", async () => {
    const at = await hold(flow, [], { context: { language: "cy-GB" } });
    expect(at.state.language).toBe("cy-GB");
    expect(at.moves).toEqual(["first silence then", "then next bye", "bye end end"]);
  });
});

describe("opting out", () => {
  const flow = smallFlow(`
    first: { kind: menu, say: [hello], choices: [{ key: "1", next: bye }] }
    never: { kind: opt-out, say: [opted-out], undone: undone, next: bye }
    undone: { kind: play, say: [undone], next: resume }`);

  it("is done before it is said", async () => {
    const at = await hold(flow, [{ hear: "hello" }, { press: "9" }, { hear: "opted-out" }, { hangUp: true }]);
    expect(at.effects).toEqual([{ kind: "opt-out" }]);
    expect(at.outcome).toBe("opted_out");
  });

  it("can be undone, and the call goes on where it was", async () => {
    const at = await hold(flow, [
      ...[{ hear: "hello" }, { press: "9" }, { hear: "opted-out" }, { press: "1" }],
      ...[{ hear: "hello" }, { press: "1" }],
    ]);
    expect(at.effects.map(({ kind }) => kind)).toEqual(["opt-out", "undo-opt-out"]);
    expect(at.heard).toEqual(["hello", "opted-out", "undone", "hello", "goodbye"]);
    expect(at.outcome).toBe("no_response");
  });

  it("asked for again while it is said is one opting out", async () => {
    const at = await hold(flow, [{ hear: "hello" }, { press: "9" }, { hear: "opted-out" }, { press: "*" }]);
    expect(at.effects).toEqual([{ kind: "opt-out" }]);
    expect(at.heard).toEqual(["hello", "opted-out", "opted-out", "goodbye"]);
  });
});

describe("a story listened back to", () => {
  const flow = smallFlow(`
    first: { kind: record, answer: story, say: [tell], tone: tone, silenceMs: 3000, nudge: [], limit: back, next: back, nothing: back }
    back: { kind: listen-back, say: [this-is-it], next: bye, nothing: nothing-told }
    nothing-told: { kind: play, say: [nothing-told], next: bye }`);

  it("is played", async () => {
    const at = await hold(flow, [{ hear: "tone" }, { wait: 2500 }, { talk: 2000 }, { press: "#" }]);
    expect(at.heard).toEqual(["tell", "tone", "this-is-it", "goodbye"]);
    expect(at.moves).toContain("back next bye");
  });

  it("goes another way where nothing was told", async () => {
    const at = await hold(flow, [{ hear: "tone" }, { wait: 2500 }, { press: "#" }]);
    expect(at.heard).toContain("nothing-told");
  });
});

it("a repeat goes back so often, and then on", async () => {
  const at = await hold(
    smallFlow(`
      first: { kind: play, say: [notice], next: again }
      again: { kind: repeat, step: first, most: 2, next: bye }`),
    [],
  );
  expect(at.heard).toEqual(["notice", "notice", "notice", "goodbye"]);
});

describe("an end", () => {
  const flow = smallFlow(`
    first: { kind: menu, answer: coming, say: [coming], choices: [{ key: "1", value: true, next: confirmed }] }
    confirmed: { kind: goto, next: thanks }
    thanks: { kind: end, disposition: completed, say: [thank-you] }`);

  it("says how the visit stands from its first word on", async () => {
    const at = await hold(flow, [
      { hear: "coming" },
      { press: "1" },
      { hear: "thank-you" },
      { hangUp: true },
    ]);
    expect(at.outcome).toBe("completed");
    expect(at.log.steps.at(-1)?.state.disposition).toBe("completed");
  });

  it("an answer without one is partial", async () => {
    const other = smallFlow(`
      first: { kind: menu, answer: coming, say: [coming], choices: [{ key: "1", value: true, next: more }] }
      more: { kind: menu, say: [more], choices: [{ key: "1", next: bye }] }`);
    const at = await hold(other, [{ hear: "coming" }, { press: "1" }, { hear: "more" }, { hangUp: true }]);
    expect(at.outcome).toBe("partial");
  });
});

describe("a flow that is called", () => {
  const withSorry = smallFlow(
    `
    first: { kind: menu, answer: consent, say: [may-we], choices: [{ key: "1", value: true, next: end }] }
    sorry: { kind: play, say: [sorry], next: end }`,
    { flow: "inner", unanswered: "sorry" },
  );
  const outer = smallFlow(`
    first: { kind: call, flow: inner, next: thanks }
    thanks: { kind: end, disposition: completed, say: [thank-you] }`);

  it("is gone through, and the call returns", async () => {
    const at = await hold(linked(outer, withSorry), [{ hear: "may-we" }, { press: "1" }]);
    expect(at.heard).toEqual(["may-we", "thank-you"]);
    expect(at.outcome).toBe("completed");
    expect(at.log.steps[0]?.key?.step).toBe("first/first");
  });

  it("says itself where silence leads, and then returns", async () => {
    const at = await hold(linked(outer, withSorry), []);
    expect(at.heard).toEqual(["may-we", "may-we", "may-we", "sorry", "thank-you"]);
  });

  it("is another version with another inner one", () => {
    const changed = { ...withSorry, version: "1" };
    expect(linked(outer, withSorry).version).not.toBe(linked(outer, changed).version);
  });

  it("cannot call itself, and not one that there is not", () => {
    const round = smallFlow(`first: { kind: call, flow: small, next: bye }`);
    expect(() => linked(round)).toThrow(/inside itself/);
    expect(() => linked(outer)).toThrow(/no flow/);
  });
});

describe("limits", () => {
  it("of steps: the call goes where they lead, and ends", async () => {
    const flow = smallFlow(
      `
      first: { kind: play, say: [on], next: again }
      again: { kind: play, say: [and-on], next: first }
      too-long: { kind: end, say: [too-long] }`,
      { limits: { steps: 6, next: "too-long" } },
    );
    const at = await hold(flow, []);
    expect(at.heard).toEqual(["on", "and-on", "on", "and-on", "on", "and-on", "too-long"]);
    expect(at.moves.at(-2)).toBe("again limits too-long");
  });

  it("of time", async () => {
    const flow = smallFlow(
      `
      first: { kind: menu, say: [question], choices: [{ key: "1", next: first }], tries: 5, unanswered: first }
      too-long: { kind: end, say: [too-long] }`,
      { limits: { minutes: 1, next: "too-long" } },
    );
    const at = await hold(flow, []);
    expect(at.heard.at(-1)).toBe("too-long");
    expect(at.line.monotonicMs()).toBeGreaterThan(60_000);
    expect(at.line.monotonicMs()).toBeLessThan(75_000);
  });

  it("that lead back into the circle end it all the same", async () => {
    const flow = smallFlow(`first: { kind: play, say: [on], next: first }`, {
      limits: { steps: 5, next: "first" },
    });
    expect((await hold(flow, [])).heard).toHaveLength(25);
  });
});

describe("a caller put through", () => {
  const flow = smallFlow(`
    first: { kind: transfer, to: ward-desk, say: [wait], ringSeconds: 20, disposition: completed, next: after, failed: nobody, closed: shut }
    after: { kind: play, say: [after], next: bye }
    nobody: { kind: play, say: [nobody], next: bye }
    shut: { kind: play, say: [shut], next: bye }`);
  const desk = {
    kind: "number",
    phone: "+441632960123",
    callerNumber: "+441632960000",
    talkSeconds: 3600,
    restSeconds: 900,
  } as const;
  const transferTo = (name: string) => (name === "ward-desk" ? desk : ({ kind: "nobody" } as const));

  it("talks with the person, and hears more when they hang up", async () => {
    const acts = [
      { hear: "wait" },
      { wait: 4000 },
      { staff: "answers" as const },
      { wait: 9000 },
      { staff: "hangs-up" as const },
    ];
    const at = await hold(flow, acts, { transferTo });
    expect(at.heard).toEqual(["wait", "after", "goodbye"]);
    const { kind: _, ...order } = desk;
    expect(at.line.joins).toEqual([{ ...order, ringSeconds: 20 }]);
    expect(at.outcome).toBe("completed");
    expect(at.written).not.toContain("960123");
  });

  it("three times has talked enough, whatever the flow says", async () => {
    const round = smallFlow(`
      first: { kind: transfer, to: ward-desk, say: [wait], ringSeconds: 20, next: first, failed: nobody }
      nobody: { kind: play, say: [nobody], next: bye }`);
    const talk: CallerAct[] = [
      ...[{ hear: "wait" }, { wait: 4000 }, { staff: "answers" as const }],
      ...[{ wait: 9000 }, { staff: "hangs-up" as const }],
    ];
    const at = await hold(round, [...talk, ...talk, ...talk], { transferTo });
    expect(at.heard).toEqual(["wait", "wait", "wait", "wait", "nobody", "goodbye"]);
    expect(at.line.joins).toHaveLength(3);
  });

  it("to nobody who answers has had no talk", async () => {
    const round = smallFlow(
      `first: { kind: transfer, to: ward-desk, say: [wait], ringSeconds: 20, next: bye, failed: first }`,
      { limits: { steps: 5, next: "bye" } },
    );
    expect((await hold(round, [], { transferTo })).line.joins).toHaveLength(5);
  });

  it("who hangs up in the talk has had it", async () => {
    const acts = [
      { hear: "wait" },
      { wait: 4000 },
      { staff: "answers" as const },
      { wait: 9000 },
      { hangUp: true as const },
    ];
    const at = await hold(flow, acts, { transferTo });
    expect(at.outcome).toBe("completed");
    expect(at.log.steps.at(-1)?.state).toMatchObject({ talking: true, disposition: "completed" });
  });

  it("goes on elsewhere where nobody answers", async () => {
    const at = await hold(flow, [], { transferTo });
    expect(at.heard).toEqual(["wait", "nobody", "goodbye"]);
    expect(at.outcome).toBe("no_response");
  });

  it.each([
    ["a name that the campaign has not", () => ({ kind: "nobody" }) as const, "nobody"],
    ["outside their hours", () => ({ kind: "closed" }) as const, "shut"],
  ])("rings nobody: %s", async (_, to, heard) => {
    const at = await hold(flow, [], { transferTo: to });
    expect(at.heard).toEqual(["wait", heard, "goodbye"]);
    expect(at.line.joins).toEqual([]);
  });

  it("can still opt out while it rings", async () => {
    const at = await hold(flow, [{ hear: "wait" }, { wait: 5000 }, { press: "9" }], { transferTo });
    expect(at.effects).toEqual([{ kind: "opt-out" }]);
    expect(at.heard).toEqual(["wait", "opted-out", "goodbye"]);
  });

  it("by a process that died goes on talking", async () => {
    const begun = await hold(
      flow,
      [{ hear: "wait" }, { wait: 4000 }, { staff: "answers" }, { wait: 2000 }, { lose: true }],
      { transferTo },
    );
    const kept = begun.log.steps.at(-1)!;
    const line = new ScriptedLine([{ wait: 3000 }, { staff: "hangs-up" }]);
    line.joinedBefore();
    const at = await hold(flow, [], {
      transferTo,
      line,
      soFar: { state: kept.state, sequence: kept.sequence, partsBegun: [] },
    });
    expect(line.joins).toEqual([]);
    expect(at.heard).toEqual(["after", "goodbye"]);
  });
});
