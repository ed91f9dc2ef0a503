/** What calls say, by release. Implemented in app-voices.ts. */
import type { Campaign } from "#campaign/campaign.ts";
import type { Flow } from "#flow/definition.ts";
import { AppError } from "#lib/errors.ts";
import type { Voice } from "./cannot-say.ts";
import type { PromptBook } from "./prompt-book.ts";

/** All that one release says. */
export interface CallVoice extends Voice {
  /** Null: the folders, before there was any release. */
  release: number | null;
  book: PromptBook;
}

/** Of whom a new call's release is chosen by. */
export interface NewCaller {
  /** Of the visit's first answered call; null or absent: the visit has none. */
  release?: number | null;
  /** Stands for the person, so that all their calls get a canary or none; absent: none does. */
  lot?: string;
}

export interface CallVoices {
  /** Of new calls that no canary gets, and whose visit has no release of its own; another one from time to time. */
  readonly live: CallVoice;
  ofNewCall(caller: NewCaller): Promise<CallVoice>;
  /** Of a call that began with it. @throws AppError `release_unusable` */
  of(release: number | null): Promise<CallVoice>;
}

/**
 * The visit's own release, else the campaign's, else what is drawn. The live one where that lacks the campaign's flow:
 * whoever has answered is not met with silence.
 */
export async function voiceOfNewCall(
  voices: CallVoices,
  { settings, release = null }: Pick<Campaign, "settings" | "release">,
  caller: NewCaller,
): Promise<CallVoice> {
  const drawn = await voices.ofNewCall({ ...caller, release: caller.release ?? release });
  return drawn.flows.has(settings.flow) ? drawn : voices.live;
}

/** @throws AppError `flow_missing` */
export function flowFor({ flows, release }: CallVoice, { settings }: Pick<Campaign, "settings">): Flow {
  const flow = flows.get(settings.flow);
  if (flow) return flow;
  throw new AppError("flow_missing", `there is no call flow "${settings.flow}"`, { release });
}
