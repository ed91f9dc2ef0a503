/** Every branch of a flow is walked on real Asterisk; what is planted in it is found, and nothing else. */
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readFlows } from "#flow/check/check-flows.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { linesOfWalks } from "#rehearsal/walks/report.ts";
import { type WalkOptions, walkOnRehearsal } from "#rehearsal/walks/walk-on-rehearsal.ts";
import { digestOf, hashOf, type ReleaseFiles } from "#release/files.ts";
import type { WalksReport } from "#release/walk-report.ts";
import { shippedFiles } from "../support/shipped-flows.ts";
import { tiny, tinyFlow, tinyTests } from "../support/tiny-flow.ts";
import { before } from "../unit/dialplan/dialplan-files.ts";

const text = (words: string) => new TextEncoder().encode(words);
const soundFile = (folder: string, prompt: string) =>
  join(folder, `${soundName(hashOf(tiny.get(`prompts/en-GB/${prompt}.wav`)!))}.alaw`);

async function walk(options: WalkOptions = {}, files: ReleaseFiles = tiny) {
  const progress: string[] = [];
  const report = await walkOnRehearsal(files, {
    ...options,
    onProgress: ({ done, walks, line }) => progress.push(`${done} of ${walks}: ${line ?? ""}`),
  });
  return { report, progress };
}

it("walks each branch, hears every prompt, and waits while live calls have the machine", async () => {
  let asked = 0;
  const { report, progress } = await walk({ mayGoOn: () => ++asked > 2 });
  expect(linesOfWalks(report).filter((line) => line.startsWith(" "))).toEqual([]);
  expect(report).toMatchObject({ passed: true, digest: digestOf(tiny), uncovered: [], obstacles: [] });
  expect(report.goldenCalls).toEqual([]);
  const ways = new Set(report.walks.flatMap((each) => each.ways));
  expect([...ways]).toEqual(
    expect.arrayContaining(["question, key 1", "question, key 2", "question, unanswered", "yes, next"]),
  );
  expect(report.walks.find(({ name }) => name === "yes, all heard out, heard again")).toMatchObject({
    ...{ keys: "*1", steps: ["question", "question", "yes", "farewell"] },
    heard: expect.arrayContaining(["hello (en-GB)", "very-good (en-GB)", "goodbye (en-GB)"]),
    course: [
      { step: "question", said: ["hello", "good"], cutOff: false },
      { did: "presses *" },
      { step: "question", said: ["hello", "good"], cutOff: true },
      { did: "presses 1" },
      { step: "yes", said: ["very-good"], cutOff: false },
      { step: "farewell", said: ["goodbye"], cutOff: false },
    ],
  });
  const heard = ["good", "goodbye", "hello", "opted-out", "very-good"];
  const nothing = { byThemselves: [], valuesByThemselves: [], notHeard: [], notRecorded: [] };
  expect(report.prompts).toEqual(["en-GB", "cy-GB"].map((language) => ({ language, heard, ...nothing })));
  const calls = report.walks.length;
  expect(progress).toContain(`0 of ${calls}: waiting: live calls have the machine`);
  expect(progress.at(-1)).toMatch(new RegExp(`^${calls} of ${calls}: passed`));
});

/** Of each walk that failed: its name, where, and what was met there. */
const faultsIn = ({ walks }: WalksReport) =>
  walks.filter(({ passed }) => !passed).map(({ name, faults: [first] }) => ({ name, ...first }));

it("finds the one prompt that sounds like another", async () => {
  const { report } = await walk({
    tamper: ({ soundsFolder }) =>
      copyFileSync(soundFile(soundsFolder, "opted-out"), soundFile(soundsFolder, "very-good")),
  });
  expect(report.passed).toBe(false);
  expect(faultsIn(report)).toEqual([
    {
      ...{ name: "yes, all heard out, heard again", step: "yes" },
      ...{ expected: '"very-good (en-GB)"', got: '"opted-out (en-GB)" was heard' },
    },
  ]);
});

it("finds the prompt that is not there, in the middle of others, where Asterisk passes over it in silence", async () => {
  const { report } = await walk({ tamper: ({ soundsFolder }) => rmSync(soundFile(soundsFolder, "good")) });
  expect(report.passed).toBe(false);
  const found = faultsIn(report);
  // Whoever hangs up in it would have heard nothing of it yet.
  expect(found.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "yes, all heard out, heard again",
      "a wrong key, and then nothing",
      "never again",
    ]),
  );
  for (const { step } of found) expect(step).toBe("question");
});

it("finds the key that leads elsewhere, and the step where it did", async () => {
  const exchanged = tinyFlow
    .replace('"1", next: yes', '"3", next: yes')
    .replace('"2", next: farewell', '"1", next: farewell');
  const { flows } = readFlows(new Map(tiny).set("flows/tiny.yaml", text(exchanged.replace('"3"', '"2"'))));
  const { report } = await walk({
    tamper: ({ plan }) => {
      for (const planned of plan.walks) planned.flow = flows.get("tiny")!;
    },
  });
  const found = faultsIn(report);
  for (const [name, key, should, went] of [
    ["yes, in cy-GB", "1", "yes", "farewell"],
    ["no, in cy-GB", "2", "farewell", "yes"],
  ])
    expect(found).toContainEqual({
      ...{ name, step: "question" },
      expected: `the call to go from question to ${should} (key ${key})`,
      got: `it went from question to ${went} (key ${key})`,
    });
});

const withHooks = (hooks: string): ReleaseFiles =>
  new Map([
    ...tiny,
    ...[...shippedFiles].filter(([path]) => path.startsWith("asterisk/")),
    ["asterisk/hooks.conf", text(hooks)] as const,
  ]);

it("telephones with a dialplan that is the draft's own, and walks nothing where it hangs up on everybody", async () => {
  const { report, progress } = await walk({}, withHooks(before(" same => n,Hangup(21)")));
  expect(report).toMatchObject({ passed: false, walks: [] });
  const words =
    /: somebody rings while Hearback is away: should be "hears the apology.*", was "is turned away/;
  expect(report.obstacles).toEqual([expect.stringMatching(words)]);
  expect(linesOfWalks(report)[0]).toMatch(words);
  expect(progress.join("\n")).toContain("FAILED: golden call, somebody rings while Hearback is away");
});

it("walks the flows, too, where the draft's own dialplan carries the golden calls", async () => {
  const asItWas = await walk({}, withHooks(before(" same => n,Set(CDR(accountcode)=northfield)")));
  expect(asItWas.report).toMatchObject({ passed: true, obstacles: [] });
  expect(asItWas.report.goldenCalls.map(({ expected, seen }) => expected === seen)).toEqual(
    Array(5).fill(true),
  );
});

it("gives no Asterisk what the dialplan's guard refuses, and of the rest the callers meet only the hooks", async () => {
  const started = "/tmp/hearback-walk-started-a-program";
  const exec = `#exec "/usr/bin/touch ${started}"\n`;
  const asterisk = new Map(shippedFiles);
  const withDraft = (name: string, change: (text: string) => string) =>
    new Map([
      ...tiny,
      ...[...asterisk].filter(([path]) => path.startsWith("asterisk/")),
      [`asterisk/${name}`, text(change(new TextDecoder().decode(asterisk.get(`asterisk/${name}`))))] as const,
    ]);
  const refused = await walkOnRehearsal(withDraft("hooks.conf", (hooks) => exec + hooks));
  expect(refused).toMatchObject({ passed: false, walks: [] });
  expect(refused.obstacles).toEqual([
    expect.stringMatching(/^the dialplan guard refuses: .*hooks\.conf.*#exec/),
  ]);
  expect(existsSync(started)).toBe(false);

  // Nothing that the guard minds, and yet none of a walk's business: the loggers of the house stay as they are.
  const seen: string[] = [];
  const { report } = await walk(
    {
      tamper: ({ soundsFolder }) => {
        const etc = join(soundsFolder, "../../etc");
        for (const name of ["logger.conf", "hooks.conf"]) seen.push(readFileSync(join(etc, name), "utf8"));
      },
    },
    withDraft("logger.conf", (text) => `; ours\n${text}`).set(
      "asterisk/hooks.conf",
      text(`; ours too\n${new TextDecoder().decode(asterisk.get("asterisk/hooks.conf"))}`),
    ),
  );
  expect(report).toMatchObject({ obstacles: [], passed: true });
  expect(seen.map((text) => text.split("\n")[0])).toEqual([
    expect.not.stringContaining("ours"),
    "; ours too",
  ]);
});

it("rings nobody while the flow's own tests fail", async () => {
  const files = new Map(tiny).set(
    "flows/tiny.test.yaml",
    text(tinyTests.replace("very-good, goodbye]", "poor, goodbye]")),
  );
  const report = await walkOnRehearsal(files);
  expect(report).toMatchObject({ passed: false, walks: [] });
  expect(report.obstacles).toEqual([expect.stringContaining("hearback flow test tiny")]);
});
