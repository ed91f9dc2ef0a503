import { parseArgs } from "node:util";
import { nearest } from "#lib/nearest.ts";
import { type Command, type Io, say, UsageError } from "./command.ts";

interface Option {
  /** Stands for its value in the help, e.g. "NAME"; without it the option is a switch. */
  value?: string;
  help: string;
  required?: true;
  /** May be given more than once; values may also be joined by commas. */
  many?: true;
  /** With `many`: a comma is part of the value. */
  whole?: true;
}

type Options = Record<string, Option>;

type ValueOf<O extends Option> = O extends { value: string }
  ? O extends { many: true }
    ? string[]
    : O extends { required: true }
      ? string
      : string | undefined
  : boolean;

/** What was given, by the option's name. */
export type Given<O extends Options> = { [K in keyof O]: ValueOf<O[K]> };

export interface CommandSpec<O extends Options> {
  /** As typed after `hearback`, e.g. "campaign create". */
  name: string;
  summary: string;
  /** What stands there without a "--", e.g. ["FILE.csv"]; one in brackets may be left out, "[FLOW...]" may be many. */
  operands?: string[];
  options: O;
  /** More to know, below the options. */
  notes?: string;
  examples: string[];
  run(operands: string[], given: Given<O>, io: Io): Promise<number>;
}

const HELP: Option = { help: "show this" };

/** A command that reads its own arguments and tells its own help. */
export function defineCommand<const O extends Options>(spec: CommandSpec<O>): Command {
  const usage = helpText(spec);
  return {
    name: spec.name.split(" ").at(-1)!,
    summary: spec.summary,
    usage,
    run: async (args, io) => {
      const { operands, values } = readArgs(spec, args);
      if (values.help) {
        say(io.stdout, usage);
        return 0;
      }
      demandAll(spec, operands, values);
      const many = Object.entries(spec.options).filter(([, { many }]) => many);
      for (const [name] of many) values[name] ??= [];
      return spec.run(operands, values as Given<O>, io);
    },
  };
}

type Values = Record<string, string | string[] | boolean | undefined>;

function readArgs(spec: CommandSpec<Options>, args: string[]): { operands: string[]; values: Values } {
  const options: Options = { ...spec.options, help: HELP };
  const parsed = parseArgs({
    args,
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries([
      ...Object.entries(options).map(([name, { value }]) => [
        name,
        { type: value ? "string" : "boolean" } as const,
      ]),
      ["help", { type: "boolean", short: "h" } as const],
    ]),
  });
  const values: Values = {};
  for (const token of parsed.tokens) {
    if (token.kind === "option") take(spec, options, token, values);
  }
  return { operands: parsed.positionals, values };
}

interface OptionToken {
  name: string;
  rawName: string;
  value: string | undefined;
}

function take(spec: CommandSpec<Options>, options: Options, token: OptionToken, values: Values): void {
  const { name, rawName, value } = token;
  const option = options[name];
  if (!option) {
    const meant = nearest(name, Object.keys(options));
    const hint = meant ? `; did you mean --${meant}?` : "";
    throw new UsageError(`hearback ${spec.name} has no option ${rawName}${hint}`);
  }
  if (!option.value) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    values[name] = true;
  } else if (value === undefined || value === "" || (value.startsWith("--") && value.length > 2)) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`);
  } else if (option.many) {
    const listed = option.whole ? [value] : value.split(",").map((part) => part.trim());
    values[name] = [
      ...((values[name] as string[] | undefined) ?? []),
      ...listed.filter((part) => part !== ""),
    ];
  } else if (values[name] !== undefined) {
    throw new UsageError(`${rawName} is given twice`);
  } else {
    values[name] = value;
  }
}

function demandAll(spec: CommandSpec<Options>, operands: string[], values: Values): void {
  const wanted = spec.operands ?? [];
  const missing = wanted.slice(operands.length).filter((name) => !name.startsWith("["));
  const lacking = Object.entries(spec.options)
    .filter(([name, { required }]) => required && values[name] === undefined)
    .map(([name, { value }]) => `--${name} ${value}`);
  const all = [...missing, ...lacking];
  if (all.length > 0) throw new UsageError(`hearback ${spec.name} needs ${all.join(" and ")}`);
  const stray = wanted.at(-1)?.endsWith("...]") ? undefined : operands[wanted.length];
  if (stray !== undefined) throw new UsageError(`hearback ${spec.name} has no use for "${stray}"`);
}

function helpText(spec: CommandSpec<Options>): string {
  const required = Object.entries(spec.options).filter(([, option]) => option.required);
  const words = [
    "hearback",
    spec.name,
    ...(spec.operands ?? []),
    ...required.map(([name, { value }]) => `--${name} ${value}`),
    "[options]",
  ];
  const options = Object.entries({ ...spec.options, help: HELP }).map(
    ([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ""}`, help] as const,
  );
  return [
    `Usage: ${words.join(" ")}`,
    "",
    spec.summary,
    "",
    "Options:",
    ...columns(options),
    ...(spec.notes ? ["", spec.notes] : []),
    "",
    spec.examples.length > 1 ? "Examples:" : "Example:",
    ...spec.examples.map((example) => `  ${example}`),
  ].join("\n");
}

/** Two columns, the first as wide as it must be. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`);
}

/** @throws UsageError unless it is a number of at least `least` */
export function readNumber(option: string, raw: string, least: number, whole = true): number {
  const value = Number(raw);
  if (!/^\d+(\.\d+)?$/.test(raw) || value < least || (whole && !Number.isInteger(value)))
    throw new UsageError(`${option} ${raw} is not a ${whole ? "whole " : ""}number of at least ${least}`);
  return value;
}
