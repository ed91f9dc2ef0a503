import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { defineCheck, fault, ok, warning } from "#doctor/check.ts";
import { engineOptions, engineSettings } from "#engine-options.ts";
import { readWav } from "#lib/audio/wav.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { chooseEngine } from "#speech/engines.ts";

const clip = "story-01";
const stories = "src/rehearsal/people/stories";

/** A synthesised story that ships with Hearback: no patient's voice leaves the house for this. */
export const speech = defineCheck({
  name: "speech",
  withinMs: 60_000,
  needs: engineSettings,
  run: async (settings, signal) => {
    const engine = chooseEngine(settings.speechEngine, engineOptions(settings));
    if (engine.name === "none") return [ok("no engine: stories are kept and listened to, not written down")];
    const { samples } = readWav(readFileSync(repositoryFile(`${stories}/${clip}.wav`)));
    const { text } = await engine.transcribe(samples, signal);
    const share = shareHeard(text);
    const heard = `${engine.name} (${engine.model}) heard ${Math.round(share * 100)} % of a sample's words`;
    if (share < 0.5)
      return [
        fault(`${heard}`, "is it the right language, model and sampling rate? The sample is British English"),
      ];
    const rough = warning(`${engine.name} is for rehearsals only`, "name another in HEARBACK_SPEECH_ENGINE");
    return engine.rough ? [ok(heard), rough] : [ok(heard)];
  },
});

/** How many of the words that were said stand in the text, in any order. */
function shareHeard(text: string): number {
  const list = parse(readFileSync(repositoryFile(`${stories}/stories.yaml`), "utf8")) as {
    stories: { id: string; text: string }[];
  };
  const said = wordsOf(list.stories.find(({ id }) => id === clip)?.text ?? "");
  const heard = new Set(wordsOf(text));
  return said.filter((word) => heard.has(word)).length / said.length;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z']+/g) ?? [];
