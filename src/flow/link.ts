/** Puts the steps of called flows behind the steps that call them: what runs, is drawn and walked is one flow. */
import { createHash } from "node:crypto";
import type { Flow, Step } from "./definition.ts";
import { edgesOf, entranceOf } from "./edges.ts";

/** So many flows may lie in one another. */
const deepest = 3;

export interface LinkFault {
  /** The flow, and its step, that call what cannot be called. */
  flow: string;
  step: string;
  what: string;
  instead: string;
}

/** The flows that can be run, called ones put in; one with a fault is left out. */
export function linkFlows(flows: ReadonlyMap<string, Flow>): {
  flows: Map<string, Flow>;
  faults: LinkFault[];
} {
  const linked = new Map<string, Flow>();
  const faults: LinkFault[] = [];
  for (const [name, flow] of flows) {
    const found: LinkFault[] = [];
    const whole = withCalled(flow, { flows, above: [name], faults: found });
    faults.push(...found.filter((fault) => fault.flow === name));
    if (found.length === 0) linked.set(name, whole);
  }
  return { flows: linked, faults };
}

interface Linking {
  flows: ReadonlyMap<string, Flow>;
  /** The flows around this one, itself last. */
  above: string[];
  faults: LinkFault[];
}

function withCalled(flow: Flow, linking: Linking): Flow {
  const calls = Object.entries(flow.steps).flatMap(([name, step]) =>
    step.kind === "call" ? [{ name, step }] : [],
  );
  return calls.reduce((whole, { name, step }) => {
    const fault = whyNot(step.flow, linking);
    if (fault) linking.faults.push({ flow: flow.flow, step: name, ...fault });
    const called = fault ? undefined : linking.flows.get(step.flow);
    if (!called) return whole;
    const inner = withCalled(called, { ...linking, above: [...linking.above, step.flow] });
    return putIn(whole, inner, { name, next: step.next });
  }, flow);
}

function whyNot(name: string, { flows, above }: Linking): { what: string; instead: string } | null {
  if (!flows.has(name))
    return { what: `there is no flow "${name}"`, instead: `write one of: ${[...flows.keys()].join(", ")}` };
  if (above.includes(name))
    return {
      what: `the flow "${name}" would be gone through inside itself`,
      instead: "call another one, or go to one of this flow's own steps",
    };
  if (above.length > deepest)
    return {
      what: `more than ${deepest} flows lie in one another here`,
      instead: "call it from a flow further up",
    };
  return null;
}

function putIn(flow: Flow, called: Flow, { name, next }: { name: string; next: string }): Flow {
  const moved = (target: string) =>
    target === "end" ? next : target === "resume" ? target : `${name}/${target}`;
  const steps = Object.keys(called.steps).map((inner) => [`${name}/${inner}`, stepIn(called, inner, moved)]);
  const entrance: Step = { kind: "goto", next: moved(called.start) };
  return {
    ...flow,
    version: createHash("sha256").update(`${flow.version} ${called.version}`).digest("hex"),
    contact: { ...called.contact, ...flow.contact },
    steps: { ...flow.steps, [entranceOf(name)]: entrance, ...Object.fromEntries(steps) },
  };
}

/** The step with each of its targets moved; what the called flow says of unanswered questions stands in it. */
function stepIn(flow: Flow, name: string, moved: (target: string) => string): Step {
  const step = structuredClone(flow.steps[name]!) as Step & Record<string, unknown>;
  for (const { on, to, path } of edgesOf(flow, name)) {
    if (path.length > 0) setAt(step, path.slice(2), moved(to));
    else if (on === "unanswered") step.unanswered = moved(to);
  }
  return step;
}

function setAt(step: Record<string | number, unknown>, path: (string | number)[], to: string): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) step[first] = to;
  else setAt(step[first] as Record<string | number, unknown>, rest, to);
}
