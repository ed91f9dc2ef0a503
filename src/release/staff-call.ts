/** "Call me now" as pages and commands ask for it. Implemented in postgres/staff-call-desk.ts. */
import type { Author, Place } from "./ports.ts";

/** A telephone that may be rung, as it may be shown. */
export interface ShownNumber {
  /** Stands for it in forms; says nothing of its digits. */
  id: string;
  /** Its label, or its last digits. */
  shown: string;
}

export interface StaffCallOrder {
  /** Of a ShownNumber. */
  number: string;
  place: Place;
  flow: string;
  /** BCP 47. */
  language: string;
  /** Of the visit, made up; by name. */
  fields: Readonly<Record<string, string>>;
}

export type StaffCallState = "asked" | "dialling" | "ringing" | "live" | "ended" | "refused";

export interface StaffCallView {
  id: string;
  state: StaffCallState;
  /** Of the number. */
  shown: string;
  place: Place;
  digest: string;
  flow: string;
  language: string;
  by: Author;
  askedAt: Date;
  answeredAt: Date | null;
  endedAt: Date | null;
  endAsked: boolean;
  /** As it comes to them. */
  steps: { step: string; at: Date }[];
  /** Once it is over: each stay, from the answer, and the way out (call/trail.ts). */
  trail: { flow: string; step: string; enteredMs: number; leftMs: number; leftBy: string }[];
  /** A disposition, "ended_by_us", "instance-died"; with "refused", why. */
  outcome: string | null;
}

export type AskedStaffCall = { kind: "asked"; id: string } | { kind: "refused"; because: string };

export interface StaffCallDesk {
  readonly numbers: readonly ShownNumber[];
  /** What is said is the place's as it stands at this instant, whatever is saved or published later. */
  ask(order: StaffCallOrder, author: Author): Promise<AskedStaffCall>;
  /** Null: there is none. */
  show(id: string): Promise<StaffCallView | null>;
  /** The last ones, newest first. */
  recent(most: number): Promise<StaffCallView[]>;
  /** While it rings as well as later. @returns whether it was not over yet */
  end(id: string, author: Author): Promise<boolean>;
}

/** So many calls to one telephone, and so many in all, within so long. */
export const staffCallLimits = { perNumber: 12, inAll: 40, withinMinutes: 10 } as const;
/** One that no Hearback took by then is never made. */
export const takenWithinSeconds = 30;
