import { flowTest } from "./flow-test.ts";
import { defineGroup } from "./group.ts";
import { lazyCommand } from "./lazy-command.ts";

const draw = lazyCommand({
  name: "draw",
  summary: "Draw a flow: each step with its first words, each way out as an arrow.",
  load: async () => (await import("./flow-draw.ts")).flowDraw,
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
  parts: [flowTest, draw, walk],
  examples: ["hearback flow test fft", "hearback flow draw fft --out fft.svg", "hearback flow walk"],
});
