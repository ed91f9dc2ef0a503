/** A recording that somebody brings becomes a prompt's sound, or is refused with what to do instead. */
import { type Sound, toMono } from "#lib/audio/any-wav.ts";
import { clippedPlaces } from "#lib/audio/clipping.ts";
import { toInt16 } from "#lib/audio/resample.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { bringToForm, type Formed } from "./bring-to-form.ts";
import { type SoundFault, soundFaults } from "./check-sound.ts";
import { isTone, loudness, wideRate } from "./measures.ts";

export interface TakenSound {
  kind: "taken";
  /** Mono, 16 bits; of 16 kHz where the voice has more than a narrow telephone carries, else of 8. */
  wav: Uint8Array;
  wide: boolean;
  seconds: number;
  /** Made louder (or, below 0, softer) by. */
  gainDb: number;
  /** Silence cut away at both ends. */
  cutMs: number;
}

/** At least one. */
export type Refused = { kind: "refused"; faults: SoundFault[] };

/** Longer is no prompt with some silence around it, but another file. */
export const mostSourceSeconds = 90;
const clippedTooOften = 3;
/** Made so much louder, noise would be loud too. */
const quietestSourceDb = -52;
const leastOverNoiseDb = 20;

const refused = (rule: string, what: string, instead: string): Refused => ({
  kind: "refused",
  faults: [{ rule, level: "fault", what, instead }],
});

/** Before anything is measured, which takes a quarter of the time that it sounds. */
export const refusedAsLong = (seconds: number): Refused | null =>
  seconds <= mostSourceSeconds
    ? null
    : refused(
        ...([
          "sound-long",
          `it takes ${Math.round(seconds)} s, and may take ${mostSourceSeconds} with what is cut away`,
        ] as const),
        "give each prompt as a file of its own, of 20 s at most",
      );

/** @param text the words that it is to say */
export function takeIn(source: Sound, text: string): TakenSound | Refused {
  const tooLong = refusedAsLong((source.channels[0]?.length ?? 0) / source.sampleRate);
  if (tooLong) return tooLong;
  const clipped = Math.max(0, ...source.channels.map(clippedPlaces));
  if (clipped >= clippedTooOften)
    return refused(
      ...([
        "sound-clipped",
        `it was recorded too loud: it is cut off at ${clipped} places, which crackles`,
      ] as const),
      "turn the microphone down, or go further from it, and record it again",
    );
  const formed = bringToForm({ samples: toMono(source), sampleRate: source.sampleRate }, text);
  if (!formed || formed.levelDb < quietestSourceDb)
    return refused(
      ...(["sound-silent", "hardly anything is to be heard in it"] as const),
      "see that the right microphone is chosen, and turned up, and record it again",
    );
  return noiseRefusal(formed, text) ?? checked(formed, text);
}

function noiseRefusal({ quietBelowDb }: Formed, text: string): Refused | null {
  if (quietBelowDb === null || quietBelowDb >= leastOverNoiseDb || isTone(text)) return null;
  return refused(
    ...(["sound-noisy", `its pauses are only ${Math.round(quietBelowDb)} dB below the voice`] as const),
    "record it again in a quiet room, nearer to the microphone",
  );
}

function checked({ wave, sampleRate, levelDb, cutMs }: Formed, text: string): TakenSound | Refused {
  const wav = writeWav({ sampleRate, samples: toInt16(wave) });
  const faults = soundFaults(wav, text).filter(({ level }) => level === "fault");
  if (faults.length > 0) return { kind: "refused", faults };
  return {
    kind: "taken",
    wav,
    wide: sampleRate === wideRate,
    seconds: wave.length / sampleRate,
    gainDb: loudness.target - levelDb,
    cutMs,
  };
}
