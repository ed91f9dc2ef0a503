import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defineCheck, fault, ok } from "#doctor/check.ts";
import { newName } from "#lib/ids.ts";
import { createLocalStore } from "#storage/local-disk.ts";

export const storyStore = defineCheck({
  name: "stories",
  needs: ["storyFolder"],
  run: async ({ storyFolder }) => {
    if (!existsSync(storyFolder)) return [notYet(storyFolder)];
    const store = await createLocalStore(storyFolder);
    const key = `${newName("doctor")}.wav`;
    const bytes = randomBytes(8_192);
    try {
      await store.put(key, bytes);
      if (!(await store.read(key)).equals(bytes))
        return [
          fault(
            `what was written to ${storyFolder} came back otherwise`,
            "check that disk before anything else",
          ),
        ];
      return [ok(`${storyFolder}: written, read back and removed again`)];
    } finally {
      await store.remove(key);
      // The folder of its first letters, where no story shares it.
      await rmdir(join(storyFolder, key.slice(0, 2))).catch(() => {});
    }
  },
});

function notYet(folder: string) {
  let above = dirname(folder);
  while (!existsSync(above)) above = dirname(above);
  try {
    accessSync(above, constants.W_OK);
    return ok(`${folder} is not there yet: serve makes it when it starts`);
  } catch {
    return fault(
      `${folder} is not there, and this user may not make it`,
      `make it, for this user alone (mode 0700)`,
    );
  }
}
