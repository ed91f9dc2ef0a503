import { defineCheck, fault, ok, warning } from "#doctor/check.ts";
import { readFlows } from "#flow/check/check-flows.ts";
import { fileBehind, readReleaseFolders } from "#storage/release-folders.ts";

export const flows = defineCheck({
  name: "flows",
  needs: ["promptFolder", "flowFolder"],
  run: ({ promptFolder, flowFolder }) => {
    const folders = { promptFolder, flowFolder, asteriskFolder: null };
    const { flows, faults } = readFlows(readReleaseFolders(folders));
    const found = faults.map(({ file, line, column, level, what, instead }) => {
      const place = `${fileBehind(file, folders)}:${line}:${column}`;
      return (level === "fault" ? fault : warning)(`${place}: ${what}`, instead);
    });
    if (found.some(({ level }) => level === "fault")) return found;
    return [
      ok(`${[...flows.keys()].join(", ")}: every step, and every prompt they name, is there`),
      ...found,
    ];
  },
});
