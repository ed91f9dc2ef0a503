import type { Command } from "./command.ts";

interface LazyCommand {
  name: string;
  summary: string;
  load(): Promise<Command>;
}

/** A command whose file is loaded only when it runs. */
export const lazyCommand = ({ name, summary, load }: LazyCommand): Command => ({
  name,
  summary,
  usage: `Usage: hearback ${name} --help`,
  run: async (args, io) => (await load()).run(args, io),
});
