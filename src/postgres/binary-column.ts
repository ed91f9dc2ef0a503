/**
 * The values of one column in many rows, as an array in Postgres' binary format (array_recv in its source). As text, which is
 * what node-postgres makes of an array, encrypted details are twice as long, and both sides pay for each letter.
 */
export interface BinaryColumn<Value> {
  add(value: Value | null): void;
  /** To be passed as a parameter of the column's array type. */
  array(): Buffer;
}

/** Object ids of types, the same in every Postgres (pg_type.dat). */
const oids = { bytea: 17, text: 25, timestamptz: 1184, uuid: 2950 };
const headerBytes = 20;
/** Postgres counts from the year 2000 on. */
const epochMs = Date.UTC(2000, 0, 1);

export const textColumn = (): BinaryColumn<string> =>
  column(
    oids.text,
    (bytes, at, text) => bytes.write(text, at),
    (text) => 3 * text.length,
  );

export const byteaColumn = (): BinaryColumn<Buffer> => bytesColumn(oids.bytea);

/** @param value of 16 bytes */
export const uuidColumn = (): BinaryColumn<Buffer> => bytesColumn(oids.uuid);

/** To the millisecond. */
export const timestampColumn = (): BinaryColumn<Date> =>
  column(
    oids.timestamptz,
    (bytes, at, instant) => bytes.writeBigInt64BE(BigInt(instant.getTime() - epochMs) * 1000n, at) - at,
    () => 8,
  );

const bytesColumn = (oid: number): BinaryColumn<Buffer> =>
  column(
    oid,
    (bytes, at, value) => value.copy(bytes, at),
    (value) => value.length,
  );

/**
 * @param write returns how many bytes it wrote
 * @param most how many that will be at most
 */
function column<Value>(
  oid: number,
  write: (bytes: Buffer, at: number, value: Value) => number,
  most: (value: Value) => number,
): BinaryColumn<Value> {
  let bytes = Buffer.allocUnsafe(8 * 1024);
  let at = headerBytes;
  let count = 0;
  let nulls = 0;
  const make = (room: number) => {
    if (at + room <= bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * bytes.length + room);
    bytes.copy(larger, 0, 0, at);
    bytes = larger;
  };
  return {
    add: (value) => {
      count += 1;
      make(4 + (value === null ? 0 : most(value)));
      const length = value === null ? -1 : write(bytes, at + 4, value);
      if (value === null) nulls = 1;
      bytes.writeInt32BE(length, at);
      at += 4 + Math.max(0, length);
    },
    array: () => {
      // Dimensions, whether nulls are among them, type of the elements, how many, number of the first.
      const header = [count > 0 ? 1 : 0, nulls, oid, count, 1];
      for (const [place, word] of header.entries()) bytes.writeInt32BE(word, 4 * place);
      return bytes.subarray(0, count > 0 ? at : 12);
    },
  };
}
