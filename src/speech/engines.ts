import { AppError } from "#lib/errors.ts";
import type { SpeechEngine } from "#transcript/ports.ts";
import { noEngine } from "./none.ts";
import { createPocketsphinx, type PocketsphinxOptions } from "./pocketsphinx.ts";

export interface EngineOptions {
  /** Where it lies; rehearsal/packages installs it. */
  pocketsphinx?: PocketsphinxOptions | undefined;
}

export const ENGINES = {
  none: () => noEngine,
  pocketsphinx: ({ pocketsphinx }) => {
    if (pocketsphinx) return createPocketsphinx(pocketsphinx);
    throw new AppError(
      "speech_engine_missing",
      "pocketsphinx is not installed; the demo installs it for itself",
    );
  },
} satisfies Record<string, (options: EngineOptions) => SpeechEngine>;

export type EngineName = keyof typeof ENGINES;

export const isEngineName = (name: string): name is EngineName => Object.hasOwn(ENGINES, name);

/** Throws `speech_engine_unknown` with the names there are, `speech_engine_missing` where it is not installed. */
export function chooseEngine(name: string, options: EngineOptions = {}): SpeechEngine {
  if (isEngineName(name)) return ENGINES[name](options);
  const names = Object.keys(ENGINES).join(", ");
  throw new AppError("speech_engine_unknown", `there is no speech engine "${name}"; choose one of ${names}`);
}
