import type { Part } from "./part.ts";
import { cost } from "./parts/cost.ts";
import { growth } from "./parts/growth.ts";
import { latency } from "./parts/latency.ts";

/** In the order in which they are made and told. */
export const parts: readonly Part[] = [cost, latency, growth];
