import { defineCheck } from "#doctor/check.ts";
import { findingsOf } from "#doctor/release-findings.ts";
import { checkPrompts } from "#prompts/check-prompts.ts";
import { readReleaseFolders } from "#storage/release-folders.ts";

export const prompts = defineCheck({
  name: "prompts",
  needs: ["promptFolder", "flowFolder"],
  run: ({ promptFolder, flowFolder }) => {
    const folders = { promptFolder, flowFolder, asteriskFolder: null };
    const files = readReleaseFolders(folders);
    const sounds = [...files.keys()].filter((file) => file.endsWith(".wav")).length;
    // A language that waits for its reviewer is no fault of this installation: a campaign in it cannot be started.
    const faults = checkPrompts(files).filter(({ rule }) => rule !== "stand-in-unapproved");
    return findingsOf(faults, folders, `${sounds} sounds of prompts, all fit for a telephone`);
  },
});
