/** The speech engines as the settings describe them: for `serve`, and for whoever tries one out. */
import type { Settings } from "#config.ts";
import type { EngineOptions } from "#speech/engines.ts";
import { pocketsphinxModel } from "#speech/pocketsphinx-model.ts";

export const engineSettings = [
  ...(["speechEngine", "speechLanguage", "speechPhrases", "pocketsphinx", "pocketsphinxModel"] as const),
  ...(["googleProject", "googleLocation", "googleModel", "googleRecogniser", "googleCredentials"] as const),
  ...(["openaiUrl", "openaiModel", "openaiKey", "openaiCa", "openaiFormat"] as const),
];
export type EngineSettings = Pick<Settings, (typeof engineSettings)[number]>;

/** An engine whose settings are not all given has none, and `chooseEngine` says what it needs. */
export function engineOptions(settings: EngineSettings): EngineOptions {
  const { pocketsphinx, googleProject, openaiUrl, openaiModel } = settings;
  const common = { language: settings.speechLanguage, phrases: settings.speechPhrases ?? [] };
  const model = pocketsphinxModel(settings.pocketsphinxModel);
  return {
    pocketsphinx: pocketsphinx === null ? undefined : { program: pocketsphinx, model },
    google:
      googleProject === null
        ? undefined
        : {
            ...common,
            project: googleProject,
            location: settings.googleLocation,
            model: settings.googleModel,
            recogniser: settings.googleRecogniser,
            credentials: settings.googleCredentials,
          },
    openAiCompatible:
      openaiUrl === null || openaiModel === null
        ? undefined
        : {
            ...common,
            url: openaiUrl,
            model: openaiModel,
            key: settings.openaiKey,
            ca: settings.openaiCa,
            format: settings.openaiFormat,
          },
  };
}
