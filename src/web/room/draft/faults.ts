import { type Fault, tellFault } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
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

/** Those of one file, and those of others that are looked at together with it. */
export function faultsBeside(faults: readonly Fault[], path: string, files: ReleaseFiles) {
  const shown = (of: readonly Fault[]) => of.map((fault) => shownFault(fault, files));
  return {
    faults: shown(faults.filter(({ file }) => file === path)),
    elsewhere: shown(faults.filter(({ file }) => file !== path)),
  };
}
