import type { Flow } from "./definition.ts";
import type { Beginning } from "./interpreter.ts";

/** What earlier calls have of a visit. */
export interface Answered {
  rating: number | null;
  /** A story was told and kept. */
  story: boolean;
}

/** Where one who rings back goes on; null where the flow does not say. Whoever comes so far has said who they are. */
export function carryOnFrom(flow: Flow, { rating, story }: Answered): Beginning | null {
  const has = { rating: rating !== null, story };
  const place = flow.carryOn?.find(({ without }) => without === undefined || !has[without]);
  if (!place) return null;
  return { step: place.at, answers: rating === null ? {} : { rating }, confirmed: true };
}
