import { describe, expect, it } from "vitest";
import { type FlowTestResult, testFlows } from "#walk/test-flows.ts";
import { filesWith, shippedFiles } from "../../support/shipped-flows.ts";

const file = "flows/fft.test.yaml";
const tests = new TextDecoder().decode(shippedFiles.get(file));
const flow = new TextDecoder().decode(shippedFiles.get("flows/fft.yaml"));

async function fft(changed: Record<string, string | null>): Promise<FlowTestResult> {
  const found = (await testFlows(filesWith(changed))).find((result) => result.flow === "fft");
  if (!found) throw new Error("fft was not tested");
  return found;
}

/** The one call with this name, otherwise. */
const oneCall = (call: string) => ({ [file]: `calls:\n  - name: one\n${call}` });
const failuresOf = async (call: string) => (await fft(oneCall(call))).scripts[0]!.failures;

describe("a flow's tests", () => {
  it("tell a wrong prompt with its line, the step, and what was heard instead", async () => {
    expect(
      await failuresOf(
        '    call: [{ hear: hello }, { press: "3" }]\n    expect: { disposition: declined, heard: [hello, declined, goodbye] }',
      ),
    ).toEqual([
      { line: 4, column: 63, step: "declined", expected: '"goodbye" is heard', got: "nothing more" },
    ]);
  });

  it("tell another ending, other answers and what should not have been heard", async () => {
    const failures = await failuresOf(
      [
        '    call: [{ hear: hello }, { press: "1" }, { hear: for-good }, { press: "2" }, { hear: you-said }, { hangUp: true }]',
        "    expect: { disposition: completed, answers: { rating: 3 }, notHeard: [welcome] }",
      ].join("\n"),
    );
    expect(failures.map(({ expected, got, step }) => [expected, got, step])).toEqual([
      ["disposition completed", "partial", "read-back"],
      ['answers {"rating":3}', '{"rating":2}', "read-back"],
      ['"welcome" is not heard', "it was", "welcome"],
    ]);
  });

  it("tell a caller who waits for what never comes", async () => {
    expect(
      await failuresOf(
        '    call: [{ hear: hello }, { press: "3" }, { hear: welcome }, { press: "1" }]\n    expect: { disposition: declined }',
      ),
    ).toMatchObject([{ line: 3, expected: 'the caller hears "welcome"', step: "declined" }]);
  });

  it("tell each branch that no call takes", async () => {
    const one = tests.slice(
      tests.indexOf("  - name: neither good"),
      tests.indexOf("  - name: wrong keys at the reading"),
    );
    expect(one).toContain("neither-good-nor-poor");
    const result = await fft({ [file]: tests.replace(one, "") });
    expect(result.uncovered).toEqual([{ step: "question", on: "key 3", to: "read-back" }]);
    expect(result.passed).toBe(false);
  });

  it("count what another flow's callers take: one who rings back goes on in the FFT", async () => {
    const alone = await fft({ [file]: "calls: []" });
    const taken = alone.ways - alone.uncovered.length;
    expect(taken).toBeGreaterThan(5);
    expect((await fft({ [file]: "calls: []", "flows/ring-back.test.yaml": null })).uncovered).toHaveLength(
      alone.uncovered.length + taken,
    );
  });

  it("tell a new branch, and a flow that has no tests at all", async () => {
    const more = flow.replace(
      '- { key: "2", next: review }',
      '- { key: "2", next: review }\n      - { key: "3", next: thanks }',
    );
    expect((await fft({ "flows/fft.yaml": more })).uncovered).toEqual([
      { step: "story-limit", on: "key 3", to: "thanks" },
    ]);
    const none = await fft({ [file]: null, "flows/ring-back.test.yaml": null });
    expect(none.uncovered).toHaveLength(none.ways);
  });

  it("do not believe that a branch cannot happen which a call takes, or which is not there", async () => {
    const lies = [
      '  - { step: greeting, on: key 1, because: "nobody is that person" }',
      '  - { step: greeting, on: key 7, because: "there is no such key" }',
    ];
    const { faults } = await fft({ [file]: `${tests.trimEnd()}\n${lies.join("\n")}\n` });
    expect(faults.map(({ what, rule }) => [what, rule])).toEqual([
      ["a call takes key 1 at step greeting", "can-happen"],
      ['step greeting has no way "key 7"', "can-happen"],
    ]);
  });

  it("end a call that goes round for ever", async () => {
    const round = flow.replace(
      "say: [opt-out-undone]\n    next: resume",
      "say: []\n    next: opt-out-undone",
    );
    const { scripts } = await fft({ "flows/fft.yaml": round });
    expect(scripts.find(({ name }) => name.startsWith("never again by mistake, at"))?.passed).toBe(false);
  });
});

describe("a test file", () => {
  it.each([
    ["an act that nobody can do", "{ pres: 1 }", "unknown-act", 3, 12, "did you mean press?"],
    ["a key without quotes", "{ press: 1 }", "wrong-value", 3, 21, /^write keys in quotes/],
    ["a key that no telephone has", '{ press: "A" }', "wrong-value", 3, 21, /^write keys in quotes/],
    ["a prompt that is not there", "{ hear: helo }", "unknown-prompt", 3, 20, "did you mean hello?"],
    ["a word too many", "{ talk: 3000, loud: true }", "unknown-field", 3, 26, /README/],
  ])("with %s is told where, and what to write", async (_, act, rule, line, column, instead) => {
    const { faults, scripts } = await fft(
      oneCall(`    call: [${act}]\n    expect: { disposition: declined }`),
    );
    expect(faults).toEqual([expect.objectContaining({ file, rule, line, column, level: "fault" })]);
    expect(faults[0]!.instead).toMatch(instead);
    expect(scripts).toEqual([]);
  });

  it.each([
    ["calls:\n  - name: one\n    call: []\n", "missing-field", 2],
    ["calls:\n  - name: one\n    call: []\n    expect: { disposition: happy }\n", "wrong-value", 4],
    ["calls: [\n", "yaml-syntax", 2],
    [
      "calls:\n  - { name: a, call: [], expect: { disposition: machine } }\n  - { name: a, call: [], expect: { disposition: machine } }\n",
      "same-name",
      3,
    ],
  ])("%j is refused: %s", async (text, rule, line) => {
    expect((await fft({ [file]: text })).faults).toEqual([expect.objectContaining({ rule, line })]);
  });
});
