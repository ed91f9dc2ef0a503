/** The folder of the recordings as a disk of its own, which can be filled; or, where none can be mounted, not at all. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "#rehearsal/run-program.ts";
import { giveToRunUser } from "#rehearsal/run-user.ts";

export interface SmallDisk {
  /** Nothing more can be written to it. */
  fill(): void;
  clear(): void;
  unmount(): Promise<void>;
}

const sizeMb = 96;
const block = Buffer.alloc(1 << 20);

/** @returns null where this user may not mount */
export async function mountSmallDisk(folder: string): Promise<SmallDisk | null> {
  mkdirSync(folder, { recursive: true });
  const command = ["mount", "-t", "tmpfs", "-o", `size=${sizeMb}m,mode=0700`, "hearback-chaos", folder];
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
    unmount: async () => void (await runProgram(["umount", "-l", folder])),
  };
}
