/** The numbers of G.722 (09/2012), tables 4 to 15, for 64 kbit/s. */

/** Half of the 24 taps of the filter that parts the bands; the other half is the same, backwards. */
export const QMF: readonly number[] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/** The steps within an octave. */
export const STEPS = Int32Array.from({ length: 32 }, (_, i) => Math.round(2048 * 2 ** (i / 32)));

/** Of 16 levels that the predictor sees, from the smallest outwards: those above nought. */
const outwards = [1200, 2584, 4240, 6288, 8968, 12_896, 20_456];
/** How the step's logarithm changes with each of them. */
const growthsOutwards = [-30, 58, 172, 334, 538, 1198, 3042];

export const low = {
  /** Where one of the 30 steps of an error ends and the next begins; parts of 4096 of the step. */
  bounds: [
    ...[35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786],
    ...[858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919],
  ],
  /** From 61 down above nought; 63, 62 and then from 31 down below. */
  codeOf: (place: number, isBelow: boolean) => (isBelow ? (place < 2 ? 63 - place : 33 - place) : 61 - place),
  /** By the first four bits of a code. */
  levels: [0, ...outwards.toReversed().map((level) => -level), ...outwards.toReversed(), 0],
  growths: [-60, ...growthsOutwards.toReversed(), ...growthsOutwards.toReversed(), -60],
} as const;

export const high = {
  bound: 564,
  codeOf: (far: boolean, isBelow: boolean) => (isBelow ? (far ? 0 : 1) : far ? 2 : 3),
  levels: [-7408, -1616, 7408, 1616],
  growths: [798, -214, 798, -214],
} as const;
