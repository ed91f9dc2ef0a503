/** The folder of the recordings as a disk of its own, which can be filled; or, where none can be mounted, not at all. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "#rehearsal/run-program.ts";
import { giveToRunUser } from "#rehearsal/run-user.ts";

export interface SmallDisk {
  /** Nothing more can be written to it. */
  fill(): void;
  clear(): void;
  /** @param keepIn a folder for what lies on it; null: it goes */
  unmount(keepIn?: string | null): Promise<void>;
}

const sizeMb = 96;
const source = "hearback-chaos";
const block = Buffer.alloc(1 << 20);

/** @returns null where this user may not mount */
export async function mountSmallDisk(folder: string): Promise<SmallDisk | null> {
  mkdirSync(folder, { recursive: true });
  const command = ["mount", "-t", "tmpfs", "-o", `size=${sizeMb}m,mode=0700`, source, folder];
  const mounted = await runProgram(command).catch(() => null);
  if (mounted?.status !== 0) return null;
  giveToRunUser(folder);
  const inside = join(folder, ".filler");
  const clear = () => rmSync(inside, { force: true });
  return {
    fill: () => {
      for (let bytes = block; bytes.length > 0; ) {
        try {
          writeFileSync(inside, bytes, { flag: "a" });
        } catch {
          bytes = bytes.subarray(0, bytes.length >> 1);
        }
      }
    },
    clear,
    unmount: async (keepIn = null) => {
      clear();
      if (keepIn) cpSync(folder, keepIn, { recursive: true });
      await runProgram(["umount", "-l", folder]);
    },
  };
}

/** Those below this folder, mounted by a run that was killed: they hold memory, and keep their folder from going. */
export async function unmountSmallDisks(below: string): Promise<void> {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  for (const [what, where = ""] of mounts.map((line) => line.split(" "))) {
    // As the kernel writes a space in a path.
    const folder = where.replaceAll("\\040", " ");
    if (what === source && folder.startsWith(`${below}/`)) await runProgram(["umount", "-l", folder]);
  }
}
