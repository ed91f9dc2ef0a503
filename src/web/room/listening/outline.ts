/** The outline of a story's sound: made once, drawn as SVG, and where nothing is said in it. Pure. */

/** Levels a second: one for each 50 ms. */
export const levelsASecond = 20;
const levelMs = 1000 / levelsASecond;

/** 0 to 255: the root of the loudest sample of each stretch, so that quiet voices can be seen. */
export function levelsOf({ rate, samples }: { rate: number; samples: Int16Array }): Uint8Array {
  const stretch = rate / levelsASecond;
  const levels = new Uint8Array(Math.ceil(samples.length / stretch));
  for (let i = 0; i < levels.length; i++) {
    let loudest = 0;
    const end = Math.min(samples.length, Math.round((i + 1) * stretch));
    for (let at = Math.round(i * stretch); at < end; at++)
      loudest = Math.max(loudest, Math.abs(samples[at]!));
    levels[i] = Math.round(Math.sqrt(loudest / 32_768) * 255);
  }
  return levels;
}

export interface Stretch {
  fromMs: number;
  toMs: number;
}

const shortestMs = 1_000;

/** Where nobody speaks for a second or longer: 18 dB or more below what is loud in this story. */
export function silencesOf(levels: Uint8Array): Stretch[] {
  const sorted = Uint8Array.from(levels).sort();
  const loud = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
  const quiet = Math.min(60, Math.max(14, 0.35 * loud));
  const found: Stretch[] = [];
  for (let from = 0; from < levels.length; ) {
    let to = from;
    while (to < levels.length && levels[to]! < quiet) to += 1;
    if ((to - from) * levelMs >= shortestMs) found.push({ fromMs: from * levelMs, toMs: to * levelMs });
    from = to + 1;
  }
  return found;
}

const mostBars = 300;

/** The `d` of an SVG path in a box of 1000 by 100: bars about the middle, the loudest as high as the box. */
export function outlinePath(levels: Uint8Array): string {
  const bars = Math.min(mostBars, levels.length);
  const most = Math.max(1, ...levels);
  const width = 1000 / Math.max(1, bars);
  let path = "";
  for (let bar = 0; bar < bars; bar++) {
    const from = Math.floor((bar * levels.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / bars));
    const height = Math.max(1.5, (48 * Math.max(...levels.subarray(from, to))) / most);
    const [x, thick] = [(bar + 0.15) * width, 0.7 * width];
    path += `M${short(x)} ${short(50 - height)}h${short(thick)}v${short(2 * height)}h${short(-thick)}z`;
  }
  return path;
}

const short = (value: number): string => String(Math.round(value * 100) / 100);
