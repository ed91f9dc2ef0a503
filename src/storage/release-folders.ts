import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError, messageOf } from "#lib/errors.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { readPromptFolder } from "./prompt-folder.ts";
import type { ReadFile } from "./unchanged-files.ts";

/** Where telecoms staff keep what a release is made of. */
export interface ReleaseFolders {
  flowFolder: string;
  promptFolder: string;
  /** Asterisk's own files; null: they are not looked at. */
  asteriskFolder: string | null;
}

/** In one folder: as the repository has them, or as a release does (flows, prompts, asterisk). */
export function foldersBelow(folder: string): ReleaseFolders {
  const either = (name: string) =>
    existsSync(join(folder, "dialplans", name)) ? join(folder, "dialplans", name) : join(folder, name);
  const asteriskFolder = either("asterisk");
  return {
    flowFolder: either("flows"),
    promptFolder: join(folder, "prompts"),
    asteriskFolder: existsSync(asteriskFolder) ? asteriskFolder : null,
  };
}

/** Asterisk's files lie beside the flows, where they are kept together at all. */
export function withAsterisk(folders: Omit<ReleaseFolders, "asteriskFolder">): ReleaseFolders {
  const beside = join(dirname(folders.flowFolder), "asterisk");
  return { ...folders, asteriskFolder: existsSync(beside) ? beside : null };
}

/**
 * All files of a release, read afresh.
 * @throws AppError `flows_faulty`, `prompts_faulty`, `dialplans_faulty`: a folder cannot be read
 */
export function readReleaseFolders(
  { flowFolder, promptFolder, asteriskFolder }: ReleaseFolders,
  read: ReadFile = readFileSync,
): ReleaseFiles {
  const files = new Map<string, Uint8Array>();
  const take = (under: string, folder: string, ending: RegExp, unreadable: (why: string) => AppError) => {
    try {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted())
        if (ending.test(name)) files.set(`${under}/${name}`, read(join(folder, name)));
    } catch (thrown) {
      throw unreadable(messageOf(thrown));
    }
  };
  take("flows", flowFolder, /^[^/]+\.ya?ml$/i, (why) => {
    const text = `The call flows cannot be read: ${why}. HEARBACK_FLOW_FOLDER names their folder.`;
    return new AppError("flows_faulty", text);
  });
  for (const [path, bytes] of readPromptFolder(promptFolder, read)) files.set(path, bytes);
  if (asteriskFolder !== null)
    take("asterisk", asteriskFolder, /\.(conf|ael|lua)$/, (why) => {
      return new AppError("dialplans_faulty", `Asterisk's files cannot be read: ${why}.`);
    });
  return files;
}

/** "flows/fft.yaml" as the file that was read. */
export function fileBehind(path: string, folders: ReleaseFolders): string {
  const [first = "", ...rest] = path.split("/");
  const folder = {
    flows: folders.flowFolder,
    prompts: folders.promptFolder,
    asterisk: folders.asteriskFolder,
  }[first];
  return folder ? join(folder, ...rest) : path;
}
