import type { Moved } from "#release/ports.ts";
import { type Io, say } from "./command.ts";
import { defineCommand } from "./options.ts";
import { linesOfState, numberOf, refused, releaseNotes, withReleases } from "./release-desk.ts";

export const approve = defineCommand({
  name: "release approve",
  summary: "Give the canary to all new calls from now on, whatever its figures.",
  operands: ["N"],
  options: {},
  notes: `For campaigns too small for 200 calls: look at hearback release status first. ${releaseNotes}`,
  examples: ["hearback release approve 7"],
  run: ([word], _given, io) =>
    withReleases(io, async (desk, by) => {
      const number = numberOf(word!);
      return tell(io, await desk.approve(number, by));
    }),
});

export const rollback = defineCommand({
  name: "release rollback",
  summary: "Give new calls another release at once; calls that are going on keep theirs.",
  operands: ["[N]"],
  options: { reason: { value: "TEXT", help: "why; for those who read the list", required: true } },
  notes: `Without N: the canary ends, or, where there is none, the release that was live before comes back. ${releaseNotes}`,
  examples: ["hearback release rollback --reason 'people hang up in the greeting'"],
  run: ([word], given, io) =>
    withReleases(io, async (desk, by) => {
      const moved = await desk.rollback(word === undefined ? null : numberOf(word), given.reason, by);
      if (moved.kind === "done") for (const line of linesOfState(await desk.state())) say(io.stdout, line);
      return moved.kind === "done" ? 0 : refused(io, moved.because);
    }),
});

function tell(io: Io, moved: Moved): number {
  if (moved.kind === "refused") return refused(io, moved.because);
  say(io.stdout, `All new calls get release ${moved.live}.`);
  return 0;
}
