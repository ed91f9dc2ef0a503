import { describe, expect, it } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import { type Broken, expectFault, placeOf, replaced, shipped, textOf, withFiles } from "./broken.ts";

it("as shipped nothing is wrong", () => {
  expect(checkFlows(shipped)).toEqual([]);
});

const shapes: Record<string, Broken> = {
  "a field that no step knows": {
    ...{
      from: "    tone: tone\n    silenceMs: 5000         #",
      to: "    tune: tone\n    silenceMs: 5000         #",
    },
    ...{ at: "tune: tone", rule: "unknown-field", amongOthers: true },
    ...{ what: /the step "story" has no field "tune"/, instead: /did you mean tone/ },
  },
  "a field that is missing": {
    ...{ from: "    tone: tone\n    silenceMs: 5000         #", to: "    silenceMs: 5000         #" },
    ...{ at: "  story:\n", into: 2, rule: "missing-field" },
    ...{ what: /the step "story" has no "tone"/, instead: /add tone:/ },
  },
  "a kind that there is not": {
    ...{ from: "kind: play\n    say: [welcome]", to: "kind: plays\n    say: [welcome]" },
    ...{ at: "plays", rule: "unknown-kind", what: /no kind of step "plays"/, instead: /did you mean play/ },
  },
  "something that cannot be said": {
    ...{ from: "say: [welcome]", to: "say: [{ pauseMS: 300 }]", at: "{ pauseMS", rule: "wrong-value" },
    ...{ what: /nothing that can be said/, instead: /a prompt's id/ },
  },
  "a text where a number belongs": {
    ...{ from: "tries: 3", to: "tries: three", at: "three ", rule: "wrong-value" },
    ...{ what: /"three" cannot stand in tries/, instead: /number/ },
  },
  "a number that is too large": {
    ...{ from: "tries: 3", to: "tries: 30", at: "30 ", rule: "wrong-value" },
    ...{ what: /30 cannot stand in tries/, instead: /5 or less/ },
  },
  "a word that is none of those allowed": {
    ...{ from: "on: reason", to: "on: reasons", at: "reasons", rule: "wrong-value" },
    ...{ what: /"reasons" cannot stand in on/, instead: /did you mean reason/ },
  },
  "a key without its quotes": {
    ...{ from: 'repeat: "*"', to: "repeat: 0", at: "0\n  optOut", rule: "wrong-value" },
    ...{ what: /0 cannot stand in repeat/, instead: /a text, in quotes: "0"/ },
  },
  "quotes of a word processor": {
    ...{ from: '{ key: "1", next: consent }', to: "{ key: “1”, next: consent }", at: "“1”" },
    ...{ rule: "wrong-value", what: /cannot stand in key/, instead: /in quotes of the plain kind$/ },
  },
  "a step that has lost its indent, which is told once": {
    ...{
      from: "\n  welcome:\n    kind: play",
      to: "\nwelcome:\n    kind: play",
      at: "\n  # ---- the question",
    },
    ...{ rule: "yaml-syntax", what: /not YAML/, instead: /as far as its neighbours/ },
  },
  "no way to opt out": {
    ...{ from: '  optOut: { key: "9", next: opt-out }\n', to: "", at: "everywhere:", rule: "no-opt-out" },
    ...{ what: /everywhere has no "optOut"/, instead: /optOut: \{ key: "9"/ },
  },
  "no way to hear again": {
    ...{ from: '  repeat: "*"\n', to: "", at: "everywhere:", rule: "no-repeat" },
    ...{ what: /nobody can hear anything again/, instead: /repeat: "\*"/ },
  },
  "a duplicate key": {
    ...{ from: "start: opening", to: "start: opening\nstart: greeting", at: "start: greeting" },
    ...{ rule: "duplicate-key", what: /written twice/, instead: /keep one/ },
  },
  "a tab": {
    ...{
      from: "    kind: play\n    say: [welcome]",
      to: "    kind: play\n\tsay: [welcome]",
      at: "\tsay: [welcome]",
    },
    ...{ rule: "tab", what: /a tab/, instead: /spaces/, amongOthers: true },
  },
  "a bracket that is not closed": {
    ...{ from: "say: [welcome]", to: "say: [welcome", at: "next: question\n", rule: "yaml-syntax" },
    ...{ what: /not YAML/, instead: /close the bracket/ },
  },
  "a flow named otherwise than its file": {
    ...{ from: "flow: fft", to: "flow: ftf", at: "ftf", rule: "flow-name" },
    ...{ what: /named fft\.yaml/, instead: /flow: fft/ },
  },
};

describe("the shape of a flow", () => {
  it.each(Object.entries(shapes))("%s", (_, broken) => expectFault(broken));

  it("a file whose ending nobody reads", () => {
    const faults = checkFlows(withFiles({ "flows/winter.yml": textOf("flows/fft.yaml") }));
    expect(faults).toEqual([
      expect.objectContaining({ file: "flows/winter.yml", level: "warning", instead: "name it winter.yaml" }),
    ]);
  });

  it("two flows of one name", () => {
    const faults = checkFlows(withFiles({ "flows/other.yaml": textOf("flows/fft.yaml") }));
    expect(faults).toEqual([
      expect.objectContaining({
        ...{
          file: "flows/other.yaml",
          ...placeOf(textOf("flows/fft.yaml"), "fft\n"),
          rule: "flow-name-twice",
        },
      }),
    ]);
  });
});

describe("the bytes of a flow", () => {
  const text = textOf("flows/fft.yaml");
  const bytes = (from: string, ...put: number[]) => {
    const [before = "", after = ""] = text.split(from);
    const encoder = new TextEncoder();
    return new Uint8Array([...encoder.encode(before), ...put, ...encoder.encode(after)]);
  };
  const cases: [string, Uint8Array, string, RegExp][] = [
    ["a NUL", bytes("NHS Friends and Family Test\n", 0), "encoding", /NUL/],
    [
      "a letter of another encoding",
      bytes("NHS Friends and Family Test\n", 0xe9),
      "encoding",
      /byte e9 is no UTF-8/,
    ],
  ];
  it.each(cases)("%s", (_, file, rule, what) => {
    const faults = checkFlows(withFiles({ "flows/fft.yaml": file }));
    const place = placeOf(text, "NHS Friends and Family Test\n");
    expect(faults).toEqual([expect.objectContaining({ ...place, rule, what: expect.stringMatching(what) })]);
  });

  it("UTF-16", () => {
    const faults = checkFlows(withFiles({ "flows/fft.yaml": new Uint8Array([0xff, 0xfe, 0x66, 0]) }));
    expect(faults).toEqual([expect.objectContaining({ line: 1, column: 1, rule: "encoding" })]);
  });

  it("a file of more than a million bytes", () => {
    const large = `${text}\n# ${"x".repeat(1_000_000)}`;
    expect(checkFlows(withFiles({ "flows/fft.yaml": large }))).toEqual([
      expect.objectContaining({ line: 0, column: 0, rule: "too-large" }),
    ]);
  });

  it("aliases that would grow without bound", () => {
    const lines = [
      "a0: &a0 [x]",
      ...Array.from({ length: 8 }, (_, i) => {
        return `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`;
      }),
    ];
    const faults = checkFlows(withFiles({ "flows/bomb.yaml": lines.join("\n") }));
    expect(faults).toEqual([expect.objectContaining({ file: "flows/bomb.yaml", rule: "yaml-syntax" })]);
  });

  it("an empty file", () => {
    expect(checkFlows(withFiles({ "flows/fft.yaml": "" }))).not.toEqual([]);
    expect(() =>
      checkFlows(withFiles({ "flows/fft.yaml": replaced(text, "steps:", "steps: []\nstepz:") })),
    ).not.toThrow();
  });
});
