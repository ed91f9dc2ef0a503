import type { Part } from "./part.ts";
import { capacity } from "./parts/capacity.ts";
import { cost } from "./parts/cost.ts";
import { growth } from "./parts/growth.ts";
import { latency } from "./parts/latency.ts";
import { scaleOut } from "./parts/scale-out.ts";
import { start } from "./parts/start.ts";
import { stories } from "./parts/stories.ts";

/** In the order in which they are made and told. */
export const parts: readonly Part[] = [cost, latency, capacity, growth, scaleOut, stories, start];
