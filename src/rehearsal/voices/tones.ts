/** The two tones we make: ours before a recording, and the beep of a pretend voicemail. */
import { fadeEnds, fromDb } from "#lib/audio/loudness.ts";
import { toInt16 } from "#lib/audio/resample.ts";
import type { Pcm } from "#lib/audio/wav.ts";

const RATE = 8000;

/** "Speak now". Kept off 850, 1000, 1400 and 2100 Hz, by which answering machines, modems and faxes are recognised. */
export const speakNowTone = (): Pcm => tone({ hertz: 620, durationMs: 400, rmsDb: -23, fadeMs: 40 });

export const voicemailBeep = (): Pcm => tone({ hertz: 1000, durationMs: 400, rmsDb: -10, fadeMs: 3 });

export function tone(of: { hertz: number; durationMs: number; rmsDb: number; fadeMs: number }): Pcm {
  const amplitude = fromDb(of.rmsDb) * Math.SQRT2;
  const length = Math.round((RATE * of.durationMs) / 1000);
  const wave = Float32Array.from(
    { length },
    (_, i) => amplitude * Math.sin((2 * Math.PI * of.hertz * i) / RATE),
  );
  return { sampleRate: RATE, samples: toInt16(fadeEnds(wave, RATE, of.fadeMs)) };
}
