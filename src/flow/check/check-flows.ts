/**
 * Finds what is wrong in the flows of a release, each fault with its place and its remedy. Pure. Start-up, doctor,
 * `hearback check`, the pages and publishing all ask here: there is no second set of rules.
 */
import { createHash } from "node:crypto";
import { type Fault, inReadingOrder } from "#lib/fault.ts";
import { readYaml, type YamlSource } from "#lib/yaml-source.ts";
import type { Flow } from "../definition.ts";
import { type LinkFault, linkFlows } from "../link.ts";
import { type Files, manifestFile, promptFacts } from "./prompt-facts.ts";
import type { Checked, Found } from "./rule.ts";
import { changedWords } from "./rules/nation.ts";
import { unknownStep } from "./rules/targets.ts";
import { rules } from "./rules.ts";
import { readShape } from "./shape.ts";

interface Read {
  file: string;
  source: YamlSource;
  flow: Flow;
}

/** The flows of whole shape by name, and every fault; a flow with a fault must not be used. */
export interface CheckedFlows {
  flows: ReadonlyMap<string, Flow>;
  faults: Fault[];
}

/** Every fault of every flow, in reading order. */
export const checkFlows = (files: Files): Fault[] => readFlows(files).faults;

/** The flows, read and checked. */
export function readFlows(files: Files): CheckedFlows {
  const faults: Fault[] = [];
  const read: Read[] = [];
  for (const file of flowFilesIn(files)) {
    const one = readOnce(file, files.get(file)!);
    faults.push(...one.faults);
    if (!one.read) continue;
    faults.push(...nameFaults(one.read, read));
    read.push(one.read);
  }
  faults.push(...unreadNames(files));
  const flows = new Map(read.map(({ flow }) => [flow.flow, flow]));
  const prompts = promptFacts(files);
  if (prompts) faults.push(...changedWords(prompts).map((found) => faultOf("locked-words", found)));
  else if (read.length > 0) faults.push(noManifest(files.has(manifestFile)));
  for (const each of read) faults.push(...faultsIn({ ...each, prompts, flows }));
  const linked = linkFlows(flows);
  faults.push(...linked.faults.map((fault) => calledFault(fault, read)));
  return { flows: linked.flows, faults: inReadingOrder(onceEach(faults)) };
}

/** A flow that calls what it cannot. */
function calledFault({ flow, step, what, instead }: LinkFault, read: readonly Read[]): Fault {
  const { source } = read.find((each) => each.flow.flow === flow)!;
  return { ...source.at(["steps", step, "flow"]), rule: "called-flow", level: "fault", what, instead };
}

type Reading = { read: Read | null; faults: readonly Fault[] };

function readFlow(file: string, bytes: Uint8Array): Reading {
  const { source, faults } = readYaml(file, bytes);
  if (!source) return { read: null, faults };
  const shaped = readShape(source);
  if (!shaped.flow) return { read: null, faults: shaped.faults };
  const version = createHash("sha256").update(source.text).digest("hex");
  return { read: { file, source, flow: { ...shaped.flow, version } }, faults: [] };
}

/** An editor asks on every change of one file: the others are read once. */
const readings = new WeakMap<Uint8Array, { file: string; reading: Reading }>();

function readOnce(file: string, bytes: Uint8Array): Reading {
  const before = readings.get(bytes);
  if (before?.file === file) return before.reading;
  const reading = readFlow(file, bytes);
  readings.set(bytes, { file, reading });
  return reading;
}

/** "flows/fft.yaml", in their order; tests of flows are not flows. */
export const flowFilesIn = (files: Files): string[] =>
  [...files.keys()].filter((file) => /^flows\/[^/]+(?<!\.test)\.yaml$/.test(file)).toSorted();

function faultsIn(checked: Checked): Fault[] {
  const lost = unknownStep.find(checked).length > 0;
  return rules
    .filter(({ follows }) => !(lost && follows))
    .flatMap(({ name, find }) => find(checked).map((found) => faultOf(name, found)));
}

const faultOf = (rule: string, { at, what, instead, level }: Found): Fault => ({
  ...at,
  ...{ rule, level: level ?? "fault", what, instead },
});

function nameFaults({ file, source, flow }: Read, before: readonly Read[]): Fault[] {
  const name = file.slice("flows/".length, -".yaml".length);
  const twin = before.find((other) => other.flow.flow === flow.flow);
  const at = source.at(["flow"]);
  if (twin) {
    const what = `${twin.file} is the flow "${flow.flow}" already`;
    return [{ ...at, rule: "flow-name-twice", level: "fault", what, instead: `write flow: ${name}` }];
  }
  if (flow.flow === name) return [];
  const what = `the file is named ${name}.yaml, and the flow in it "${flow.flow}"`;
  return [{ ...at, rule: "flow-name", level: "fault", what, instead: `write flow: ${name}` }];
}

/** Saved under an ending of which nothing is read. */
const unreadNames = (files: Files): Fault[] =>
  [...files.keys()]
    .filter((file) => /^flows\/[^/]+\.ya?ml$/i.test(file) && !file.endsWith(".yaml"))
    .map((file) => ({
      ...{ file, line: 0, column: 0, rule: "flow-name", level: "warning" },
      what: "no call reads a file of this name, whatever stands in it",
      instead: `name it ${file.slice("flows/".length).replace(/\.ya?ml$/i, ".yaml")}`,
    }));

const noManifest = (unreadable: boolean): Fault => ({
  ...{ file: manifestFile, line: 0, column: 0, rule: "no-manifest", level: "fault" },
  what: unreadable ? "it cannot be read, so that no prompt is known" : "there is no such file",
  instead: "write it, with an id and words for each prompt",
});

/** What stands behind an alias is looked at once for each that uses it. */
function onceEach(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const key = JSON.stringify(fault);
    return !seen.has(key) && seen.add(key);
  });
}
