/** Mono 16-bit PCM in WAV files. Any sample rate is read; what we write has the plain 44-byte header. */

export type Pcm = { sampleRate: number; samples: Int16Array };

const PCM = 1;
const EXTENSIBLE = 0xfffe; // the real format then stands in the sub-format field

type Format = { code: number; channels: number; sampleRate: number; bits: number };

const tag = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

export function readWav(bytes: Uint8Array): Pcm {
  if (bytes.length < 12 || tag(bytes, 0) !== "RIFF" || tag(bytes, 8) !== "WAVE") {
    throw new Error("not a WAV file: it does not begin with RIFF....WAVE");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tag(bytes, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === "fmt ") format = readFormat(view, body, size);
    if (name === "data")
      return { sampleRate: checked(format).sampleRate, samples: readSamples(view, body, size) };
    at = body + size + (size % 2); // chunks are padded to even lengths
  }
  throw new Error("not a whole WAV file: it has no data chunk");
}

export function writeWav({ sampleRate, samples }: Pcm): Uint8Array {
  const dataBytes = samples.length * 2;
  const bytes = new Uint8Array(44 + dataBytes);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => {
    for (let i = 0; i < 4; i++) bytes[at + i] = word.charCodeAt(i);
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + dataBytes, true);
  text(8, "WAVE");
  text(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
  for (let i = 0; i < samples.length; i++) view.setInt16(44 + i * 2, samples[i]!, true);
  return bytes;
}

function readFormat(view: DataView, at: number, size: number): Format {
  if (size < 16 || at + 16 > view.byteLength)
    throw new Error("not a whole WAV file: its fmt chunk is cut short");
  const code = view.getUint16(at, true);
  return {
    code: code === EXTENSIBLE && at + 26 <= view.byteLength ? view.getUint16(at + 24, true) : code,
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function checked(format: Format | undefined): Format {
  if (!format) throw new Error("not a whole WAV file: no fmt chunk before its data");
  const { code, channels, bits } = format;
  if (code === PCM && channels === 1 && bits === 16) return format;
  throw new Error(`expected mono 16-bit PCM, found format ${code}, ${channels} channels, ${bits} bits`);
}

/** A program that was stopped while writing leaves a size of 0, 0xFFFFFFFF or too much: then all that is there is read. */
function readSamples(view: DataView, at: number, size: number): Int16Array {
  const there = view.byteLength - at;
  const dataBytes = size === 0 || size > there ? there : size;
  const samples = new Int16Array(Math.floor(dataBytes / 2));
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(at + i * 2, true);
  return samples;
}
