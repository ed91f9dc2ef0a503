import { describe, expect, it } from "vitest";
import { type CallVoice, type CallVoices, voiceOfNewCall } from "#call/voices.ts";
import { campaignOf } from "../campaign/dialer-fakes.ts";

const campaign = campaignOf("c");
const saying = (release: number, ...flows: string[]): CallVoice =>
  ({ release, flows: new Map(flows.map((flow) => [flow, {}])) }) as unknown as CallVoice;

const drawing = (drawn: CallVoice, live: CallVoice): CallVoices => ({
  live,
  ofNewCall: async () => drawn,
  of: async () => live,
});

describe("a new call", () => {
  it("asks for its visit's release, else for its campaign's", async () => {
    const asked: unknown[] = [];
    const voices: CallVoices = {
      ...drawing(saying(2, "fft"), saying(1, "fft")),
      ofNewCall: async (caller) => {
        asked.push(caller);
        return saying(2, "fft");
      },
    };
    await voiceOfNewCall(voices, { ...campaign, release: 4 }, { lot: "a" });
    await voiceOfNewCall(voices, { ...campaign, release: 4 }, { release: 3, lot: "a" });
    await voiceOfNewCall(voices, campaign, { lot: "a" });
    expect(asked.map((caller) => (caller as { release: number | null }).release)).toEqual([4, 3, null]);
  });

  it("says what was drawn for it", async () => {
    const voices = drawing(saying(2, "fft"), saying(1, "fft"));
    expect((await voiceOfNewCall(voices, campaign, {})).release).toBe(2);
  });

  it("says what is live, where the one drawn lacks its flow", async () => {
    const voices = drawing(saying(2, "ring-back"), saying(1, "fft"));
    expect((await voiceOfNewCall(voices, campaign, {})).release).toBe(1);
  });
});
