/** What the far end makes of G.722 at 64 kbit/s: ITU-T G.722 (09/2012), section 4. */
import { highBand, lowBand } from "#lib/audio/g722.ts";
import { high, low, QMF } from "#lib/audio/g722-tables.ts";

/** The 64 levels of the low band's codes, from nought outwards. */
const outwards = [
  ...[136, 432, 728, 1040, 1360, 1688, 2032, 2400, 2776, 3168, 3576, 4008, 4464, 4944, 5456, 6000],
  ...[6576, 7192, 7856, 8576, 9360, 10_232, 11_192, 12_280, 13_512, 14_984, 16_704, 19_008, 21_904, 24_808],
];
const fineLevels = new Int32Array(64).fill(-136, 0, 4);
outwards.forEach((level, place) => {
  fineLevels[low.codeOf(place, false)] = level;
  fineLevels[low.codeOf(place, true)] = -level;
});

export function decodeG722(codes: Uint8Array): Int16Array {
  const [below, above] = [lowBand(), highBand()];
  const past = new Int32Array(24);
  const samples = new Int16Array(2 * codes.length);
  codes.forEach((code, i) => {
    const [lower, upper] = [code & 63, code >> 6];
    const lowSample = below.predicted + ((below.step * fineLevels[lower]!) >> 15);
    const highSample = above.predicted + ((above.step * high.levels[upper]!) >> 15);
    below.take(low.levels[lower >> 2]!, low.growths[lower >> 2]!);
    above.take(high.levels[upper]!, high.growths[upper]!);
    past.copyWithin(0, 2);
    past[22] = lowSample + highSample;
    past[23] = lowSample - highSample;
    let [first, second] = [0, 0];
    for (let tap = 0; tap < 12; tap++) {
      first += past[2 * tap + 1]! * QMF[11 - tap]!;
      second += past[2 * tap]! * QMF[tap]!;
    }
    samples[2 * i] = Math.max(-32_768, Math.min(32_767, first >> 11));
    samples[2 * i + 1] = Math.max(-32_768, Math.min(32_767, second >> 11));
  });
  return samples;
}
