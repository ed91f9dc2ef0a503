import { flowCall } from "./flow-call.ts";
import { flowTest } from "./flow-test.ts";
import { defineGroup } from "./group.ts";
import { lazyCommand } from "./lazy-command.ts";

const draw = lazyCommand({
  name: "draw",
  summary: "Draw a flow: each step with its first words, each way out as an arrow.",
  load: async () => (await import("./flow-draw.ts")).flowDraw,
});

const toFloip = lazyCommand({
  name: "export",
  summary: "Write a flow as another system reads it; a line for each thing that it has no place for.",
  load: async () => (await import("./flow-export.ts")).flowExport,
});
const fromFloip = lazyCommand({
  name: "import",
  summary: "Take flows over from another system, with the words of their prompts; then tell what is missing.",
  load: async () => (await import("./flow-import.ts")).flowImport,
});

/** It brings a telephone network with it. */
const walk = lazyCommand({
  name: "walk",
  summary: "Ring pretend callers on an Asterisk of its own until every branch was walked.",
  load: async () => (await import("./flow-walk.ts")).flowWalk,
});

export const flow = defineGroup({
  name: "flow",
  summary: "Call flows as callers meet them.",
  parts: [flowTest, flowCall, draw, walk, toFloip, fromFloip],
  examples: ["hearback flow test fft", "hearback flow draw fft --out fft.svg", "hearback flow walk"],
});
