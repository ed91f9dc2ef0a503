/**
 * What a part of the benchmark is. A new one is a file in parts/ and a line in parts.ts; it measures, and hands back
 * figures and charts. Table, JSON and README are made of those alone: a part prints nothing itself.
 */
import type { Duel } from "./calls/duel.ts";

export interface Part {
  number: number;
  /** One word, for `--list`. */
  name: string;
  title: string;
  /** For the README: what is done, and what is measured where; a sentence an entry. */
  method: readonly string[];
  /** For the README: what the figures do not say, and how they grow; a sentence an entry. */
  limits: readonly string[];
  /** Null where it can run here; else why not, and what would help, in a sentence. */
  obstacle?(bench: Bench): Promise<string | null>;
  /** Throws where it could not be measured; that is told, and the other parts go on. */
  run(bench: Bench): Promise<Measured>;
}

/** What a part is given. */
export interface Bench {
  /** A folder of its own, which Asterisk's user can get to; taken away afterwards. */
  dir: string;
  /** In less time, with fewer measurements: the whole of them within five minutes. */
  quick: boolean;
  /** With what takes long: growth to ten million visits, and scale-out in all sizes and two rounds. */
  large: boolean;
  /** Made by an earlier part of this run, by how many were up at once: a later part need not make them again. */
  duels: Map<number, Duel>;
  /** Aborts when somebody interrupts; whoever waits then gives up, and `undo` is done. */
  signal: AbortSignal;
  /** What is going on just now. */
  progress(line: string): void;
  /** Is done when the part ends, however it ends; the last first. */
  undo(step: () => unknown): void;
}

export interface Measured {
  figures: Figure[];
  /** Seconds of CPU by whose they were, e.g. { asterisk: 12.3 }, over the whole part. */
  cpuSeconds: Record<string, number>;
  charts: Chart[];
  /** What somebody reading the figures must know of this run, a sentence each. */
  notes: string[];
}

/** A line of the table. */
export interface Figure {
  /** e.g. "key to next prompt, p99, 200 at once" */
  name: string;
  value: number;
  /** e.g. "ms"; "" for a bare number. */
  unit: string;
  /** None: told for its own sake. */
  goal?: { atMost: number } | { atLeast: number };
}

/** Drawn as an SVG of its own, `charts/NAME.svg`. */
export interface Chart {
  /** Of the file: small letters, digits and hyphens, begins with the part's number. */
  name: string;
  title: string;
  /** With units. */
  x: string;
  y: string;
  /** Ten times as far is as wide as the ten times before. */
  logX?: boolean;
  logY?: boolean;
  series: { name: string; points: [x: number, y: number][] }[];
  /** Where a goal lies, as a line across. */
  goalY?: number;
  goalX?: number;
}

/** What could not be measured (NaN, or null in JSON) meets no goal. */
export const isMet = ({ value, goal }: Figure): boolean =>
  !goal || (Number.isFinite(value) && ("atMost" in goal ? value <= goal.atMost : value >= goal.atLeast));
