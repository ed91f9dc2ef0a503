import { readPhone } from "#campaign/phone-number.ts";
import { UsageError } from "./command.ts";

/** What was given with --allow-number, as E.164. */
export const readAllowed = (given: readonly string[]): string[] =>
  given.map((text) => {
    const reading = readPhone(text);
    if (reading.kind === "number") return reading.e164;
    throw new UsageError(`--allow-number: ${reading.fault}; ${reading.remedy}`);
  });
