import { nearest } from "#lib/nearest.ts";
import { create } from "./campaign-create.ts";
import { pause, start, stop } from "./campaign-moves.ts";
import { status } from "./campaign-status.ts";
import { type Command, say, UsageError } from "./command.ts";
import { columns } from "./options.ts";

const parts: Command[] = [create, start, pause, stop, status];

const usage = [
  "Usage: hearback campaign COMMAND [options]",
  "",
  "Make campaigns, start and stop them, and see how they stand.",
  "",
  "Commands:",
  ...columns(parts.map(({ name, summary }) => [name, summary])),
  "",
  "hearback campaign COMMAND --help tells more of each.",
  "",
  "Example:",
  "  hearback campaign status outpatients-may",
].join("\n");

export const campaign: Command = {
  name: "campaign",
  summary: "Make campaigns, start and stop them, and see how they stand.",
  usage,
  run: async ([word, ...rest], io) => {
    if (word === "--help" || word === "-h") {
      say(io.stdout, usage);
      return 0;
    }
    const names = parts.map(({ name }) => name);
    if (word === undefined) throw new UsageError(`hearback campaign needs one of: ${names.join(", ")}`);
    const part = parts.find(({ name }) => name === word);
    if (part) return part.run(rest, io);
    const meant = nearest(word, names);
    const hint = meant ? `did you mean ${meant}?` : `there are: ${names.join(", ")}`;
    throw new UsageError(`hearback campaign has no command "${word}"; ${hint}`);
  },
};
