/** The options of the rehearsal's long checks: help on `--help`, and one line with status 2 for whatever is wrong. */
import { parseArgs } from "node:util";

interface Option {
  help: string;
  /** Absent: not given unless somebody gives it. */
  default?: string;
  /** What it is; a flag has no value. */
  is: "number" | "text" | "flag";
}
type Options = Record<string, Option>;
type Given<O extends Options> = {
  [K in keyof O]: O[K]["is"] extends "flag"
    ? boolean
    : (O[K]["is"] extends "number" ? number : string) | (O[K] extends { default: string } ? never : null);
};

export interface CommandLine<O extends Options> {
  /** As it is typed: `npm run chaos`. */
  name: string;
  about: string;
  options: O;
}

/** @returns the options; ends the process itself where help was asked for (0), or an option is wrong (2) */
export function readCommandLine<O extends Options>(line: CommandLine<O>, argv: readonly string[]): Given<O> {
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(helpOf(line));
    process.exit(0);
  }
  try {
    return given(line.options, argv);
  } catch (thrown) {
    const [problem] = (thrown as Error).message.split("\n");
    process.stderr.write(`${line.name}: ${problem} (${line.name} -- --help tells the options)\n`);
    process.exit(2);
  }
}

function given<O extends Options>(options: O, argv: readonly string[]): Given<O> {
  const named = Object.entries(options);
  const { values } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      named.map(([name, { is }]) => [
        name,
        { type: is === "flag" ? ("boolean" as const) : ("string" as const) },
      ]),
    ),
  });
  const read = ([name, option]: [string, Option]) => {
    const value = values[name] ?? option.default ?? null;
    if (option.is === "flag") return [name, value === true];
    if (value === null || option.is === "text") return [name, value];
    if (typeof value === "string" && /^\d+(\.\d+)?$/.test(value)) return [name, Number(value)];
    throw new Error(`--${name} is a number, not "${value}"`);
  };
  return Object.fromEntries(named.map(read)) as Given<O>;
}

function helpOf<O extends Options>({ name, about, options }: CommandLine<O>): string {
  const rows = Object.entries(options).map(([option, { is, help, default: usual }]) => {
    const value = is === "number" ? " N" : is === "text" ? " TEXT" : "";
    return [`--${option}${value}`, usual === undefined ? help : `${help} (${usual})`] as const;
  });
  const width = Math.max(...rows.map(([option]) => option.length));
  const lines = rows.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`);
  return `${about}\n\n${name} -- [options]\n\n${lines.join("\n")}\n`;
}
