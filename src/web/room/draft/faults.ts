import { type Fault, tellFault } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { countOf } from "../british.ts";
import { type Mending, mendingOf } from "./addresses.ts";

/** A fault as pages show it, in sentences, with the way to where it is mended. */
export interface ShownFault extends Pick<Fault, "level" | "what" | "instead" | "line" | "column" | "rule"> {
  at: Mending;
  /** As commands tell it. */
  told: string;
}

/** With a capital and a full stop, where it has none of its own. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;

export const shownFault = (fault: Fault, files: ReleaseFiles): ShownFault => ({
  ...fault,
  what: sentence(fault.what),
  instead: sentence(fault.instead),
  at: mendingOf(fault, files),
  told: tellFault(fault),
});

/** "1 fault. It can be saved, and not published." */
export function tellCount(faults: readonly { level: Fault["level"] }[], of: string): string {
  const count = (level: Fault["level"]) => faults.filter((fault) => fault.level === level).length;
  const warnings = count("warning") === 0 ? "" : ` ${countOf(count("warning"), "warning")}.`;
  if (count("fault") === 0) return `No fault was found in this ${of}.${warnings}`;
  return `${countOf(count("fault"), "fault")}. It can be saved, and not published.${warnings}`;
}

/** Those of one file, and those of others that are looked at together with it. */
export function faultsBeside(faults: readonly Fault[], path: string, files: ReleaseFiles) {
  const shown = (of: readonly Fault[]) => of.map((fault) => shownFault(fault, files));
  const own = faults.filter(({ file }) => file === path);
  return {
    status: tellCount(own, path.endsWith(".test.yaml") || !path.startsWith("flows/") ? "file" : "flow"),
    faults: shown(own),
    elsewhere: shown(faults.filter(({ file }) => file !== path)),
  };
}
