import { expect, it } from "vitest";
import { cannotSay } from "#call/cannot-say.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import type { Flow, Step } from "#flow/definition.ts";
import { demoSettings } from "#rehearsal/demo/campaign.ts";
import { readVoice } from "#storage/flow-files.ts";

const voice = readVoice({ promptFolder: "prompts", flowFolder: "dialplans/flows" });
const faults = (settings: object) =>
  cannotSay(parseSettings({ callerNumber: "01632 960100", ...settings }), voice);

it("has nothing against a usual campaign, nor against the demo's", () => {
  expect(faults({})).toEqual([]);
  const options = {
    exit: true,
    resume: false,
    json: null,
    contacts: null,
    farEnd: null,
    databaseUrl: null,
    state: null,
  };
  const demo = demoSettings({ ...options, maxCalls: 1, callsPerSecond: 1, allowNumbers: [] });
  expect(cannotSay(demo, voice)).toEqual([]);
});

it.each([
  [
    { spokenName: "trust-nowhere-at-all" },
    'there is no prompt "trust-nowhere-at-all" with words and audio; add its words to the manifest',
  ],
  [{ spokenName: "trust-northfeld" }, "did you mean trust-northfield?"],
  [
    { storyLimitSeconds: 60 },
    'no prompt "story-limit-60s" with words and audio; take 20 or 180 for --story-limit',
  ],
  [
    { callbacks: { offerAfterSeconds: [15, 45] } },
    'no prompt "in-45-seconds" with words and audio; take 15 or 30 for callbacks.offerAfterSeconds',
  ],
  [
    { language: "fr-FR" },
    "the campaign's language is fr-FR, the calls are in en-GB or cy-GB; make it with --language en-GB or cy-GB",
  ],
  [
    { offerLanguages: ["cy-GB"] },
    "prompts in cy-GB are a machine's, and nobody has approved them; let somebody who speaks it listen",
  ],
  [
    { offerLanguages: ["pl-PL"], flow: "running-late" },
    "the flow running-late has no key for pl-PL; take --offer-language pl-PL out",
  ],
  [{ flow: "maternity" }, 'there is no call flow "maternity"; there are: appointment, emergency-notice, fft'],
])("tells of %j what a call would stumble over", (settings, told) => {
  expect(faults(settings)).toEqual([expect.stringContaining(told)]);
});

it("lets a rehearsal, and a campaign that nobody is rung by yet, offer what stand-ins say", () => {
  const settings = parseSettings({ callerNumber: "01632 960100", offerLanguages: ["cy-GB"] });
  expect(cannotSay(settings, voice, { forPatients: false })).toEqual([]);
});

it("tells what is not spoken in a language that is offered", () => {
  const welsh = { ids: new Set(["hello"]), unapproved: 0 };
  const languages = new Map([...voice.prompts.languages!, ["cy-GB", welsh] as const]);
  const settings = parseSettings({ callerNumber: "01632 960100", offerLanguages: ["cy-GB"] });
  expect(cannotSay(settings, { ...voice, prompts: { ...voice.prompts, languages } })).toEqual([
    expect.stringContaining('in cy-GB there is no prompt "trust-your-hospital"'),
    expect.stringContaining('in cy-GB there is no prompt "story-limit-180s"'),
  ]);
});

it("tells all at once", () => {
  expect(faults({ spokenName: "nobody", storyLimitSeconds: 60 })).toHaveLength(2);
});

it("does not ask for what the flow never says", () => {
  const fft = voice.flows.get("fft")!;
  const short = { ...fft, steps: { question: fft.steps.question! } };
  const settings = parseSettings({ spokenName: "nobody", storyLimitSeconds: 60, flow: "short" });
  expect(cannotSay(settings, { ...voice, flows: new Map([["short", short]]) })).toEqual([]);
});

it("needs a number for everybody whom the flow puts callers through to", () => {
  const fft = voice.flows.get("fft")!;
  const desk: Step = {
    kind: "transfer",
    to: "ward-desk",
    say: [],
    ringSeconds: 30,
    next: "end",
    failed: "end",
  };
  const flow: Flow = { ...fft, steps: { ...fft.steps, desk } };
  const flows = new Map([["fft", flow]]);
  const told = (settings: object) => cannotSay(parseSettings(settings), { ...voice, flows });
  expect(told({})).toEqual([expect.stringContaining("add --transfer ward-desk=NUMBER")]);
  expect(cannotSay(parseSettings({}), { ...voice, flows }, { campaign: "out patients" })).toEqual([
    expect.stringMatching(/; give one: hearback campaign transfer "out patients" ward-desk=NUMBER$/),
  ]);
  for (const [campaign, remedy] of [
    [undefined, 'ask whoever runs Hearback to make it with a number for "ward-desk"'],
    ["may", 'give it a number for "ward-desk" on the campaign\'s page'],
  ])
    expect(cannotSay(parseSettings({}), { ...voice, flows }, { toldOn: "page", campaign })).toEqual([
      expect.stringContaining(`; ${remedy}`),
    ]);
  expect(told({ transfers: { "ward-desk": { number: "01632 960123" } } })).toEqual([]);
});

it("lets a campaign be in Welsh: rehearsed at once, and for patients once somebody has approved each stand-in", () => {
  const welsh = parseSettings({ callerNumber: "01632 960100", language: "cy-GB" });
  expect(cannotSay(welsh, voice, { forPatients: false })).toEqual([]);
  const { length } = cannotSay(welsh, voice);
  expect(length).toBe(1);
  expect(cannotSay(welsh, voice)[0]).toMatch(
    /^\d+ prompts in cy-GB are a machine's, and nobody has approved them; .*hearback prompts approve --language cy-GB/,
  );
  const approved = new Map(
    [...voice.prompts.languages!].map(([tag, { ids }]) => [tag, { ids, unapproved: 0 }]),
  );
  expect(cannotSay(welsh, { ...voice, prompts: { ...voice.prompts, languages: approved } })).toEqual([]);
});

it.each([
  [
    { storyLimitSeconds: 60 },
    "take 20 or 180 for the longest part of a story, or ask telecoms to add its words",
  ],
  [{ callbacks: { offerAfterSeconds: [15, 45] } }, "take 15 or 30 for the waits before a promised call"],
  [{ language: "fr-FR" }, "it must be in en-GB or cy-GB"],
  [{ offerLanguages: ["cy-GB"] }, "ask telecoms to let somebody who speaks it listen"],
  [{ offerLanguages: ["pl-PL"], flow: "running-late" }, "has no key for pl-PL; it must not offer pl-PL"],
])("tells of %j on pages what people there can do, and no command's options", (settings, told) => {
  const found = cannotSay(parseSettings({ callerNumber: "01632 960100", ...settings }), voice, {
    toldOn: "page",
  });
  expect(found).toEqual([expect.stringContaining(told)]);
  expect(found.join()).not.toMatch(/--\w|hearback |[a-z]\.[a-z]+[A-Z]/);
});
