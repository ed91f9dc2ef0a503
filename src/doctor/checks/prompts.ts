import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineCheck, fault, ok } from "#doctor/check.ts";
import { readWav } from "#lib/audio/wav.ts";
import { messageOf } from "#lib/errors.ts";
import { readPrompts } from "#storage/flow-files.ts";

export const prompts = defineCheck({
  name: "prompts",
  needs: ["promptFolder"],
  run: ({ promptFolder }) => {
    const { folder, ids } = readPrompts(promptFolder, "en-GB");
    const faults = [...ids].flatMap((id) => {
      const file = join(folder, `${id}.wav`);
      const wrong = faultOf(file);
      return wrong === null
        ? []
        : [fault(`${file}: ${wrong}`, "save it as WAV: 8000 samples a second, mono, 16 bits")];
    });
    return faults.length > 0 ? faults : [ok(`${ids.size} prompts, all fit for a telephone`)];
  },
});

function faultOf(file: string): string | null {
  try {
    const { sampleRate, samples } = readWav(readFileSync(file));
    if (sampleRate !== 8_000) return `${sampleRate} samples a second`;
    return samples.length === 0 ? "no sound in it" : null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
