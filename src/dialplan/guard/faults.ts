import type { Fault } from "#lib/fault.ts";
import type { Place } from "../conf/conf.ts";

/** A fault of the guard at a place in a file. */
export const faultAt = (at: Place, rule: string, what: string, instead: string): Fault => ({
  ...{ file: at.file, line: at.line, column: at.column },
  ...{ rule, level: "fault", what, instead },
});

/** The same line, further right. */
export const further = (at: Place, characters: number): Place => ({ ...at, column: at.column + characters });

/** What somebody wrote, short enough for a line of text. */
export const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
