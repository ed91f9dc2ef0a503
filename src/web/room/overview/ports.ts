/** What the overview counts. Implemented in postgres/overview.ts. */
export interface Period {
  from: Date;
  until: Date;
}

export interface PlaceFunnel {
  site: string;
  ward: string;
  service: string;
  unit: string;
  trust: string;
  placeId: number;
  eligible: number;
  called: number;
  answered: number;
  confirmed: number;
  rated: number;
  told: number;
  finished: number;
  declined: number;
}

export interface RatingCell {
  placeId: number;
  /** The local day, e.g. 2026-11-02. */
  day: string;
  /** The local hour, 0 to 23. */
  hour: number;
  channel: string;
  /** 1 to 6. */
  rating: number;
  people: number;
}

export interface Counted {
  places: PlaceFunnel[];
  ratings: RatingCell[];
  hours: { hour: number; rung: number; answered: number; rated: number }[];
  /** Calls that did not come to their end, by the step in which they ended. */
  endings: { flow: string; step: string; calls: number }[];
  /** People by the state of their promised call. */
  promises: { state: "promised" | "kept" | "broken" | "withdrawn"; people: number }[];
  waiting: { waiting: number; oldest: Date | null; heard: number; medianHours: number | null };
}

export interface OverviewDesk {
  /** Of visits on lists that came in this time, as far as the user may see them. */
  count(userId: string, period: Period): Promise<Counted>;
}
