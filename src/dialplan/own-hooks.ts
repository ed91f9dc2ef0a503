/** Whether calls would go through other hooks of the dialplan than those that Hearback came with. */
import { readFileSync } from "node:fs";
import { hashOf } from "#release/files.ts";

export const hooksPath = "asterisk/hooks.conf";
const shipped = new URL(`../../dialplans/${hooksPath}`, import.meta.url);

/** @param hash of the hooks of a release; absent: it has none of its own */
export const areOwnHooks = (hash: string | undefined): boolean =>
  hash !== undefined && hash !== hashOf(readFileSync(shipped));
