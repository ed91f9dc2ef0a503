/** The figures that prompts are held to, and brought to; told in prompts/README.md. */

export const telephoneRate = 8_000;
/** Of telephones that speak G.722. */
export const wideRate = 16_000;

/** A voice that reaches so far above 4 kHz, in dB below itself, is worth twice the samples; made of a telephone's: none. */
export const upperBand = { worthBelowDb: 40, noneBelowDb: 65 } as const;

/**
 * Active speech level (ITU-T P.56) in dBov. Recordings are brought to `target`. The stand-ins of Pico were brought to
 * -20 dB by a measure that counts only the loud half of speech, and lie between -23.6 and -20.3 by this one.
 */
export const loudness = {
  target: -22,
  speech: { quietest: -24, loudest: -20 },
  /** A tone is heard better than speech of its level, and nobody wants it at their ear. */
  tone: { quietest: -28, loudest: -20 },
  peakDb: -1,
} as const;

/** What is cut away at the ends, what is left, and from when on it is too much. Samples of 32767. */
export const margins = {
  loud: 300,
  click: 100,
  mostBeforeMs: 200,
  mostAfterMs: 450,
  mostSeconds: 20,
  beforeMs: 30,
  /** After a piece of a sentence, which others follow closely, and after a whole one. */
  afterPieceMs: 80,
  afterSentenceMs: 250,
} as const;

/** Words in brackets tell a sound that is no speech, such as "(a tone)". */
export const isTone = (text: string): boolean => /^\(.*\)$/.test(text.trim());

export const isSentence = (text: string): boolean => /[.?!]$/.test(text.trim());

/** A calm speaker needs some 0.07 s a letter; these are bounds beyond which it is another text, or has long pauses. */
export function plausibleSeconds(text: string): { least: number; most: number } {
  const letters = text.replaceAll(/[^\p{L}\p{N}]/gu, "").length;
  const words = text.trim().split(/\s+/).length;
  const digits = text.replaceAll(/\P{N}/gu, "").length;
  return { least: 0.03 * letters + 0.05 * words, most: 1 + 0.16 * letters + 0.25 * words + 0.5 * digits };
}
