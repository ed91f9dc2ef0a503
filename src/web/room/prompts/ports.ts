/** The prompts of the draft, as the pages show and change them. Implemented in postgres/room-prompts.ts. */
import type { SignedIn } from "#access/rights.ts";
import type { Manifest } from "#prompts/manifest.ts";
import type { PromptStates } from "#prompts/states.ts";

export interface DraftPrompts {
  manifest: Manifest;
  states: PromptStates;
  /** Hashes of those sounds that have 16 000 samples a second; all others have 8000. */
  wide: ReadonlySet<string>;
}

export interface PromptPlace {
  language: string;
  id: string;
}

/** A sound that a prompt has had, here or in a release. */
export interface SoundVersion {
  sha256: string;
  /** When it was first there. */
  at: Date;
  /** Whose act it was; null: it came with the folders. */
  by: string | null;
  /** The first release that had it; null: none yet. */
  release: number | null;
}

/** What was to be changed, as its author last saw it. */
export interface SeenPrompt extends PromptPlace {
  /** The hash of the sound; null: there was none. */
  seen: string | null;
}

/** `changed`: somebody else changed it meanwhile, and nothing was done. */
export type PromptSaved = "saved" | "changed" | "missing";

export interface PromptRoom {
  /** Null where the draft's manifest cannot be read. */
  draft(who: SignedIn): Promise<DraftPrompts | null>;
  /** Newest first. */
  versions(who: SignedIn, place: PromptPlace): Promise<SoundVersion[]>;
  /** One of its versions; null where there is none such. */
  sound(who: SignedIn, place: PromptPlace, sha256: string): Promise<Uint8Array | null>;
  /** A recording that was taken in (prompts/take-in.ts). */
  accept(who: SignedIn, at: SeenPrompt, wav: Uint8Array): Promise<PromptSaved>;
  restore(who: SignedIn, at: SeenPrompt, sha256: string): Promise<PromptSaved>;
  /** In the name of whoever is signed in: these words in this sound may be heard by patients. */
  approve(who: SignedIn, at: SeenPrompt): Promise<PromptSaved>;
}
