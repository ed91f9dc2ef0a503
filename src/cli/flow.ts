import { flowTest } from "./flow-test.ts";
import { defineGroup } from "./group.ts";

export const flow = defineGroup({
  name: "flow",
  summary: "Call flows as callers meet them.",
  parts: [flowTest],
  examples: ["hearback flow test fft"],
});
