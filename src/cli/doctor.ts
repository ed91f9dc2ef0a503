import { allChecks } from "#doctor/checks.ts";
import { runChecks } from "#doctor/run-checks.ts";
import { asJson, asLines, countOf } from "#doctor/tell.ts";
import { systemClock } from "#lib/clock.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";

export const doctor = defineCommand({
  name: "doctor",
  summary: "Look whether everything is right for ringing patients; changes nothing, rings nobody.",
  options: { json: { help: "for a program: one object with every finding" } },
  notes: [
    "Reads the same HEARBACK_... settings as serve, and takes a minute at most.",
    "Status 0: no fault (there may be warnings). Status 1: at least one fault, each with what to do about it.",
  ].join("\n"),
  examples: ["hearback doctor", "hearback doctor --json | jq '.findings[] | select(.level != \"ok\")'"],
  run: async (_operands, given, io) => {
    const checked = await runChecks(allChecks(io.env), {
      env: io.env,
      clock: systemClock,
      signal: io.signal,
    });
    for (const line of given.json ? [asJson(checked)] : asLines(checked)) say(io.stdout, line);
    return countOf(checked, "fault") > 0 ? 1 : 0;
  },
});
