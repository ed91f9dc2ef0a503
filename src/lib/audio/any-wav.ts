/** WAV files as people bring them: any rate, any number of channels, 8 to 64 bits, whole or floating, A-law and mu-law. */
import { decodeALaw, decodeMuLaw } from "./g711.ts";

/** One sound as it was brought: floats from -1 to 1, a channel each, all of one length. */
export interface Sound {
  sampleRate: number;
  channels: Float32Array[];
}

/** Only what is read of it; its length is that of what is there. */
interface Format {
  code: number;
  channels: number;
  sampleRate: number;
  bits: number;
}

const [PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE] = [1, 3, 6, 7, 0xfffe];
const tag = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

/** @throws Error that says what is wrong with the file */
export function readAnyWav(bytes: Uint8Array): Sound {
  if (bytes.length < 12 || !["RIFF", "RF64"].includes(tag(bytes, 0)) || tag(bytes, 8) !== "WAVE")
    throw new Error("it is no WAV file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [name, size, body] = [tag(bytes, at), view.getUint32(at + 4, true), at + 8];
    if (name === "fmt ") format = readFormat(view, body, size);
    if (name === "data") {
      if (!format) break;
      // what was stopped while writing leaves a size of 0 or too much: then all that is there is read
      const there = view.byteLength - body;
      return readSound(format, bytes.subarray(body, body + (size === 0 || size > there ? there : size)));
    }
    at = body + size + (size % 2);
  }
  throw new Error("it is no whole WAV file: there is no sound in it");
}

function readFormat(view: DataView, at: number, size: number): Format {
  if (size < 16 || at + size > view.byteLength)
    throw new Error("it is no whole WAV file: its heading is cut short");
  const code = view.getUint16(at, true);
  return {
    code: code === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : code,
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function readSound({ code, channels, sampleRate, bits }: Format, data: Uint8Array): Sound {
  if (channels < 1 || channels > 32 || sampleRate < 4_000 || sampleRate > 384_000)
    throw new Error(`${channels} channels with ${sampleRate} samples a second are more than can be read`);
  const all = samplesOf({ code, bits }, data);
  const length = Math.floor(all.length / channels);
  return {
    sampleRate,
    channels: Array.from({ length: channels }, (_, channel) =>
      Float32Array.from({ length }, (_, i) => all[i * channels + channel]!),
    ),
  };
}

function samplesOf({ code, bits }: Pick<Format, "code" | "bits">, data: Uint8Array): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const each = (width: number, sampleAt: (at: number) => number) =>
    Float32Array.from({ length: Math.floor(data.length / width) }, (_, i) => sampleAt(i * width));
  const ofLaw = (samples: Int16Array) => Float32Array.from(samples, (sample) => sample / 32_768);
  if (code === A_LAW && bits === 8) return ofLaw(decodeALaw(data));
  if (code === MU_LAW && bits === 8) return ofLaw(decodeMuLaw(data));
  if (code === FLOAT && bits === 32) return each(4, (at) => view.getFloat32(at, true));
  if (code === FLOAT && bits === 64) return each(8, (at) => view.getFloat64(at, true));
  if (code === PCM && bits === 8) return each(1, (at) => (data[at]! - 128) / 128);
  if (code === PCM && bits === 16) return each(2, (at) => view.getInt16(at, true) / 32_768);
  if (code === PCM && bits === 24)
    return each(3, (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 8_388_608);
  if (code === PCM && bits === 32) return each(4, (at) => view.getInt32(at, true) / 2_147_483_648);
  throw new Error(`it is a WAV file of a kind that is not known (${code}, ${bits} bits)`);
}

const power = (samples: Float32Array): number => {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
};

/**
 * One channel of many. Silent ones count for nothing, and where two would wipe each other out (a microphone wired the
 * wrong way round), the louder is taken.
 */
export function toMono({ channels }: Sound): Float32Array {
  const [first, ...others] = channels.toSorted((one, other) => power(other) - power(one));
  if (!first) return new Float32Array();
  const heard = [first, ...others.filter((channel) => power(channel) > power(first) / 100)];
  const mixed = first.map((_, i) => heard.reduce((sum, channel) => sum + channel[i]!, 0) / heard.length);
  return power(mixed) < power(first) / 4 ? first.slice() : mixed;
}
