/** A prompt as it was to be played. */
export interface AskedSound {
  prompt: string;
  /** Below Asterisk's folder of sounds, without extension. */
  sound: string;
}

/** A sound as it lies where Asterisk looks for it. */
export interface SoundFile {
  lengthMs: number;
  /** By Asterisk's user, whoever that is. */
  readable: boolean;
}

/** What a playback should have been, and what it was. */
export interface Played {
  asked: readonly AskedSound[];
  /** Of all its pieces, silences too; null where one's length is not known. */
  expectedMs: number | null;
  /** From its first sound to its end, by the more patient of two clocks; null where it never began. */
  lastedMs: number | null;
  failed: boolean;
}

/** Asterisk may end each piece a frame early. */
const frameMs = 20;
/** A shortage below this is no sound that is missing: the shortest prompt lasts longer. */
const leastMs = 250;

/**
 * The prompts of a playback that were not heard, as far as can be said: Asterisk skips a file that is not there in the
 * middle of a list without a word, and tells only of the last one that it failed. Those whose files cannot be read; where
 * all can, and yet it failed or was too short, all of them. Pure.
 */
export function unheardIn(
  { asked, expectedMs, lastedMs, failed }: Played,
  fileOf: (sound: string) => SoundFile | null,
): { prompts: string[]; proven: boolean } {
  const files = asked.map(({ sound }) => fileOf(sound));
  const lengths = files.flatMap((file) => file?.lengthMs ?? []);
  const margin = Math.max(leastMs, 0.7 * Math.min(...lengths)) + frameMs * asked.length;
  const short = expectedMs !== null && lastedMs !== null && expectedMs - lastedMs > margin;
  const lacking = asked.filter((_, index) => !files[index]?.readable);
  // A file that nobody finds is not in the expected length: it needs no clock.
  const gone = asked.filter((_, index) => files[index] === null);
  if (gone.length > 0) return { prompts: gone.map(({ prompt }) => prompt), proven: true };
  if (!failed && !short) return { prompts: [], proven: false };
  const found = lacking.length > 0 ? lacking : asked;
  return { prompts: found.map(({ prompt }) => prompt), proven: lacking.length > 0 };
}
