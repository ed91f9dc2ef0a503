import type { Fault } from "#lib/fault.ts";
import { fileBehind, type ReleaseFolders } from "#storage/release-folders.ts";
import { type Finding, fault, ok, warning } from "./check.ts";

/** What `hearback check` finds, as doctor tells it; with no fault among it, first what is well. */
export function findingsOf(faults: readonly Fault[], folders: ReleaseFolders, well: string): Finding[] {
  const found = faults.map(({ file, line, column, level, what, instead }) => {
    const place = [fileBehind(file, folders), ...(line > 0 ? [line, column] : [])].join(":");
    return (level === "fault" ? fault : warning)(`${place}: ${what}`, instead);
  });
  return found.some(({ level }) => level === "fault") ? found : [ok(well), ...found];
}
