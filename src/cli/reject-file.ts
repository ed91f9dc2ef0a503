import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import type { RejectFile } from "#campaign/rejects.ts";
import { UsageError } from "./command.ts";

/** Bad rows of a list, in a file that only its owner may read; made with the first of them. */
export function createRejectFile(path: string, list: string) {
  if (resolve(path) === resolve(list))
    throw new UsageError("--rejects must be another file than the list itself");
  let file: FileHandle | null = null;
  return {
    write: async (text: string): Promise<void> => {
      file ??= await open(path, "w", 0o600);
      await file.write(text);
    },
    /** Null where there was nothing to write. */
    writtenTo: (): string | null => (file ? path : null),
    close: async (): Promise<void> => {
      await file?.close();
    },
  } satisfies RejectFile & Record<string, unknown>;
}
