import { randomFillSync } from "node:crypto";

/**
 * Ids for many rows, each of which sorts after the one before, as housekeeping.new_id() makes them (migration 0001): UUIDs of
 * version 7 in 4096ths of a millisecond. There each of them is made by a function in PL/pgSQL.
 * @param id made by the database just now; the first sorts after it
 * @returns 16 bytes at each call
 */
export function idsAfter(id: string): () => Buffer {
  const digits = id.replaceAll("-", "");
  let ms = Number.parseInt(digits.slice(0, 12), 16);
  let part = Number.parseInt(digits.slice(13, 16), 16);
  let random = Buffer.alloc(0);
  return () => {
    if (random.length === 0) random = randomFillSync(Buffer.allocUnsafeSlow(8 * 1024));
    part = (part + 1) % 4096;
    if (part === 0) ms += 1;
    const next = Buffer.allocUnsafe(16);
    next.writeUIntBE(ms, 0, 6);
    next.writeUInt16BE(0x7000 | part, 6);
    next.set(random.subarray(0, 8), 8);
    next[8] = 0x80 | (next[8]! & 0x3f);
    random = random.subarray(8);
    return next;
  };
}
