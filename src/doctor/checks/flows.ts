import { defineCheck } from "#doctor/check.ts";
import { findingsOf } from "#doctor/release-findings.ts";
import { readFlows } from "#flow/check/check-flows.ts";
import { readReleaseFolders } from "#storage/release-folders.ts";

export const flows = defineCheck({
  name: "flows",
  needs: ["promptFolder", "flowFolder"],
  run: ({ promptFolder, flowFolder }) => {
    const folders = { promptFolder, flowFolder, asteriskFolder: null };
    const { flows, faults } = readFlows(readReleaseFolders(folders));
    const names = [...flows.keys()].join(", ");
    return findingsOf(faults, folders, `${names}: every step, and every prompt they name, is there`);
  },
});
