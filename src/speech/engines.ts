import { AppError } from "#lib/errors.ts";
import type { SpeechEngine } from "#transcript/ports.ts";
import { createGoogle, type GoogleOptions } from "./google.ts";
import { noEngine } from "./none.ts";
import { createOpenAiCompatible, type OpenAiCompatibleOptions } from "./openai-compatible.ts";
import { createPocketsphinx, type PocketsphinxOptions } from "./pocketsphinx.ts";

export interface EngineOptions {
  /** Where it lies; rehearsal/packages installs it. */
  pocketsphinx?: PocketsphinxOptions | undefined;
  google?: GoogleOptions | undefined;
  openAiCompatible?: OpenAiCompatibleOptions | undefined;
}

function given<T>(options: T | undefined, remedy: string): T {
  if (options === undefined) throw new AppError("speech_engine_missing", remedy);
  return options;
}

export const ENGINES = {
  none: () => noEngine,
  pocketsphinx: ({ pocketsphinx }) =>
    createPocketsphinx(given(pocketsphinx, "pocketsphinx is not installed; the demo installs it for itself")),
  google: ({ google }) => createGoogle(given(google, "google needs HEARBACK_GOOGLE_PROJECT")),
  "openai-compatible": ({ openAiCompatible }) =>
    createOpenAiCompatible(
      given(openAiCompatible, "openai-compatible needs HEARBACK_OPENAI_URL and HEARBACK_OPENAI_MODEL"),
    ),
} satisfies Record<string, (options: EngineOptions) => SpeechEngine>;

export type EngineName = keyof typeof ENGINES;

export const isEngineName = (name: string): name is EngineName => Object.hasOwn(ENGINES, name);

/** Throws `speech_engine_unknown` with the names there are, `speech_engine_missing` where it is not set up. */
export function chooseEngine(name: string, options: EngineOptions = {}): SpeechEngine {
  if (isEngineName(name)) return ENGINES[name](options);
  const names = Object.keys(ENGINES).join(", ");
  throw new AppError("speech_engine_unknown", `there is no speech engine "${name}"; choose one of ${names}`);
}

/**
 * Each engine once, made when it is first asked for.
 * @param standing hears new stories
 * @returns the engine of a name, or the standing one; throws as `chooseEngine`, and `engine_rough` unless `allowRough`
 */
export function createEngines(
  standing: SpeechEngine,
  options: EngineOptions,
  allowRough: boolean,
): (name: string | null) => SpeechEngine {
  const made = new Map([[standing.name, standing]]);
  return (name) => {
    const engine = made.get(name ?? standing.name) ?? chooseEngine(name ?? "", options);
    if (engine.rough && engine !== standing && !allowRough)
      throw new AppError(
        "engine_rough",
        `${engine.name} is for rehearsals; serve takes it with --allow-rough only`,
      );
    made.set(engine.name, engine);
    return engine;
  };
}
