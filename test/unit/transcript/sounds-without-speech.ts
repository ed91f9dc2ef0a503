/** 200 clips in which nobody says anything, the same on every run: what a silent, noisy or misdirected line carries. */
import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";

export interface Clip {
  name: string;
  /** 16-bit at 8000 Hz, as they come back from A-law. */
  samples: Int16Array;
}

type Sound = (seconds: number) => number; // amplitude -1 to 1 at a time
type Random = () => number;

const RATE = 8000;
const CLIP_SECONDS = 4;

export function clipsWithoutSpeech(): Clip[] {
  return [
    ...silences(),
    ...noises(),
    ...hums(),
    ...keypadTones(),
    ...lineTones(),
    ...beepsAndSweeps(),
    ...knocks(),
    ...chords(),
  ];
}

const db = (level: number) => 10 ** (level / 20);
const sine = (hertz: number, t: number) => Math.sin(2 * Math.PI * hertz * t);

/** mulberry32: small, seeded, the same everywhere. */
function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function clip(name: string, sound: Sound, level: number, hiss = -65): Clip {
  const next = random(name.length * 7919 + Math.round(level * 13));
  const samples = Int16Array.from({ length: CLIP_SECONDS * RATE }, (_, i) => {
    const value = sound(i / RATE) * db(level) + gaussian(next) * db(hiss);
    return Math.max(-32_768, Math.min(32_767, Math.round(value * 32_767)));
  });
  return { name, samples: decodeALaw(encodeALaw(samples)) };
}

const gaussian = (next: Random) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

function silences(): Clip[] {
  const digital = {
    name: "digital silence",
    samples: decodeALaw(new Uint8Array(CLIP_SECONDS * RATE).fill(0xd5)),
  };
  const hisses = [-75, -70, -65, -60, -55, -50, -45].map((level) =>
    clip(`hiss ${level} dB`, () => 0, 0, level),
  );
  const comfort = [-60, -50, -40].map((level) =>
    clip(`comfort noise ${level} dB`, comfortNoise(level), level, -90),
  );
  return [digital, ...hisses, ...comfort];
}

/** RFC 3389: the far end's noise, its level renewed every quarter of a second. */
function comfortNoise(seed: number): Sound {
  const next = random(seed);
  const levels = Array.from({ length: 4 * CLIP_SECONDS + 1 }, () => 0.6 + 0.8 * next());
  return (t) => gaussian(next) * levels[Math.floor(t * 4)]!;
}

function noises(): Clip[] {
  const colours: Record<string, (seed: number) => Sound> = { white, pink, brown };
  const found: Clip[] = [];
  for (const [colour, noise] of Object.entries(colours)) {
    for (const level of [-50, -40, -30, -20, -12]) {
      for (const hertz of [0, 0.5, 3])
        found.push(clip(`${colour} ${level} dB, swell ${hertz} Hz`, swell(noise(level * 31), hertz), level));
    }
  }
  return found;
}

const swell =
  (sound: Sound, hertz: number): Sound =>
  (t) =>
    sound(t) * (hertz === 0 ? 1 : 0.55 + 0.45 * sine(hertz, t));

function white(seed: number): Sound {
  const next = random(seed);
  return () => gaussian(next);
}

/** Paul Kellet's filter: -3 dB an octave. */
function pink(seed: number): Sound {
  const next = random(seed);
  let [a, b, c] = [0, 0, 0];
  return () => {
    const w = gaussian(next);
    a = 0.99765 * a + w * 0.099046;
    b = 0.963 * b + w * 0.2965164;
    c = 0.57 * c + w * 1.0526913;
    return (a + b + c + w * 0.1848) / 3;
  };
}

function brown(seed: number): Sound {
  const next = random(seed);
  let sum = 0;
  return () => {
    sum = 0.985 * sum + gaussian(next) * 0.17;
    return sum;
  };
}

function hums(): Clip[] {
  const found: Clip[] = [];
  for (const level of [-45, -35, -25, -15]) {
    for (const harmonics of [1, 5, 30]) {
      const hum: Sound = (t) => {
        let sum = 0;
        for (let k = 1; k <= harmonics; k++) sum += sine(50 * k, t + k * k * 0.001) / k ** 0.7;
        return sum / 2;
      };
      found.push(clip(`hum ${level} dB, ${harmonics} harmonics`, hum, level, -55));
      found.push(
        clip(`hum ${level} dB, ${harmonics} harmonics, on and off`, onOff(hum, [0.8, 0.7]), level, -55),
      );
    }
  }
  return found;
}

/** Sounds for the first of `seconds`, not for the second, and so on. */
function onOff(sound: Sound, seconds: number[]): Sound {
  const period = seconds.reduce((sum, s) => sum + s, 0);
  return (t) => {
    let left = t % period;
    for (const [i, s] of seconds.entries()) {
      if (left < s) return i % 2 === 0 ? sound(t) : 0;
      left -= s;
    }
    return 0;
  };
}

function keypadTones(): Clip[] {
  const rows = [697, 770, 852, 941];
  const columns = [1209, 1336, 1477];
  const found: Clip[] = [];
  for (const row of rows) {
    for (const column of columns) {
      const tone: Sound = (t) => (sine(row, t) + sine(column, t)) / 2;
      found.push(clip(`DTMF ${row}+${column}`, onOff(tone, [0.12, 0.2]), -10));
    }
  }
  for (const [on, off] of [
    [0.06, 0.06],
    [0.1, 0.15],
    [0.3, 0.5],
    [1, 1],
  ] as const) {
    const dialled: Sound = (t) => {
      const n = Math.floor(t / (on + off)) * 5;
      return (sine(rows[n % 4]!, t) + sine(columns[n % 3]!, t)) / 2;
    };
    for (const level of [-6, -16, -26])
      found.push(clip(`dialled digits of ${on} s ${level} dB`, onOff(dialled, [on, off]), level));
  }
  return found;
}

/** BT SIN 350 and ITU-T E.180: the tones of the UK network, and some of other countries. */
function lineTones(): Clip[] {
  const sum =
    (...hertz: number[]): Sound =>
    (t) =>
      hertz.reduce((total, h) => total + sine(h, t), 0) / hertz.length;
  const tones: [string, Sound][] = [
    ["UK dial tone", sum(350, 440)],
    ["UK ringing", onOff(sum(400, 450), [0.4, 0.2, 0.4, 2])],
    ["UK busy", onOff(sum(400), [0.375, 0.375])],
    ["UK congestion", onOff(sum(400), [0.4, 0.35, 0.225, 0.525])],
    ["UK number unobtainable", sum(400)],
    ["US ringing", onOff(sum(440, 480), [2, 4])],
    ["US busy", onOff(sum(480, 620), [0.5, 0.5])],
    ["German busy", onOff(sum(425), [0.48, 0.48])],
    ["fast busy", onOff(sum(480, 620), [0.25, 0.25])],
    [
      "information tones",
      (t) => (t % 2 < 0.99 ? sine([950, 1400, 1800][Math.floor((t % 2) / 0.33)]!, t) : 0),
    ],
    ["stutter dial tone", onOff(sum(350, 440), [0.1, 0.1])],
    ["fax calling", onOff(sum(1100), [0.5, 3])],
    ["fax answering", sum(2100)],
  ];
  return tones.flatMap(([name, sound]) =>
    [-12, -24, -36].map((level) => clip(`${name} ${level} dB`, sound, level)),
  );
}

function beepsAndSweeps(): Clip[] {
  const found: Clip[] = [];
  for (const hertz of [440, 800, 1000, 1400, 2000]) {
    found.push(
      clip(
        `beep ${hertz} Hz`,
        onOff((t) => sine(hertz, t), [0.3, 1.7]),
        -10,
      ),
    );
  }
  for (const seconds of [0.5, 1, 2, 5]) {
    const sweep: Sound = (t) => sine(300 + (1400 / seconds) * (t % seconds), t % seconds);
    found.push(clip(`sweep in ${seconds} s`, sweep, -12), clip(`quiet sweep in ${seconds} s`, sweep, -30));
  }
  for (const hertz of [0.5, 2, 5]) {
    found.push(
      clip(`siren ${hertz} Hz`, (t) => Math.sin(2 * Math.PI * 900 * t + (300 / hertz) * sine(hertz, t)), -14),
    );
  }
  return found;
}

/** Clicks, knocks and a receiver being handled. */
function knocks(): Clip[] {
  const found: Clip[] = [];
  for (const every of [0.03, 0.11, 0.25, 0.5, 1.1]) {
    for (const decay of [0.0005, 0.004, 0.03]) {
      const next = random(Math.round(every * 1000 + decay * 1e6));
      const sound: Sound = (t) => gaussian(next) * Math.exp(-(t % every) / decay);
      found.push(clip(`knocks each ${every} s, ${decay} s long`, sound, -12));
    }
  }
  for (const seed of [1, 2, 3, 4, 5]) {
    const next = random(seed);
    const rub = brown(seed);
    let force = 0;
    const sound: Sound = () => {
      if (next() < 0.0004) force = next();
      force *= 0.9993;
      return rub(0) * force * 2;
    };
    found.push(clip(`handling ${seed}`, sound, -10));
  }
  return found;
}

/** Music-like: notes and chords of pure tones and of five harmonics, held and plucked. */
function chords(): Clip[] {
  const notes = [262, 294, 330, 349, 392, 440, 494, 523];
  const found: Clip[] = [];
  for (const [seconds, harmonics, plucked] of [
    [0.25, 1, true],
    [0.5, 1, false],
    [1, 5, false],
    [0.5, 5, true],
    [0.5, 5, false],
    [0.25, 5, true],
    [2, 5, true],
  ] as const) {
    for (const size of [1, 2, 3, 4]) {
      const sound: Sound = (t) => {
        const beat = Math.floor(t / seconds);
        const age = t - beat * seconds;
        let sum = 0;
        for (let n = 0; n < size; n++) {
          const hertz = notes[(beat * 3 + n * 2) % notes.length]!;
          for (let k = 1; k <= harmonics; k++) sum += sine(hertz * k, t) / k / size;
        }
        return sum * Math.min(1, age / 0.01) * (plucked ? Math.exp(-age * 3) : 1);
      };
      found.push(
        clip(
          `${size} notes of ${seconds} s, ${harmonics} harmonics${plucked ? ", plucked" : ""}`,
          sound,
          -14,
        ),
      );
    }
  }
  return found;
}
