import type { z } from "zod";
import type { Fault } from "#lib/fault.ts";
import { nearest } from "#lib/nearest.ts";
import { type Path, readYaml, type YamlSource } from "#lib/yaml-source.ts";
import type { CallerAct } from "./caller-act.ts";
import { actKinds, actSchema, type CannotHappen, type FlowScript, flowTestsSchema } from "./flow-test.ts";

/** The calls of one test file; `at` tells where each thing in it stands. */
export interface FlowTests {
  scripts: FlowScript[];
  cannotHappen: CannotHappen[];
  at: YamlSource["at"];
}

type Read = { tests: FlowTests; faults: [] } | { tests: null; faults: Fault[] };

/**
 * Reads a test file ("flows/fft.test.yaml"). Faults: `unknown-field`, `missing-field`, `wrong-value`, `unknown-act`,
 * `same-name`, `unknown-prompt`, and those of YAML itself.
 * @param promptIds every prompt that a caller may hear
 */
export function readFlowTests(file: string, bytes: Uint8Array, promptIds: ReadonlySet<string>): Read {
  const { source, faults } = readYaml(file, bytes);
  if (!source) return { tests: null, faults };
  const parsed = flowTestsSchema.safeParse(source.value);
  if (!parsed.success) {
    return { tests: null, faults: parsed.error.issues.flatMap((issue) => issueFaults(issue, [], source)) };
  }
  const found: Fault[] = [];
  const scripts = parsed.data.calls.map((script, i): FlowScript => {
    const call = script.call.flatMap((act, j) => readAct(act, ["calls", i, "call", j], source, found) ?? []);
    return { ...script, call };
  });
  found.push(...sameNames(scripts, source), ...unknownPrompts(scripts, promptIds, source));
  if (found.length > 0) return { tests: null, faults: found };
  return { tests: { scripts, cannotHappen: parsed.data.cannotHappen ?? [], at: source.at }, faults: [] };
}

function readAct(act: unknown, path: Path, source: YamlSource, faults: Fault[]): CallerAct | null {
  const words = typeof act === "object" && act !== null ? Object.keys(act) : [];
  const kind = actKinds.find((known) => words.includes(known));
  if (!kind) {
    const meant = words[0] && nearest(words[0], actKinds);
    const what = `a caller cannot ${words[0] ? `"${words[0]}"` : "do this"}`;
    const instead = meant ? `did you mean ${meant}?` : `write one of: ${actKinds.join(", ")}`;
    faults.push(fault("unknown-act", source.at(path), what, instead));
    return null;
  }
  const parsed = actSchema(kind).safeParse(act);
  if (parsed.success) return parsed.data as CallerAct;
  faults.push(...parsed.error.issues.flatMap((issue) => issueFaults(issue, path, source)));
  return null;
}

function issueFaults(issue: z.core.$ZodIssue, under: Path, source: YamlSource): Fault[] {
  const path = [...under, ...(issue.path as Path)];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const what = `"${key}" means nothing here`;
      return fault("unknown-field", source.at([...path, key], "key"), what, "take it out, or see the README");
    });
  }
  const last = String(path.at(-1) ?? "the file");
  if (issue.input === undefined && issue.code === "invalid_type" && !hasAt(source.value, path))
    return [fault("missing-field", source.at(path), `"${last}" is missing`, `add ${last}:`)];
  const told = issue.message.replace(/^Invalid \w+: /, "").replace(/^expected (\w+), .*$/, "a $1");
  return [fault("wrong-value", source.at(path), `this cannot stand in "${last}"`, `write ${told}`)];
}

function hasAt(value: unknown, path: Path): boolean {
  let at = value;
  for (const part of path) at = (at as Record<string | number, unknown> | null | undefined)?.[part];
  return at !== undefined;
}

function sameNames(scripts: readonly FlowScript[], source: YamlSource): Fault[] {
  const seen = new Set<string>();
  return scripts.flatMap(({ name }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const what = `another call is named "${name}" already`;
    return [fault("same-name", source.at(["calls", i, "name"]), what, "give one of the two another name")];
  });
}

function unknownPrompts(
  scripts: readonly FlowScript[],
  ids: ReadonlySet<string>,
  source: YamlSource,
): Fault[] {
  const faults: Fault[] = [];
  const check = (id: string, path: Path) => {
    if (ids.has(id)) return;
    const meant = nearest(id, [...ids]);
    const instead = meant ? `did you mean ${meant}?` : "write the id of a prompt in prompts/manifest.yaml";
    faults.push(fault("unknown-prompt", source.at(path), `there is no prompt "${id}"`, instead));
  };
  for (const [i, { call, expect }] of scripts.entries()) {
    for (const [j, act] of call.entries())
      if ("hear" in act) check(act.hear, ["calls", i, "call", j, "hear"]);
    for (const field of ["heard", "notHeard"] as const)
      for (const [j, id] of (expect[field] ?? []).entries()) check(id, ["calls", i, "expect", field, j]);
  }
  return faults;
}

const fault = (rule: string, at: ReturnType<YamlSource["at"]>, what: string, instead: string): Fault => ({
  ...at,
  ...{ rule, level: "fault", what, instead },
});
