import { encodeALaw } from "#lib/audio/g711.ts";

const frameBytes = 160;

/** Sound that swells and fades like speech, without a gap in which a detector could hear its end. */
const second = (() => {
  let [state, low] = [2_654_435_761, 0];
  const samples = Int16Array.from({ length: 8_000 * 4 }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    low += 0.3 * (state / 2 ** 31 - low);
    return low * 9_000 * (0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * index) / 8_000));
  });
  return encodeALaw(samples);
})();

/** So much of a pretend caller's voice, in frames of 20 ms; each telling begins with the same sound. */
export function voiceFrames(ms: number): Uint8Array[] {
  return Array.from({ length: Math.round(ms / 20) }, (_, i) => {
    const at = (i * frameBytes) % second.length;
    return second.subarray(at, at + frameBytes);
  });
}

/** What is sure to be in every telling of a second and a half or more: found in what is played back to the caller. */
export const voiceMark = second.subarray(8_000, 8_000 + 2_400);
