/** A body read as a stream: bounded, hashed on the way, and given up where it stands still. */
import { createHash } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";

export interface Upload {
  /** To be read once. @throws AppError `upload_too_large`, `upload_stalled` */
  bytes: AsyncIterable<Uint8Array>;
  /** SHA-256 of the whole, as hex; reads what is left of it. */
  hash(): Promise<string>;
}

export interface UploadLimits {
  mostBytes: number;
  /** Nothing coming for so long ends it: a list that is being imported keeps others waiting. */
  stallMs: number;
  clock: Clock;
}

export function openUpload(source: AsyncIterable<Uint8Array>, limits: UploadLimits): Upload {
  const sha256 = createHash("sha256");
  const reader = source[Symbol.asyncIterator]();
  let read = 0;
  let digest: string | null = null;
  async function next(): Promise<Uint8Array | null> {
    if (digest !== null) return null;
    const { done, value } = await inTime(reader.next(), limits);
    if (done) {
      digest = sha256.digest("hex");
      return null;
    }
    read += value.length;
    if (read > limits.mostBytes) {
      const most = Math.floor(limits.mostBytes / 1024 / 1024);
      throw new AppError("upload_too_large", `A list may have ${most} MiB at most.`);
    }
    sha256.update(value);
    return value;
  }
  return {
    bytes: (async function* () {
      for (let piece = await next(); piece; piece = await next()) yield piece;
    })(),
    hash: async () => {
      while (await next());
      return digest!;
    },
  };
}

async function inTime<T>(coming: Promise<T>, { stallMs, clock }: UploadLimits): Promise<T> {
  const came = new AbortController();
  const stalled = clock.wait(stallMs, came.signal).then(
    () => Promise.reject(new AppError("upload_stalled", `Nothing came for ${stallMs / 1000} seconds.`)),
    () => coming,
  );
  try {
    return await Promise.race([coming, stalled]);
  } finally {
    came.abort();
  }
}
