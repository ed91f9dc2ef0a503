/** What applying a dialplan needs of one Asterisk and of its folder. */

/** The files that are applied without a restart, by name. */
export const dialplanFiles = ["extensions.conf", "hooks.conf"] as const;
export type DialplanTexts = ReadonlyMap<string, string>;

/** One dialplan that was, or was to be, in force on a node. */
export interface Version {
  number: number;
  at: string;
  by: string;
  note: string;
  /** "found": what lay there before the first. "going": it is being put in force, or that was broken off. */
  outcome: "found" | "going" | "applied" | "refused";
  /** Of one that was refused. */
  because: string | null;
  /** The number that was in force before it; null of the first. */
  before: number | null;
}

/** The configuration folder of one Asterisk; each write is there whole, or not at all. */
export interface DialplanFolder {
  /** The files as they lie there; one that is missing is left out. */
  current(): DialplanTexts;
  /** Oldest first. */
  versions(): Version[];
  textsOf(version: number): DialplanTexts;
  /** Keeps a version beside the others. */
  keep(texts: DialplanTexts, version: Version): void;
  /** Puts them in force, as far as files go. */
  put(texts: DialplanTexts): void;
  /**
   * Nobody else applies anything here meanwhile.
   * @returns what ends it
   * @throws AppError `dialplan_busy`
   */
  hold(): () => void;
}

/** The running Asterisk. */
export interface LiveDialplan {
  /** Has it read its dialplan anew. @throws AppError as AMI does */
  reload(): Promise<void>;
  /** Every line as Asterisk has it, in an order of their own: what two Asterisks with the same files agree in. */
  loaded(): Promise<string[]>;
  /** Sends a call of nobody through it. @returns what went wrong; null where it came through */
  callThrough(): Promise<string | null>;
}
