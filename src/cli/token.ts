import { nearest } from "#lib/nearest.ts";
import { type Command, say, UsageError } from "./command.ts";
import { columns } from "./options.ts";
import { create } from "./token-create.ts";
import { list, revoke } from "./token-list.ts";

const parts: Command[] = [create, list, revoke];

const usage = [
  "Usage: hearback token COMMAND [options]",
  "",
  "Make, list and revoke the tokens by which other systems use the HTTP API.",
  "",
  "Commands:",
  ...columns(parts.map(({ name, summary }) => [name, summary])),
  "",
  "hearback token COMMAND --help tells more of each.",
  "",
  "Example:",
  "  hearback token create results-warehouse --scope read:results,read:recordings",
].join("\n");

export const token: Command = {
  name: "token",
  summary: "Make, list and revoke the tokens by which other systems use the HTTP API.",
  usage,
  run: async ([word, ...rest], io) => {
    if (word === "--help" || word === "-h") {
      say(io.stdout, usage);
      return 0;
    }
    const names = parts.map(({ name }) => name);
    if (word === undefined) throw new UsageError(`hearback token needs one of: ${names.join(", ")}`);
    const part = parts.find(({ name }) => name === word);
    if (part) return part.run(rest, io);
    const meant = nearest(word, names);
    const hint = meant ? `did you mean ${meant}?` : `there are: ${names.join(", ")}`;
    throw new UsageError(`hearback token has no command "${word}"; ${hint}`);
  },
};
