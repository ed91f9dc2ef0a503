/** Our flows as a container of FLOIP's flow specification, with a line for all that it has no place for. */
import { languagesOf } from "../check/languages.ts";
import type { PromptFacts } from "../check/prompt-facts.ts";
import type { Flow, Step } from "../definition.ts";
import { edgesOf } from "../edges.ts";
import {
  type Block,
  type Container,
  type FloipFlow,
  isoOf,
  type Lost,
  specification,
  uuidOf,
} from "./container.ts";
import { blocksOf } from "./export-blocks.ts";
import { blockUuid, type Exporting } from "./exporting.ts";

export interface Exported {
  container: Container;
  lost: Lost[];
}

interface From {
  flows: ReadonlyMap<string, Flow>;
  prompts: PromptFacts;
  /** When the flow was last changed: FLOIP wants it told. */
  changedAt: Date;
}

/** A flow of whole shape and without faults, with those that it calls. */
export function exportFloip(flow: Flow, from: From): Exported {
  const lost: Lost[] = [];
  const all = withCalled(flow, from.flows);
  const container: Container = {
    ...{ specification_version: specification, uuid: uuidOf("container", flow.flow), name: flow.flow },
    description: flow.title,
    flows: all.map((each) => exportFlow(each, from, lost)),
  };
  return { container, lost };
}

function withCalled(flow: Flow, flows: ReadonlyMap<string, Flow>): Flow[] {
  const all = new Set([flow]);
  for (const each of all)
    for (const step of Object.values(each.steps)) {
      const called = step.kind === "call" ? flows.get(step.flow) : undefined;
      if (called) all.add(called);
    }
  return [...all];
}

function exportFlow(flow: Flow, { prompts, changedAt }: From, lost: Lost[]): FloipFlow {
  const languages = languagesOf(flow, prompts);
  const at: Exporting = {
    ...{ flow: flow.flow, of: flow, languages, prompts, lost: [], resources: new Map() },
    blockOf: (target) => {
      const step = landing(target, flow);
      return step === null ? null : blockUuid(flow.flow, step);
    },
    flowUuid: (name) => uuidOf("flow", name),
  };
  const blocks = blocksReached(flow, at);
  lost.push(...lostOfFlow(flow), ...lostSteps(flow, blocks), ...lostWays(flow, blocks), ...at.lost);
  const first = landing(flow.start, flow);
  const exit = at.blockOf(flow.unanswered);
  return {
    ...{ uuid: uuidOf("flow", flow.flow), name: flow.flow, label: flow.title },
    last_modified: changedAt.toISOString(),
    interaction_timeout: flow.timing.answerWithinMs / 1000,
    supported_modes: ["IVR"],
    languages: languages.map((tag) => ({ id: tag, iso_639_3: isoOf(tag), bcp_47: tag })),
    blocks: [...blocks.values()].flat(),
    first_block_id: blockUuid(flow.flow, first ?? flow.start),
    ...(exit ? { exit_block_id: exit } : {}),
    resources: [...at.resources.values()],
  };
}

/** The step that a way comes to, where steps of kinds that FLOIP has not are gone past; null: the call ends. */
function landing(target: string, flow: Flow): string | null {
  const passed = new Set<string>();
  for (let name = target; !passed.has(name); ) {
    const step = flow.steps[name];
    if (!step) return null;
    const past = wayPast(step, flow);
    if (past === null) return name;
    passed.add(name);
    name = past;
  }
  return null;
}

/** Where a call goes on for which this step cannot be done; null: it can. */
function wayPast(step: Step, flow: Flow): string | null {
  switch (step.kind) {
    case "callback":
    case "language":
      return step.unanswered ?? (step.kind === "language" ? step.next : flow.unanswered);
    case "visit":
      return step.none;
    case "transfer":
      return step.failed;
    case "end":
      return step.say.length === 0 ? "end" : null;
    case "listen-back":
    case "goto":
    case "repeat":
      return step.next;
    default:
      return null;
  }
}

/** Blocks by step, the first where a run begins; only those that a run can come to. */
function blocksReached(flow: Flow, at: Exporting): Map<string, Block[]> {
  const names = Object.keys(flow.steps);
  const stepOf = new Map(names.map((name) => [blockUuid(flow.flow, name), name]));
  const reached = new Map<string, Block[]>();
  const waiting = [flow.start, flow.unanswered].map((target) => landing(target, flow));
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === null || reached.has(name)) continue;
    const blocks = blocksOf(name, flow.steps[name]!, at) ?? [];
    reached.set(name, blocks);
    const ways = blocks.flatMap(({ exits }) => exits.map(({ destination_block }) => destination_block ?? ""));
    waiting.push(...ways.flatMap((uuid) => stepOf.get(uuid) ?? []));
  }
  return new Map(names.flatMap((name) => (reached.has(name) ? [[name, reached.get(name)!]] : [])));
}

function lostOfFlow(flow: Flow): Lost[] {
  const fields: Record<string, string> = {
    timing: "tries, pauses and slips are the platform's",
    carryOn: "nobody goes on where an earlier call ended",
    takenOver: "no other process takes a run over",
    contact: "fields of the contact are not declared",
    limits: "a run has no limits of its own",
  };
  return Object.entries(fields).flatMap(([field, what]) => {
    const value = flow[field as keyof Flow];
    const empty = value === undefined || (Array.isArray(value) && value.length === 0);
    return empty ? [] : [{ flow: flow.flow, path: [field], what }];
  });
}

const lostSteps = (flow: Flow, blocks: ReadonlyMap<string, Block[]>): Lost[] =>
  Object.entries(flow.steps).flatMap(([name, step]) => {
    if (blocks.has(name)) return [];
    const past = wayPast(step, flow);
    const what =
      past === null
        ? "nothing leads to it any more"
        : `FLOIP has no ${step.kind}; the call goes on to ${past}`;
    return [{ flow: flow.flow, path: ["steps", name], what }];
  });

/** Ways that lead to what FLOIP has not: a step gone past, or back to what a key interrupted. */
function lostWays(flow: Flow, blocks: ReadonlyMap<string, Block[]>): Lost[] {
  const ways = [
    { to: flow.start, path: ["start"] },
    { to: flow.unanswered, path: ["unanswered"] },
    { to: flow.everywhere.optOut.next, path: ["everywhere", "optOut", "next"] },
    ...[...blocks.keys()].flatMap((name) => edgesOf(flow, name)),
  ];
  return ways.flatMap(({ to, path }) => {
    const now = landing(to, flow) ?? "end";
    if (now === to || path.length === 0) return [];
    return [{ flow: flow.flow, path, what: `it leads to ${now} instead of ${to}` }];
  });
}
