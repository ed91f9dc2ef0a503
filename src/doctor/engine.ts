import type { Settings } from "#config.ts";
import { chooseEngine } from "#speech/engines.ts";
import { pocketsphinxModel } from "#speech/pocketsphinx-model.ts";
import type { SpeechEngine } from "#transcript/ports.ts";

export const engineSettings = ["speechEngine", "pocketsphinx", "pocketsphinxModel"] as const;

/** The engine as `serve` builds it. @throws AppError where it is not there */
export function engineOf(settings: Pick<Settings, (typeof engineSettings)[number]>): SpeechEngine {
  const { speechEngine, pocketsphinx, pocketsphinxModel: model } = settings;
  return chooseEngine(speechEngine, {
    pocketsphinx: pocketsphinx ? { program: pocketsphinx, model: pocketsphinxModel(model) } : undefined,
  });
}
