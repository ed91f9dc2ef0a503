import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { readWav } from "#lib/audio/wav.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { isOneOfTheTwelve, storyTexts } from "#rehearsal/people/stories.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { chooseEngine } from "#speech/engines.ts";
import type { SpeechEngine, Transcription } from "#transcript/ports.ts";
import { transcribeStory } from "#transcript/transcribe.ts";
import { findSpeech } from "#transcript/voice-activity.ts";
import { combinedWordErrorRate } from "#transcript/word-error-rate.ts";
import { speechEngineContract } from "../contract/speech-engine.ts";

let engine: SpeechEngine;

beforeAll(async () => {
  const packages = await installPackages({ into: repositoryFile(".hearback/packages") });
  const pocketsphinx = { program: packages.pocketsphinx, model: packages.pocketsphinxModel };
  engine = chooseEngine("pocketsphinx", { pocketsphinx });
}, 240_000);

const storySamples = (id: string) =>
  readWav(readFileSync(repositoryFile(`src/rehearsal/people/stories/${id}.wav`))).samples;

speechEngineContract(
  "pocketsphinx",
  () => engine,
  () => ({ samples: storySamples("story-01"), words: ["nurses", "kind", "operation"] }),
);

/** As the job does it; only store and database are left out. */
async function transcribed(samples: Int16Array): Promise<Transcription | null> {
  let heard: Transcription | null = null;
  await transcribeStory(
    {
      rows: {
        audioKey: async () => "story.wav",
        done: async (_, __, result) => {
          heard = result;
        },
        noWords: async () => {},
        failed: async () => {},
      },
      readAudio: async () => samples,
      findSpeech,
      engine,
      clock: systemClock,
      logger: silentLogger,
    },
    { storyId: "story", signal: new AbortController().signal },
  );
  return heard;
}

describe("the twelve stories, through voice activity and pocketsphinx", () => {
  it("come out with 15 % word errors or less; the speed is told", {
    timeout: 240_000,
  }, async () => {
    const texts = [...(await storyTexts())].filter(([id]) => isOneOfTheTwelve(id));
    const pairs: { reference: string; heard: string }[] = [];
    let spokenMs = 0;
    const began = performance.now();
    for (const [id, reference] of texts) {
      const samples = storySamples(id);
      spokenMs += samples.length / 8;
      pairs.push({ reference, heard: (await transcribed(samples))?.text ?? "" });
    }
    const speed = (performance.now() - began) / spokenMs;
    const errors = combinedWordErrorRate(pairs);
    console.log(
      `word errors ${(100 * errors).toFixed(1)} %, ${speed.toFixed(2)} s of work for a second of speech`,
    );
    expect(pairs).toHaveLength(12);
    expect(errors).toBeLessThanOrEqual(0.15);
  });
});
