/** What can be wrong with a speech engine, as far as it decides when a story is shown to it again. */
import { AppError } from "#lib/errors.ts";

export type TroubleKind =
  /** Too many requests, or none left this month: everybody waits. */
  | "quota"
  /** Nobody is there, or it says that it cannot work now. Never a story's fault. */
  | "away"
  /** No answer in time, or a fault inside the engine: it may be this story that it cannot digest. */
  | "stumbled"
  /** Credentials, rights, project, address or model are wrong: staff must act. */
  | "misconfigured"
  /** It takes neither this request nor, perhaps, any other: our settings, or this story. */
  | "refused"
  /** It answered, but not in its own language. */
  | "unreadable";

/** The engine's code is `speech_` and the kind. The message is for staff: it never quotes what the engine heard. */
export class SpeechTrouble extends AppError {
  readonly kind: TroubleKind;
  /** As the engine asked; null where it did not. */
  readonly retryAfterMs: number | null;

  constructor(kind: TroubleKind, message: string, options: { retryAfterMs?: number | null } = {}) {
    super(`speech_${kind}`, message);
    this.name = "SpeechTrouble";
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

interface Patience {
  /** The first pause; each further one is twice as long. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** So often an engine that answers other stories may fail over one, before that story is given up. */
  triesOfAStory: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * Seconds for what heals itself; up to an hour for what waits for staff, so that their remedy needs no restart. Only
 * kinds that may be the story's fault ever give a story up.
 */
export const patience: Record<TroubleKind, Patience> = {
  quota: { firstPauseMs: 15 * SECOND, longestPauseMs: 10 * MINUTE, triesOfAStory: Number.POSITIVE_INFINITY },
  away: { firstPauseMs: 2 * SECOND, longestPauseMs: 5 * MINUTE, triesOfAStory: Number.POSITIVE_INFINITY },
  stumbled: { firstPauseMs: 2 * SECOND, longestPauseMs: 5 * MINUTE, triesOfAStory: 5 },
  misconfigured: {
    firstPauseMs: MINUTE,
    longestPauseMs: 60 * MINUTE,
    triesOfAStory: Number.POSITIVE_INFINITY,
  },
  refused: { firstPauseMs: MINUTE, longestPauseMs: 60 * MINUTE, triesOfAStory: 1 },
  unreadable: { firstPauseMs: 10 * SECOND, longestPauseMs: 60 * MINUTE, triesOfAStory: 3 },
};

/** No engine's word keeps us away longer than this. */
const LONGEST_ASKED_MS = 60 * MINUTE;

/** How long the engine is left alone. @param lastMs the pause before, 0 if the engine had been answering */
export function pauseAfter(trouble: SpeechTrouble, lastMs: number): number {
  const { firstPauseMs, longestPauseMs } = patience[trouble.kind];
  const own = Math.min(longestPauseMs, Math.max(firstPauseMs, lastMs * 2));
  return Math.max(own, Math.min(trouble.retryAfterMs ?? 0, LONGEST_ASKED_MS));
}
