import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { headerBytes, openAudio, openSpan, readHeader, sealAudio, spanOf } from "#storage/sealed-audio.ts";

const ours = { storyId: "0197a000-0000-7000-8000-000000000001", key: Buffer.alloc(32, 1) };
const other = { ...ours, storyId: "0197a000-0000-7000-8000-000000000002" };
const chunk = 64; // small, so that a short file has many
const tag = 16;
const audioOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 31) % 251));
const audio = audioOf(5 * chunk + 7);
const sealed = sealAudio(audio, ours, chunk);
const damaged = expect.objectContaining({ code: "story_damaged" });

/** As a store reads it: the header, and no more of the file than the stretch needs. */
function stretch(file: Buffer, from: number, to: number, key = ours): Buffer {
  const header = readHeader(file, file.length);
  const span = spanOf(header, from, to);
  return openSpan(header, { from, to, bytes: file.subarray(span.from, span.to) }, key);
}

const chunkAt = (index: number): Buffer => {
  const at = headerBytes + index * (chunk + tag);
  return sealed.subarray(at, at + chunk + tag);
};
const withChunks = (...chunks: Buffer[]): Buffer =>
  Buffer.concat([sealed.subarray(0, headerBytes), ...chunks]);

describe("sealed audio", () => {
  it.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 1])(
    "of %d bytes opens to what it was",
    (length) => {
      const plain = audioOf(length);
      const file = sealAudio(plain, ours, chunk);
      expect(openAudio(file, ours)).toEqual(plain);
      expect(readHeader(file, file.length)).toMatchObject({ length, fileBytes: file.length });
    },
  );

  it("shows nothing of the audio", () => {
    const silence = Buffer.alloc(1_000, 0xd5);
    expect(sealAudio(silence, ours, chunk).includes(silence.subarray(0, 4))).toBe(false);
  });

  it("is the same file for the same audio, and shares nothing with that of other audio, key or story", () => {
    expect(sealAudio(audio, ours, chunk)).toEqual(sealed);
    const longer = sealAudio(audioOf(5 * chunk + 8), ours, chunk);
    const otherKey = sealAudio(audio, { ...ours, key: Buffer.alloc(32, 2) }, chunk);
    for (const file of [longer, otherKey, sealAudio(audio, other, chunk)])
      expect(file.subarray(headerBytes, headerBytes + chunk)).not.toEqual(chunkAt(0).subarray(0, chunk));
  });

  it("gives every stretch between any two bytes", () => {
    for (let from = 0; from <= audio.length; from++)
      for (let to = from; to <= audio.length; to += 7 + ((from + to) % 5))
        if (!stretch(sealed, from, to).equals(audio.subarray(from, to))) expect([from, to]).toBe("opened");
  });

  it("gives stretches of real size, at random and at the edges of chunks", () => {
    const long = randomBytes(300_000);
    const file = sealAudio(long, ours);
    const edges = [0, 1, 65_535, 65_536, 65_537, 131_072, 262_143, 299_999, 300_000];
    const any = () => Math.floor(Math.random() * 300_001);
    const pairs = edges.flatMap((from) => edges.map((to) => [from, to]));
    for (const [a, b] of [...pairs, ...Array.from({ length: 200 }, () => [any(), any()])]) {
      const [from, to] = [Math.min(a!, b!), Math.max(a!, b!)];
      expect(stretch(file, from, to).equals(long.subarray(from, to)), `${from} to ${to}`).toBe(true);
    }
  });

  it("needs no more of the file than the chunks of the stretch", () => {
    const header = readHeader(sealed, sealed.length);
    expect(spanOf(header, chunk + 1, chunk + 2)).toEqual({
      from: headerBytes + chunk + tag,
      to: headerBytes + 2 * (chunk + tag),
      firstChunk: 1,
    });
  });
});

describe("sealed audio does not open", () => {
  it("with any byte changed", () => {
    for (let at = 0; at < sealed.length; at++) {
      const file = Buffer.from(sealed);
      file[at]! ^= 1;
      expect(() => openAudio(file, ours), `byte ${at}`).toThrow(damaged);
    }
  });

  it("cut off anywhere, at the end of a chunk too, nor with something behind it", () => {
    for (let length = 0; length < sealed.length; length++)
      expect(() => openAudio(sealed.subarray(0, length), ours), `${length} bytes`).toThrow(damaged);
    expect(() => openAudio(Buffer.concat([sealed, Buffer.of(0)]), ours)).toThrow(damaged);
    // Not even a stretch of what is left.
    const wholeChunks = sealed.subarray(0, headerBytes + 3 * (chunk + tag));
    for (const file of [wholeChunks, sealed.subarray(0, -1), Buffer.concat([sealed, Buffer.of(0)])])
      expect(() => stretch(file, 0, 1)).toThrow(damaged);
    expect(() => openAudio(Buffer.concat([sealed, chunkAt(5)]), ours)).toThrow(damaged);
  });

  it("cut off with a header that says so", () => {
    const shorter = withChunks(chunkAt(0), chunkAt(1));
    shorter.writeBigUInt64BE(BigInt(2 * chunk), 12);
    expect(() => openAudio(shorter, ours)).toThrow(damaged);
    expect(() => stretch(shorter, 0, 1)).toThrow(damaged);
  });

  it("with chunks in another order, doubled or left out", () => {
    const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(chunkAt) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    for (const chunks of [
      [b, a, c, d, e, f],
      [a, a, c, d, e, f],
      [a, b, c, e, d, f],
      [b, c, d, e, e, f],
    ])
      expect(() => openAudio(withChunks(...chunks), ours)).toThrow(damaged);
  });

  it("as another story's, with another key, or with a chunk of another file of its own", () => {
    expect(() => openAudio(sealed, other)).toThrow(damaged);
    expect(() => openAudio(sealed, { ...ours, key: Buffer.alloc(32, 2) })).toThrow(damaged);
    const again = sealAudio(Buffer.from(audio).fill(9, 0, 5), ours, chunk);
    const mixed = Buffer.from(again);
    chunkAt(3).copy(mixed, headerBytes + 3 * (chunk + tag));
    expect(() => openAudio(mixed, ours)).toThrow(damaged);
  });

  it("in the stretch that was changed, while the others do", () => {
    const file = Buffer.from(sealed);
    file[headerBytes + 2 * (chunk + tag) + 3]! ^= 1;
    expect(() => stretch(file, 2 * chunk, 2 * chunk + 1)).toThrow(damaged);
    expect(stretch(file, 0, chunk)).toEqual(audio.subarray(0, chunk));
    // The empty stretch behind the last byte proves the last chunk, and the header with it.
    expect(stretch(file, audio.length, audio.length)).toEqual(Buffer.alloc(0));
  });

  it("as what it is not: plain audio, or a header of nonsense", () => {
    expect(() => openAudio(Buffer.from("RIFF----WAVEfmt ".repeat(10)), ours)).toThrow(damaged);
    const noChunks = Buffer.from(sealed);
    noChunks.writeUInt32BE(0, 8);
    expect(() => openAudio(noChunks, ours)).toThrow(damaged);
    const endless = Buffer.from(sealed);
    endless.writeBigUInt64BE(2n ** 63n, 12);
    expect(() => openAudio(endless, ours)).toThrow(damaged);
  });
});
