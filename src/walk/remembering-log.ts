import type { CallLog, CallStep, NewPart } from "#call/ports.ts";

/** Keeps what a call log is told, in order, and nothing beyond the walk. */
export class RememberingLog implements CallLog {
  readonly steps: CallStep[] = [];
  readonly parts: NewPart[] = [];
  begin = async () => {};
  keep: CallLog["keep"] = async (step) => void this.steps.push(structuredClone(step));
  partBegun = async (part: NewPart) => void this.parts.push(part);
  readonly partsEnded: string[] = [];
  partEnded: CallLog["partEnded"] = async ({ name }) => void this.partsEnded.push(name);
  end = async () => {};
}
