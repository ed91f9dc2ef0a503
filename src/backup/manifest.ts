import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { AppError } from "#lib/errors.ts";
import type { Counters } from "#postgres/table-copy.ts";

/** What lies in a backup's folder. Written last: a folder without it is a backup that was not finished. */
export interface Manifest {
  format: 1;
  madeAt: string;
  schema: string[];
  /** Something encrypted with the data key, in hex; the key itself is never in a backup. */
  keyProof: string;
  /** Those that wrap the stories' keys, each with something wrapped by it, in hex. */
  masterKeys: { keyId: string; proof: string }[];
  counters: Counters;
  tables: { name: string; rows: number; sha256: string }[];
  stories: { key: string; bytes: number; sha256: string }[];
}

export const manifestFile = (folder: string) => join(folder, "manifest.json");
export const tableFile = (folder: string, name: string) => join(folder, "tables", `${name}.ndjson`);
export const storyFile = (folder: string, key: string) => join(folder, "stories", key);

/** @throws AppError `backup_unreadable` */
export function readManifest(folder: string): Manifest {
  const text = (() => {
    try {
      return readFileSync(manifestFile(folder), "utf8");
    } catch {
      return "{}";
    }
  })();
  const manifest = JSON.parse(text) as Partial<Manifest>;
  if (manifest.format === 1) return manifest as Manifest;
  throw new AppError(
    "backup_unreadable",
    `${folder} holds no finished backup of a kind that this version knows.`,
  );
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Counts lines and hashes them as they pass. */
export function tally() {
  const hash = createHash("sha256");
  let count = 0;
  return {
    async *of(lines: AsyncIterable<string>): AsyncGenerator<string> {
      for await (const line of lines) {
        hash.update(`${line}\n`);
        count++;
        yield line;
      }
    },
    result: () => ({ rows: count, sha256: hash.digest("hex") }),
  };
}

/** Not by node:readline, for which U+2028 ends a line too: in what a patient said it does not. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of createReadStream(path, { encoding: "utf8" })) {
    const lines = (rest + String(piece)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
