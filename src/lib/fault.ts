/** What is wrong in a file that people edit: where, what, and what to write instead. */
export interface Fault {
  /** As the reader knows it: its path inside the files looked at, such as "flows/fft.yaml". */
  file: string;
  /** 1 is the first; 0 where the file as a whole is meant, such as a missing one. */
  line: number;
  column: number;
  /** The rule's name, in kebab case, such as "unknown-step": what tests and documents speak of. */
  rule: string;
  /** A warning refuses nothing. */
  level: "fault" | "warning";
  what: string;
  /** What to write or do instead. */
  instead: string;
}

/** In the form that editors and terminals make links of. */
export const tellFault = ({ file, line, column, level, what, instead, rule }: Fault): string =>
  `${[file, ...(line > 0 ? [line, column] : [])].join(":")}: ${level}: ${what}; ${instead} [${rule}]`;

export const inReadingOrder = (faults: readonly Fault[]): Fault[] =>
  faults.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
