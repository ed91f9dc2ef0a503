/** A line as Asterisk acts on it, and for each of its characters the column where it stands in the file. */
export interface Written {
  text: string;
  columns: number[];
}

/** Takes comments out, line by line: a block ;-- like this --; may go on over many, and hold others. */
export class Comments {
  /** How many blocks are open; as in Asterisk one fewer than none after a "--;" that nothing began. */
  depth = 0;
  /** Where the blocks that are open began. */
  readonly begun: { line: number; column: number }[] = [];

  /** @returns what remains of the line, blanks around it included, and where a "--;" stands that ends nothing */
  strip(line: string, number: number): Written & { endsNothing: number | null } {
    const kept: number[] = [];
    let endsNothing: number | null = null;
    // Lines inside a block count for nothing, until it ends.
    let seen = this.depth === 0;
    let from = 0;
    const keep = (end: number) => {
      if (seen && this.depth <= 0) for (let at = from; at < end; at++) kept.push(at);
      from = end;
    };
    /** Asterisk looks back no further than this. */
    let floor = 0;
    for (let at = line.indexOf(";"); at >= 0; at = line.indexOf(";", Math.max(floor, at + 1))) {
      if (at > floor && line[at - 1] === "\\") {
        keep(at - 1);
        from = at;
        floor = at + 1;
      } else if (line.startsWith(";--", at) && line[at + 3] !== "-") {
        keep(at);
        this.begun.push({ line: number, column: at + 1 });
        this.depth++;
        if (this.depth <= 0) seen = false;
        from = floor = at + 3;
      } else if (at >= floor + 2 && line.startsWith("--", at - 2)) {
        if (this.depth <= 0) endsNothing ??= at - 1;
        this.begun.pop();
        this.depth--;
        floor = at + 1;
        if (this.depth !== 0) continue;
        from = at + 1;
        seen = true;
      } else if (this.depth === 0) {
        keep(at);
        return written(line, kept, endsNothing);
      } else floor = at + 1;
    }
    keep(line.length);
    return written(line, kept, endsNothing);
  }
}

const written = (line: string, kept: number[], endsNothing: number | null) => ({
  text: kept.map((at) => line[at]).join(""),
  columns: kept.map((at) => at + 1),
  endsNothing,
});

/** Characters up to the space are blanks to Asterisk, control characters among them. */
export function trimmed({ text, columns }: Written): Written {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) <= 32) from++;
  while (to > from && text.charCodeAt(to - 1) <= 32) to--;
  return part({ text, columns }, from, to);
}

export const part = ({ text, columns }: Written, from: number, to = text.length): Written => ({
  text: text.slice(from, to),
  // An empty end stands behind the last character.
  columns: columns.slice(from, Math.max(to, from)).length
    ? columns.slice(from, to)
    : [columns[from] ?? (columns.at(-1) ?? 0) + 1],
});
