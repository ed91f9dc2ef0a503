/** A row larger than this is a quote that was never closed; it bounds the memory. */
export const largestRow = 256 * 1024;

const quote = 0x22;
const [lineFeed, carriageReturn] = [0x0a, 0x0d];

export interface LineSplitter {
  /** False where the piece is not taken, because it has a quote, or the row does not end: from `rest` on it is for a parser. */
  split(piece: Buffer): boolean;
  /** Behind the last whole line. */
  rest(): Buffer;
  /** The last line need not end. */
  end(): void;
}

/**
 * Cells of UTF-8 CSV without quotes, told row by row, those of empty lines too: as a parser has it, which looks
 * at each byte.
 */
export function createLineSplitter(delimiter: string, onRow: (cells: string[]) => void): LineSplitter {
  let rest: Buffer = Buffer.alloc(0);
  const tell = (lines: string) => {
    const all = lines.split(/\r\n|\n|\r/);
    // Behind the last line's end.
    if (all.at(-1) === "") all.pop();
    for (const line of all) onRow(line.split(delimiter));
  };
  return {
    split: (piece) => {
      if (piece.includes(quote) || rest.length + piece.length > largestRow) return false;
      const block = Buffer.concat([rest, piece]);
      const end = endOfLines(block);
      tell(block.toString("utf8", 0, end));
      rest = block.subarray(end);
      return true;
    },
    rest: () => rest,
    end: () => tell(rest.toString()),
  };
}

/** Behind the last line end; one that a line feed may still belong to is none yet. */
function endOfLines(block: Buffer): number {
  const known = block.at(-1) === carriageReturn ? block.subarray(0, -1) : block;
  return 1 + Math.max(known.lastIndexOf(lineFeed), known.lastIndexOf(carriageReturn));
}
