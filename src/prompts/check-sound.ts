/** What one sound must be so that a telephone plays it well. The figures are those of prompts/README.md. */
import { speechLevel } from "#lib/audio/active-speech-level.ts";
import { peakDb } from "#lib/audio/loudness.ts";
import { toFloat } from "#lib/audio/resample.ts";
import { type Pcm, readWav } from "#lib/audio/wav.ts";
import { messageOf } from "#lib/errors.ts";
import type { Fault } from "#lib/fault.ts";
import { narrowed, upperBandDb } from "./forms.ts";
import {
  isTone,
  loudness,
  margins,
  plausibleSeconds,
  telephoneRate,
  upperBand,
  wideRate,
} from "./measures.ts";

export type SoundFault = Pick<Fault, "rule" | "level" | "what" | "instead">;

const again = "import it again: hearback prompts import FILE brings it into form";
const fault = (rule: string, what: string, instead = again): SoundFault => ({
  rule,
  level: "fault",
  what,
  instead,
});

/** @param text the words that it is to say */
export function soundFaults(bytes: Uint8Array, text: string): SoundFault[] {
  let wav: Pcm;
  try {
    wav = readWav(bytes);
    if (wav.sampleRate !== telephoneRate && wav.sampleRate !== wideRate)
      return [fault("sound-format", `it has ${wav.sampleRate} samples a second, a telephone 8000 or 16000`)];
    if (bytes.length !== 44 + 2 * wav.samples.length)
      return [fault("sound-format", "it has more in it than sound, or is cut short")];
  } catch (thrown) {
    return [fault("sound-format", messageOf(thrown))];
  }
  const wave = toFloat(wav.samples);
  const { activeDb } = speechLevel(narrowed(wave, wav.sampleRate), telephoneRate);
  if (!Number.isFinite(activeDb)) return [fault("sound-silent", "nothing is to be heard in it")];
  return [
    ...levelFaults({ activeDb, peak: peakDb(wave) }, text),
    ...(wav.sampleRate === wideRate ? bandFaults(wave, activeDb) : []),
    ...endFaults(wav),
    ...lengthFaults(wave.length / wav.sampleRate, text),
  ];
}

/** Not wrong, but nothing is gained: a telephone's sound does not grow wide by more samples. */
function bandFaults(wave: Float32Array, activeDb: number): SoundFault[] {
  if (upperBandDb(wave) > activeDb - upperBand.noneBelowDb) return [];
  const what =
    "it has 16000 samples a second, and nothing above what 8000 carry: its source was a telephone's";
  return [
    { rule: "sound-not-wide", level: "warning", what, instead: "import it again, from its first source" },
  ];
}

function levelFaults({ activeDb, peak }: { activeDb: number; peak: number }, text: string): SoundFault[] {
  const { quietest, loudest } = isTone(text) ? loudness.tone : loudness.speech;
  const far = activeDb < quietest ? "too quiet" : activeDb > loudest ? "too loud" : null;
  const told = `${far}: its speech is at ${activeDb.toFixed(1)} dB, and is to be between ${quietest} and ${loudest}`;
  return [
    ...(far ? [fault("sound-loudness", told)] : []),
    ...(peak > loudness.peakDb
      ? [fault("sound-peak", `its peaks reach ${peak.toFixed(1)} dB, and may reach ${loudness.peakDb}`)]
      : []),
  ];
}

function endFaults({ samples, sampleRate }: Pcm): SoundFault[] {
  const loud = (sample: number) => Math.abs(sample) > margins.loud;
  const beforeMs = (samples.findIndex(loud) * 1000) / sampleRate;
  const afterMs = ((samples.length - 1 - samples.findLastIndex(loud)) * 1000) / sampleRate;
  const click = Math.max(Math.abs(samples[0] ?? 0), Math.abs(samples.at(-1) ?? 0)) > margins.click;
  const silence = (where: string, ms: number, most: number) =>
    fault("sound-silence", `${Math.round(ms)} ms of silence ${where}, where ${most} at most are good`);
  return [
    ...(beforeMs > margins.mostBeforeMs ? [silence("before it", beforeMs, margins.mostBeforeMs)] : []),
    ...(afterMs > margins.mostAfterMs ? [silence("after it", afterMs, margins.mostAfterMs)] : []),
    ...(click ? [fault("sound-click", "it begins or ends with a click")] : []),
  ];
}

export function lengthFaults(seconds: number, text: string): SoundFault[] {
  const { least, most } = plausibleSeconds(text);
  const length = `${seconds.toFixed(1)} s`;
  if (seconds > margins.mostSeconds)
    return [
      fault("sound-long", `it takes ${length}, and may take ${margins.mostSeconds}`, "say it in two prompts"),
    ];
  if (isTone(text) || (seconds >= least && seconds <= most)) return [];
  const how = seconds < least ? "short" : "long";
  return [
    fault(
      "sound-length",
      `it is too ${how} for its words: ${length}, where ${least.toFixed(1)} to ${most.toFixed(1)} s are likely`,
      `listen whether it says "${text.length > 60 ? `${text.slice(0, 60)}...` : text}" and no more; record it again`,
    ),
  ];
}
