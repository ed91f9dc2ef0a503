import { writeFileSync } from "node:fs";
import { readFlows } from "#flow/check/check-flows.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { drawFlow } from "#walk/draw/draw-flow.ts";
import { wordsOf } from "#walk/words.ts";
import { say, writeAll } from "./command.ts";
import { defineCommand } from "./options.ts";
import { checkNamed, readSource, sourceNotes, sourceOptions } from "./release-source.ts";

export const flowDraw = defineCommand({
  name: "flow draw",
  summary:
    "Draw a flow: each step with its first words, each way out as an arrow. SVG, for browsers and paper.",
  operands: ["FLOW"],
  options: {
    ...sourceOptions,
    out: { value: "FILE.svg", help: "where to write it (default: standard output)" },
    language: { value: "LANGUAGE", help: "of the words in it (default: en-GB)" },
  },
  notes: sourceNotes,
  examples: ["hearback flow draw fft --out fft.svg"],
  run: async ([name], given, io) => {
    const { files } = await readSource(given, io);
    const { flows } = readFlows(files);
    checkNamed([name!], [...flows.keys()]);
    const svg = drawFlow(flows.get(name!)!, { words: wordsOf(files, given.language ?? "en-GB") });
    if (given.out === undefined) await writeAll(io.stdout, svg);
    else {
      write(given.out, svg);
      say(io.stderr, `Drawn: ${given.out}`);
    }
    return 0;
  },
});

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (thrown) {
    throw new AppError("file_unwritable", `${file} cannot be written: ${messageOf(thrown)}`);
  }
}
