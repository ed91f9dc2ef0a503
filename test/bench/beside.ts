/** What the README has beside the results. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Beside } from "./readme.ts";

/** @param folder test/bench */
export function readBeside(folder: string): Beside {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  return { bounds: read("bounds.json").aCall, profiles: read("profiles.json") };
}
