/** A process of its own that lets a machine say a draft's prompts: at the lowest priority, and gone with who began it. */
import { setPriority } from "node:os";
import { systemClock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { FileChanges } from "#prompts/accept-sound.ts";
import { readManifest } from "#prompts/manifest.ts";
import type { StandInAnswer, StandInOrder, StandInsSaid } from "#prompts/stand-in-jobs.ts";
import { promptStates } from "#prompts/states.ts";
import { hashOf } from "#release/files.ts";
import { repositoryFile } from "../repository.ts";
import { makeStandIns } from "./stand-ins.ts";

setPriority(19);
process.once("disconnect", () => process.exit());
process.once("message", async (order: StandInOrder) => {
  const answer = await answerTo(order);
  process.send?.(answer, undefined, {}, () => process.exit());
});

const answerTo = (order: StandInOrder): Promise<StandInAnswer> =>
  say(order).then(
    (said): StandInAnswer => ({ kind: "said", said }),
    (thrown): StandInAnswer => ({ kind: "trouble", problem: messageOf(thrown) }),
  );

/** Those that have no sound, or whose words changed since a machine said them. */
async function say({ files, language }: StandInOrder): Promise<StandInsSaid> {
  const { manifest } = readManifest(files);
  if (!manifest) throw new Error("the draft's list of words cannot be read");
  let changes: FileChanges = new Map();
  const shelf = {
    files: () => files,
    write: (written: FileChanges) => {
      changes = written;
    },
  };
  const { made, leftAlone } = await makeStandIns(shelf, manifest, {
    ...{ language, ids: [...manifest.prompts.keys()], again: false, wide: false, at: systemClock.now() },
    // As with walks: what an instance runs is put there by whoever runs it, and never fetched by a page's button.
    ...{ voiceFolder: repositoryFile(".hearback/voices"), mayDownload: false },
  });
  const hashAt = (path: string) => {
    const bytes = files.get(path);
    return bytes ? hashOf(bytes) : null;
  };
  const states = promptStates(files, manifest, hashAt).get(language);
  const changed = leftAlone.filter((id) => states?.get(id)?.kind === "changed");
  return { changes, made: Object.keys(made), leftAlone: changed };
}
