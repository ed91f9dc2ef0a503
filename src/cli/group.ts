import { nearest } from "#lib/nearest.ts";
import { type Command, say, UsageError } from "./command.ts";
import { columns } from "./options.ts";

export interface GroupSpec {
  name: string;
  summary: string;
  parts: readonly Command[];
  examples: readonly string[];
}

/** A command that is a family of commands, such as `hearback visit hold`. */
export function defineGroup({ name, summary, parts, examples }: GroupSpec): Command {
  const usage = [
    `Usage: hearback ${name} COMMAND [options]`,
    "",
    summary,
    "",
    "Commands:",
    ...columns(parts.map((part) => [part.name, part.summary])),
    "",
    `hearback ${name} COMMAND --help tells more of each.`,
    "",
    examples.length > 1 ? "Examples:" : "Example:",
    ...examples.map((example) => `  ${example}`),
  ].join("\n");
  return {
    ...{ name, summary, usage },
    run: async ([word, ...rest], io) => {
      if (word === "--help" || word === "-h") {
        say(io.stdout, usage);
        return 0;
      }
      const names = parts.map((part) => part.name);
      if (word === undefined) throw new UsageError(`hearback ${name} needs one of: ${names.join(", ")}`);
      const part = parts.find((candidate) => candidate.name === word);
      if (part) return part.run(rest, io);
      const meant = nearest(word, names);
      const hint = meant ? `did you mean ${meant}?` : `there are: ${names.join(", ")}`;
      throw new UsageError(`hearback ${name} has no command "${word}"; ${hint}`);
    },
  };
}
