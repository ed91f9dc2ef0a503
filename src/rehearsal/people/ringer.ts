import type { Act } from "./act.ts";

/** A pretend person who rings us, and what they do once they are answered. */
export interface Ringer {
  /** Of the carrier's dialplan; its last six characters name what they heard (the act "monitor"). */
  id: string;
  /** E.164; null: the number is withheld. */
  from: string | null;
  acts: Act[];
}
