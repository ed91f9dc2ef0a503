import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { defineCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";

/** A minute of speech is 0.5 MB: a day of a thousand stories. */
const littleBytes = 2e9;
const hardlyBytes = 5e8;
const littleShare = 0.05;

export const disk = defineCheck({
  name: "disk",
  needs: ["storyFolder", "nodes"],
  run: async ({ storyFolder, nodes }) => {
    const folders = [storyFolder, ...nodes.map(({ soundsFolder }) => soundsFolder)];
    const found = await Promise.all(folders.map(look));
    // One disk is told once.
    return found.filter(({ id }, index) => found.findIndex((other) => other.id === id) === index).map(judge);
  },
});

interface Disk {
  id: string;
  folder: string;
  freeBytes: number;
  share: number;
}

async function look(wanted: string): Promise<Disk> {
  let folder = wanted;
  while (!existsSync(folder)) folder = dirname(folder);
  const { type, blocks, bavail, bsize, files } = await statfs(folder);
  return {
    ...{ id: `${type}-${blocks}-${files}`, folder: wanted },
    ...{ freeBytes: bavail * bsize, share: blocks > 0 ? bavail / blocks : 1 },
  };
}

/** Exported for its test: nobody fills a disk for one. */
export function judge({ folder, freeBytes, share }: Disk): Finding {
  const free = `${(freeBytes / 1e9).toFixed(1)} GB free (${Math.round(share * 100)} %) where ${folder} is`;
  const remedy = "make room, or move the folder to a larger disk";
  if (freeBytes < hardlyBytes) return fault(`${free}: stories would be lost`, remedy);
  return freeBytes < littleBytes || share < littleShare ? warning(free, remedy) : ok(free);
}
