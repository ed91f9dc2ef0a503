/** What is to be drawn of a flow: a box a step, an arrow for all the ways that lead from one to the same other. */
import type { Flow, Step } from "#flow/definition.ts";
import { type Edge, edgesOf } from "#flow/edges.ts";
import { saidBy } from "#flow/pieces.ts";
import { tellPieces, type Words } from "../words.ts";

export interface Box {
  /** The step's name. */
  id: string;
  kind: string;
  /** Its first words, as lines. */
  words: string[];
  /** Ways out that have no arrow: the call's end, and where all steps lead alike. */
  ways: string[];
}

export interface Arrow {
  from: string;
  to: string;
  /** "1–6", "silence" ... */
  label: string;
  /** Somebody pressed a key, or the flow just goes on; else silence and the like. */
  asked: boolean;
  /** On the way straight down. */
  main: boolean;
}

export interface Picture {
  boxes: Box[];
  arrows: Arrow[];
  /** The way straight down: the steps of a call that takes the first way offered at each. */
  spine: string[];
}

const lineLength = 40;
const mostLines = 3;

export function pictureOf(flow: Flow, words: Words): Picture {
  const spine = spineOf(flow);
  const main = new Set(spine.slice(1).map((to, i) => `${spine[i]} ${to}`));
  const boxes = Object.entries(flow.steps).map(([id, step]) => ({
    ...{ id, kind: "on" in step && typeof step.on === "string" ? `${step.kind} on ${step.on}` : step.kind },
    words: wrapped(tellPieces(saidBy(step)[0]?.pieces ?? [], words)),
    ways: waysInside(flow, id),
  }));
  const arrows = Object.keys(flow.steps).flatMap((from) => arrowsFrom(flow, from, main));
  return { boxes, arrows, spine };
}

/** An edge that has an arrow: not the ends, which would all meet in one place, nor what the flow says for every step. */
const isDrawn = (flow: Flow, { to, path }: Edge): boolean => to in flow.steps && path.length > 0;

function waysInside(flow: Flow, id: string): string[] {
  const inside = edgesOf(flow, id).filter((edge) => !isDrawn(flow, edge));
  return byTarget(inside).map(([to, edges]) => {
    const on = labelOf(edges);
    if (to === "end") return on === "" ? "then hangs up" : `${on}: hangs up`;
    const target = to === "resume" ? "back to where the key was pressed" : to;
    return on === "" ? `then ${target}` : `${on}: ${target}`;
  });
}

function arrowsFrom(flow: Flow, from: string, main: ReadonlySet<string>): Arrow[] {
  const drawn = edgesOf(flow, from).filter((edge) => isDrawn(flow, edge));
  return byTarget(drawn).map(([to, edges]) => ({
    ...{ from, to, label: labelOf(edges), main: main.has(`${from} ${to}`) },
    asked: edges.some(({ on }) => !passive.has(on)),
  }));
}

function byTarget(edges: readonly Edge[]): [string, Edge[]][] {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) groups.set(edge.to, [...(groups.get(edge.to) ?? []), edge]);
  return [...groups];
}

const passive = new Set([
  "silence",
  "unanswered",
  "nothing",
  "limit",
  "otherwise",
  "none",
  "failed",
  "closed",
]);
const plain: Record<string, string> = { next: "", end: "", unanswered: "no answer", nothing: "no speech" };

/** All that leads there: keys in a row as a span; nothing where the flow just goes on, whatever else leads there too. */
function labelOf(edges: readonly Edge[]): string {
  if (edges.some(({ on }) => plain[on] === "")) return "";
  const keys = edges.flatMap(({ on }) => (on.startsWith("key ") ? [on.slice(4)] : []));
  const others = edges.flatMap(({ on }) => (on.startsWith("key ") ? [] : [plain[on] ?? on]));
  return [...(keys.length > 0 ? [spanOf(keys)] : []), ...others].join(", ");
}

function spanOf(keys: readonly string[]): string {
  const inARow = keys.every((key, i) => i === 0 || Number(key) === Number(keys[i - 1]) + 1);
  return keys.length > 2 && inARow ? `${keys[0]}–${keys.at(-1)}` : keys.join(", ");
}

function spineOf(flow: Flow): string[] {
  const spine: string[] = [];
  for (let at: string | undefined = flow.start; at !== undefined && at in flow.steps; ) {
    spine.push(at);
    const step: Step = flow.steps[at]!;
    const drawn: Edge[] = edgesOf(flow, at).filter((edge) => isDrawn(flow, edge) && !spine.includes(edge.to));
    at = (drawn.find(({ on }) => leading(step, on)) ?? drawn[0])?.to;
  }
  return spine;
}

const leading = ({ kind }: Step, on: string): boolean =>
  kind === "branch"
    ? on === "otherwise"
    : kind === "record"
      ? on === "next"
      : on.startsWith("key ") || on === "next";

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((word) => word !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= lineLength)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), `${lines[mostLines - 1]} …`];
}
