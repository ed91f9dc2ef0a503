import { flowTest } from "./flow-test.ts";
import { defineGroup } from "./group.ts";
import { lazyCommand } from "./lazy-command.ts";

const draw = lazyCommand({
  name: "draw",
  summary: "Draw a flow: each step with its first words, each way out as an arrow.",
  load: async () => (await import("./flow-draw.ts")).flowDraw,
});

export const flow = defineGroup({
  name: "flow",
  summary: "Call flows as callers meet them.",
  parts: [flowTest, draw],
  examples: ["hearback flow test fft", "hearback flow draw fft --out fft.svg"],
});
