/**
 * G.711, the telephone network's two codecs: one byte a sample, 8000 samples a second.
 * A-law is Europe's, mu-law North America's and Japan's. Table-based, as every sample of every call may pass here.
 */

// https://www.itu.int/rec/T-REC-G.711: the sign bit is 1 for positive samples, and A-law inverts every other bit.
const A_LAW_INVERSION = 0x55;
const MU_LAW_BIAS = 0x84;
const MU_LAW_LARGEST = 32_635; // the largest magnitude that does not overflow once the bias is added

function aLawToLinear(code: number): number {
  const bits = code ^ A_LAW_INVERSION;
  const segment = (bits & 0x70) >> 4;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function linearToALaw(sample: number): number {
  const positive = sample >= 0;
  const magnitude = (positive ? sample : -sample - 1) >> 4; // 13 significant bits, sign included
  const segment = Math.max(0, 28 - Math.clz32(magnitude)); // 0 up to 0x0f, 1 up to 0x1f, 2 up to 0x3f ...
  const step = segment < 2 ? magnitude & 0x0f : (magnitude >> (segment - 1)) & 0x0f;
  return ((segment << 4) | step | (positive ? 0x80 : 0)) ^ A_LAW_INVERSION;
}

function muLawToLinear(code: number): number {
  const bits = ~code & 0xff;
  const segment = (bits & 0x70) >> 4;
  const magnitude = ((((bits & 0x0f) << 3) + MU_LAW_BIAS) << segment) - MU_LAW_BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
}

function linearToMuLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), MU_LAW_LARGEST) + MU_LAW_BIAS;
  const segment = 24 - Math.clz32(magnitude); // the bias makes bit 7 the lowest leading bit
  const step = (magnitude >> (segment + 3)) & 0x0f;
  return ~((segment << 4) | step | (sample < 0 ? 0x80 : 0)) & 0xff;
}

const decodingTable = (decode: (code: number) => number) =>
  Int16Array.from({ length: 256 }, (_, code) => decode(code));

/** Indexed by the sample's 16 bits taken as an unsigned number. */
const encodingTable = (encode: (sample: number) => number) =>
  Uint8Array.from({ length: 65_536 }, (_, bits) => encode((bits << 16) >> 16));

function encoder(table: Uint8Array) {
  return (samples: Int16Array): Uint8Array => {
    const codes = new Uint8Array(samples.length);
    for (let i = 0; i < codes.length; i++) codes[i] = table[samples[i]! & 0xffff]!;
    return codes;
  };
}

function decoder(table: Int16Array) {
  return (codes: Uint8Array): Int16Array => {
    const samples = new Int16Array(codes.length);
    for (let i = 0; i < samples.length; i++) samples[i] = table[codes[i]!]!;
    return samples;
  };
}

export const encodeALaw = encoder(encodingTable(linearToALaw));
export const decodeALaw = decoder(decodingTable(aLawToLinear));
export const encodeMuLaw = encoder(encodingTable(linearToMuLaw));
export const decodeMuLaw = decoder(decodingTable(muLawToLinear));
