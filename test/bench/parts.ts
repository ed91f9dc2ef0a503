import type { Part } from "./part.ts";
import { growth } from "./parts/growth.ts";

/** In the order in which they are made and told. */
export const parts: readonly Part[] = [growth];
