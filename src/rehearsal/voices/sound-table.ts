/** Length, loudness and peak of sounds, as lines to read. */
import { peakDb, speechLoudnessDb } from "#lib/audio/loudness.ts";
import { toFloat } from "#lib/audio/resample.ts";
import type { Pcm } from "#lib/audio/wav.ts";

export function soundTable(sounds: Record<string, Pcm>): string {
  const rows = Object.entries(sounds).map(([id, { sampleRate, samples }]) => {
    const wave = toFloat(samples);
    const loudness = speechLoudnessDb(wave, sampleRate);
    return [id, (samples.length / sampleRate).toFixed(2), loudness.toFixed(1), peakDb(wave).toFixed(1)];
  });
  const all = [["id", "seconds", "loudness dB", "peak dB"], ...rows];
  return all
    .map(([id, ...rest]) => id!.padEnd(28) + rest.map((cell) => cell.padStart(13)).join(""))
    .join("\n");
}
