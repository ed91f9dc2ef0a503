/** A prompt over a real Asterisk to a telephone that speaks G.722, and to one that does not. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AriTelephone } from "#asterisk/ari-telephone.ts";
import { createRecordingSpool } from "#asterisk/recording-spool.ts";
import type { Line } from "#call/line.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { decodeALaw } from "#lib/audio/g711.ts";
import { resample, toFloat, toInt16 } from "#lib/audio/resample.ts";
import { readWav } from "#lib/audio/wav.ts";
import { newName } from "#lib/ids.ts";
import { formsOf, upperBandDb } from "#prompts/forms.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { takeIn } from "#prompts/take-in.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { hashOf } from "#release/files.ts";
import { installByContent } from "#storage/telephone-prompts.ts";
import { type Bench, connectTo, listen, startBench } from "../integration/asterisk-bench.ts";
import { testFolder } from "../support/rehearsal.ts";

const words = "Hello there, and welcome to the survey.";
/** Like speech: swelling noise of a voice's band, and between its swells what an "s" is made of, from 5 kHz up. */
function spoken(seed: number): Float32Array {
  let state = seed * 2_654_435_761;
  const noise = (length: number) =>
    Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state / 2 ** 31;
    });
  const rate = 48_000;
  const [seconds, margin] = [3.5, 0.4 * rate];
  const low = resample(noise(seconds * 6_000), 6_000, rate);
  const high = resample(noise(seconds * 16_000), 16_000, rate);
  const wave = new Float32Array(low.length + 2 * margin);
  low.forEach((sample, i) => {
    const swell = Math.sin((2 * Math.PI * 3 * i) / rate);
    wave[margin + i] = 0.15 * Math.max(0, swell) * sample + 0.05 * Math.max(0, -swell) * high[i]!;
  });
  return wave;
}
function wavOf(wave: Float32Array, sampleRate: number): Uint8Array {
  const taken = takeIn({ sampleRate, channels: [wave] }, words);
  if (taken.kind === "refused") throw new Error(JSON.stringify(taken.faults));
  return taken.wav;
}
const wide = wavOf(spoken(1), 48_000);
const narrow = wavOf(resample(spoken(2), 48_000, 8_000), 8_000);
const nameOf = (wav: Uint8Array) => soundName(hashOf(wav));

/** As dialplans/asterisk/README.md tells the owner to allow it; and a second way to the same carrier, without. */
function wideTemplates(folder: string): string {
  const templates = join(folder, "templates");
  cpSync(repositoryFile("dialplans/asterisk"), templates, { recursive: true });
  const change = (file: string, from: RegExp, to: string) => {
    const text = readFileSync(join(templates, file), "utf8");
    expect(text).toMatch(from);
    writeFileSync(join(templates, file), text.replaceAll(new RegExp(from, "gm"), to));
  };
  change("modules.conf", /^;(require = codec_(?:g722|resample)\.so)$/m, "$1");
  change("pjsip.conf", /^allow = alaw,ulaw$/m, "allow = alaw,ulaw,g722");
  const pjsip = join(templates, "pjsip.conf");
  writeFileSync(
    pjsip,
    `${readFileSync(pjsip, "utf8")}
[plain](trunk-endpoint-site)
type = endpoint
context = from-trunk
aors = trunk
disallow = all
allow = alaw,ulaw
dtmf_mode = rfc4733
direct_media = no
`,
  );
  return templates;
}

const folder = testFolder("wideband");
let bench: Bench;
let plain: ReturnType<typeof connectTo>;
beforeAll(async () => {
  bench = await startBench({ templates: wideTemplates(folder.path), codecs: ["g722", "alaw"] });
  await installByContent(new Map([wide, narrow].map((wav, i) => [`prompts/en-GB/sound-${i}.wav`, wav])), [
    bench.ivr.soundsDir,
  ]);
  plain = connectTo(bench.ivr, newName("plain"), { trunk: "plain" });
  await plain.connection.start();
});
afterAll(async () => {
  plain?.telephone.close();
  await plain?.connection.stop();
  await bench?.stop();
  folder.remove();
});

async function answeredBy(telephone: AriTelephone, lastDigits: string): Promise<Line> {
  const attemptId = newName("wideband");
  const outcome = await telephone.dial(
    {
      ...{ attemptId, channelId: `hb-${attemptId}`, phone: `+441632960${lastDigits}` },
      ...{ callerNumber: "+441632960999", ringSeconds: 20, maxCallSeconds: 60, node: "asterisk" },
    },
    () => {},
  );
  if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
  return outcome.line;
}

interface Heard {
  /** By the far end, 16 kHz. */
  samples: Int16Array;
  /** What we recorded of it, 8 kHz. */
  story: Int16Array;
}

/** Both sounds one after the other; then the far end's story is recorded. */
async function heardBy(line: Line, connection: Bench["connection"], person: string): Promise<Heard> {
  const sounds = [wide, narrow].map((wav) => ({ prompt: nameOf(wav), sound: nameOf(wav) }));
  // Whoever just answered has their recorder running by then.
  line.play("both", [{ pauseMs: 500 }, ...sounds]);
  const name = `hb-${newName("story")}`;
  line.startRecording(name, { limitMs: 6_000, silenceMs: 0, underPrompts: false });
  await listen(line, 30_000, (event) => event.kind === "recording-finished");
  line.hangUp();
  const story = decodeALaw((await createRecordingSpool(connection).read(name))!);
  const file = join(bench.carrier.monitorDir, `person-${person}.wav16`);
  await expect.poll(() => readWav(readFileSync(file)).samples.length / 16_000).toBeGreaterThan(10);
  return { samples: readWav(readFileSync(file)).samples, story };
}

const at16 = (samples: Int16Array) => toInt16(resample(toFloat(samples), 8_000, 16_000));

/** The likeness of the middle one of its half seconds: a recorder on a busy machine loses a frame here and there. */
function likeness(sought: Int16Array, heard: Int16Array, pieceLength: number): number {
  const pieces = Array.from({ length: Math.floor(sought.length / pieceLength) }, (_, i) =>
    sought.subarray(i * pieceLength, (i + 1) * pieceLength),
  );
  const correlations = pieces.map((piece) => findWithin(piece, heard).correlation).sort((a, b) => a - b);
  return correlations[correlations.length >> 1]!;
}

/** How like it is what was heard, and how much of that lies above 4 kHz. */
function found(wav: Uint8Array, heard: Int16Array) {
  const sought = at16(formsOf(wav).narrow);
  const { offsetSamples } = findWithin(sought, heard);
  const there = heard.slice(Math.max(0, offsetSamples), Math.max(0, offsetSamples) + sought.length);
  return { correlation: likeness(sought, heard, 8_000), upperDb: upperBandDb(toFloat(there)) };
}

const upperSent = upperBandDb(toFloat(formsOf(wide).wide!));

test("a telephone that speaks G.722 hears what lies above 4 kHz, and a narrow prompt too; its story is kept", async () => {
  const { samples, story } = await heardBy(await answeredBy(bench.telephone, "160"), bench.connection, "160");
  const heard = found(wide, samples);
  const other = found(narrow, samples);
  expect(heard.correlation).toBeGreaterThan(0.9);
  expect(Math.abs(heard.upperDb - upperSent)).toBeLessThan(3);
  // A-law made into G.722 by Asterisk, which moves it by part of a sample: 0.86 was measured
  expect(other.correlation).toBeGreaterThan(0.8);
  // a frame that a recorder lost clicks: -45 dB were measured, where the wide one has -29
  expect(other.upperDb).toBeLessThan(heard.upperDb - 10);
  expect(likeness(bench.story, story, 4_000)).toBeGreaterThan(0.7);
});

test("a telephone that does not hears the same words, and nothing above", async () => {
  const { samples, story } = await heardBy(await answeredBy(plain.telephone, "161"), plain.connection, "161");
  const heard = found(wide, samples);
  expect(heard.correlation).toBeGreaterThan(0.9);
  expect(heard.upperDb).toBeLessThan(upperSent - 10);
  expect(likeness(bench.story, story, 4_000)).toBeGreaterThan(0.7);
});

test("a machine's beep of 1000 Hz and its voice are heard in G.722 too", async () => {
  const line = await answeredBy(bench.telephone, "130");
  const seen = await listen(line, 4_000, ({ kind }) => kind === "talk-finished");
  expect(seen.map(({ kind }) => kind)).toEqual(["talk-started", "tone", "talk-finished"]);
  line.hangUp();
});
