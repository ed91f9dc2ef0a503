import type { Command } from "./command.ts";

/** A command whose file is loaded when it runs; the file exports it under the command's name. */
export function lazyCommand({
  name,
  summary,
  file,
}: {
  name: string;
  summary: string;
  file: string;
}): Command {
  const load = async (): Promise<Command> => (await import(file))[name];
  return {
    name,
    summary,
    usage: `hearback ${name} --help`,
    run: async (args, io) => (await load()).run(args, io),
  };
}
