/** WAV files of every kind, for tests of what reads them. */

interface Wav {
  /** 1 whole numbers, 3 floating, 6 A-law, 7 mu-law. */
  code: number;
  bits: number;
  sampleRate: number;
  channels: Float32Array[];
  /** Instead of channels. */
  data?: Uint8Array;
  extensible?: boolean;
  /** A chunk of other things before the sound. */
  list?: boolean;
  /** Its sizes were never filled in. */
  unfinished?: boolean;
}

export function wavOf(wav: Wav, channelCount = wav.channels.length): Uint8Array {
  const data = Buffer.from(wav.data ?? interleaved(wav));
  const heading = Buffer.alloc(wav.extensible ? 40 : 16);
  heading.writeUInt16LE(wav.extensible ? 0xfffe : wav.code, 0);
  heading.writeUInt16LE(channelCount, 2);
  heading.writeUInt32LE(wav.sampleRate, 4);
  heading.writeUInt16LE(wav.bits, 14);
  if (wav.extensible) heading.writeUInt16LE(wav.code, 24);
  const chunk = (name: string, body: Buffer, size = body.length) => {
    const head = Buffer.from(`${name}....`);
    head.writeUInt32LE(size, 4);
    return Buffer.concat([head, body]);
  };
  const list = wav.list ? chunk("LIST", Buffer.from("INFOabcd")) : Buffer.alloc(0);
  const sound = chunk("data", data, wav.unfinished ? 0 : data.length);
  return chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), list, chunk("fmt ", heading), sound]));
}

function interleaved({ code, bits, channels }: Wav): Buffer {
  const bytes = Buffer.alloc((channels[0]?.length ?? 0) * channels.length * (bits / 8));
  const most = 2 ** (bits - 1) - 1;
  channels.forEach((channel, c) => {
    channel.forEach((sample, i) => {
      const at = (i * channels.length + c) * (bits / 8);
      if (code === 3) bits === 32 ? bytes.writeFloatLE(sample, at) : bytes.writeDoubleLE(sample, at);
      else if (bits === 8) bytes.writeUInt8(Math.round(sample * 127) + 128, at);
      else bytes.writeIntLE(Math.round(sample * most), at, bits / 8);
    });
  });
  return bytes;
}
