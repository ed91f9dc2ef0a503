/** What is wrong in a flow file's shape: words that no step knows, fields that are missing or hold the wrong thing. */
import type { z } from "zod";
import type { Fault } from "#lib/fault.ts";
import { nearest } from "#lib/nearest.ts";
import type { Path, YamlSource } from "#lib/yaml-source.ts";
import { type Flow, flowSchema } from "../definition.ts";
import { fieldsAt, kindsAt } from "./schema-fields.ts";

type Issue = z.core.$ZodIssue;
type Shaped = { flow: Omit<Flow, "version">; faults: [] } | { flow: null; faults: Fault[] };

/** Faults: `unknown-field`, `unknown-kind`, `missing-field`, `no-opt-out`, `no-repeat`, `wrong-value`. */
export function readShape(source: YamlSource): Shaped {
  const parsed = flowSchema.safeParse(source.value);
  if (parsed.success) return { flow: parsed.data, faults: [] };
  return { flow: null, faults: parsed.error.issues.flatMap((issue) => faultsOf(issue, source)) };
}

function faultsOf(issue: Issue, source: YamlSource): Fault[] {
  const path = issue.path as Path;
  const fault = (rule: string, path: Path, at: "key" | "value", what: string, instead: string): Fault => ({
    ...source.at(path, at),
    ...{ rule, level: "fault", what, instead },
  });
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const fields = fieldsAt(path, source.value);
      const meant = nearest(key, fields);
      const what = `${placeName(path)} has no field "${key}"`;
      const instead = meant ? `did you mean ${meant}?` : `write one of: ${fields.join(", ")}`;
      return fault("unknown-field", [...path, key], "key", what, instead);
    });
  const value = valueAt(source.value, path);
  const last = path.at(-1);
  if (value === undefined) {
    const absent = absentFault(path);
    return [fault(absent.rule, path, "key", absent.what, absent.instead)];
  }
  if (last === "kind") {
    const kinds = kindsAt(path.slice(0, -1));
    const meant = nearest(String(value), kinds);
    const instead = meant ? `did you mean ${meant}?` : `write one of: ${kinds.join(", ")}`;
    return [fault("unknown-kind", path, "value", `there is no kind of step "${String(value)}"`, instead)];
  }
  const { what, instead } = wrongValue(issue, path, value);
  return [fault("wrong-value", path, "value", what, instead)];
}

function absentFault(path: Path): { rule: string; what: string; instead: string } {
  const field = path.join(".");
  const what = `${placeName(path.slice(0, -1))} has no "${String(path.at(-1))}"`;
  if (/^everywhere(\.optOut(\.\w+)?)?$/.test(field))
    return { rule: "no-opt-out", what, instead: 'add everywhere: optOut: { key: "9", next: STEP }' };
  if (field === "everywhere.repeat")
    return { rule: "no-repeat", what: `${what}: nobody can hear anything again`, instead: 'add repeat: "*"' };
  return { rule: "missing-field", what, instead: `add ${String(path.at(-1))}:` };
}

function wrongValue(issue: Issue, path: Path, value: unknown): { what: string; instead: string } {
  const shown = typeof value === "object" ? "this" : JSON.stringify(value);
  const field = [...path].reverse().find((part) => typeof part === "string") ?? "the file";
  const what = `${shown} cannot stand in ${String(field)}`;
  switch (issue.code) {
    case "invalid_value": {
      const words = issue.values.map(String);
      const meant = nearest(String(value), words);
      return { what, instead: meant ? `did you mean ${meant}?` : `write one of: ${words.join(", ")}` };
    }
    case "invalid_union": {
      const words = wordsAmong(issue.errors.flat());
      if (typeof value === "string" && words.length > 0) {
        const meant = nearest(value, words);
        return { what, instead: meant ? `did you mean ${meant}?` : `write one of: ${words.join(", ")}` };
      }
      return {
        what: `${shown} is nothing that can be said`,
        instead: "write a prompt's id, or something like { pauseMs: 500 } or { campaign: spokenName }",
      };
    }
    case "too_small":
      return { what, instead: `write ${String(issue.minimum)} or more${unitOf(field)}` };
    case "too_big":
      return { what, instead: `write ${String(issue.maximum)} or less${unitOf(field)}` };
    case "invalid_type":
      return { what, instead: `write ${named(issue.expected)}${quoted(issue.expected, value)}` };
    default:
      return { what, instead: `write ${issue.message}${/[“”‘’]/.test(shown) ? " of the plain kind" : ""}` };
  }
}

/** Who writes 6 for six seconds is told. */
const unitOf = (field: string | number): string =>
  String(field).endsWith("Ms") ? ": it is in milliseconds, and one second is 1000" : "";

/** Where one of several words would do, beside other things. */
const wordsAmong = (issues: readonly Issue[]): string[] =>
  issues.flatMap((issue) =>
    issue.code === "invalid_value" && issue.path.length === 0 ? issue.values.map(String) : [],
  );

/** YAML takes a bare 1 for a number. */
const quoted = (type: string, value: unknown): string =>
  type === "string" && (typeof value === "number" || typeof value === "boolean")
    ? `, in quotes: "${value}"`
    : "";

const named = (type: string): string =>
  ({
    array: "a list: [one, another]",
    string: "a text",
    int: "a whole number",
    number: "a number",
    boolean: "true or false",
    object: "fields with their values",
    record: "names with their values",
  })[type] ?? type;

function placeName(path: Path): string {
  if (path.length === 0) return "the flow";
  if (path[0] === "steps" && path.length === 2) return `the step "${String(path[1])}"`;
  return String([...path].reverse().find((part) => typeof part === "string"));
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) at = (at as Record<string | number, unknown> | null | undefined)?.[part];
  return at;
}
