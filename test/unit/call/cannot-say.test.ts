import { expect, it } from "vitest";
import { cannotSay } from "#call/cannot-say.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
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
    { language: "cy-GB" },
    "the campaign's language is cy-GB, the calls are in en-GB; make it with --language en-GB",
  ],
  [{ flow: "maternity" }, 'there is no call flow "maternity"; there are: fft'],
])("tells of %j what a call would stumble over", (settings, told) => {
  expect(faults(settings)).toEqual([expect.stringContaining(told)]);
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
