/**
 * Reads a flow file and finds what is wrong with it, each fault with its line: start-up refuses a faulty flow, so that
 * no caller ever meets a missing prompt or a dead end.
 */
import { createHash } from "node:crypto";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { type Flow, flowSchema, type Piece, specialTargets } from "./definition.ts";
import { saidBy } from "./pieces.ts";

export interface Fault {
  /** 1 is the first line. */
  line: number;
  fault: string;
}

export type CheckedFlow = { flow: Flow; faults: [] } | { flow: null; faults: Fault[] };

type Path = (string | number)[];
type Complain = (path: Path, fault: string) => void;

/** Prompts that the application itself may say in a flow of this kind, whatever the file names. */
const timePrompts = [
  "for-time",
  "today",
  "tomorrow",
  "at",
  "oclock",
  "fifteen",
  "thirty",
  "forty-five",
  "ten",
  "eleven",
  "twelve",
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
  "in-the-morning",
  "in-the-afternoon",
  "in-the-evening",
];
export const digitPrompts = Array.from({ length: 10 }, (_, digit) => `digit-${digit}`);

/** @param promptIds every prompt there is in the flow's language */
export function checkFlow(text: string, promptIds: ReadonlySet<string>): CheckedFlow {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const faults: Fault[] = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    fault: error.message.split("\n")[0] ?? error.message,
  }));
  if (faults.length > 0) return { flow: null, faults };

  const parsed = flowSchema.safeParse(document.toJS());
  const complain: Complain = (path, fault) => faults.push({ line: lineOf(document, lines, path), fault });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      complain(issue.path as Path, `${issue.path.join(".") || "the file"}: ${issue.message}`);
    }
    return { flow: null, faults: inOrder(faults) };
  }
  const flow: Flow = { ...parsed.data, version: createHash("sha256").update(text).digest("hex") };
  checkTargets(flow, complain);
  checkPrompts(flow, promptIds, complain);
  checkKeys(flow, complain);
  checkKeyed(flow, complain);
  return faults.length > 0 ? { flow: null, faults: inOrder(faults) } : { flow, faults: [] };
}

const inOrder = (faults: Fault[]): Fault[] => faults.toSorted((a, b) => a.line - b.line);

/** The line of the deepest node on the path that exists. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function checkTargets(flow: Flow, complain: Complain): void {
  const known = new Set([...Object.keys(flow.steps), ...specialTargets]);
  const check = (target: string | undefined, path: Path) => {
    if (target !== undefined && !known.has(target)) complain(path, `there is no step "${target}"`);
  };
  check(flow.start, ["start"]);
  check(flow.unanswered, ["unanswered"]);
  check(flow.everywhere.optOut.next, ["everywhere", "optOut", "next"]);
  for (const [i, { at }] of (flow.carryOn ?? []).entries()) check(at, ["carryOn", i, "at"]);
  for (const [name, step] of Object.entries(flow.steps)) {
    const at = (...rest: Path): Path => ["steps", name, ...rest];
    for (const field of [
      "next",
      "silence",
      "unanswered",
      "limit",
      "nothing",
      "booked",
      "otherwise",
      "none",
    ] as const) {
      const target = (step as Partial<Record<typeof field, string | Piece[]>>)[field];
      if (!Array.isArray(target)) check(target, at(field)); // a callback's "none" is what it says
    }
    if (step.kind === "menu")
      for (const [i, choice] of step.choices.entries()) check(choice.next, at("choices", i, "next"));
    if (step.kind === "branch")
      for (const [on, target] of Object.entries(step.when)) check(target, at("when", on));
  }
}

function checkPrompts(flow: Flow, promptIds: ReadonlySet<string>, complain: Complain): void {
  const check = (id: string | undefined, path: Path) => {
    if (id !== undefined && !promptIds.has(id)) complain(path, `there is no prompt "${id}"`);
  };
  const checkSay = (say: Piece[], path: Path) => {
    for (const [i, piece] of say.entries()) {
      if (typeof piece === "string") check(piece, [...path, i]);
      else if (("campaign" in piece && piece.campaign === "ringBackNumber") || "keyed" in piece)
        for (const id of digitPrompts) check(id, [...path, i]);
    }
  };
  checkSay(flow.takenOver, ["takenOver"]);
  for (const [name, step] of Object.entries(flow.steps)) {
    const at = (...rest: Path): Path => ["steps", name, ...rest];
    for (const { field, pieces } of saidBy(step)) checkSay(pieces, at(field));
    if (step.kind === "record") check(step.tone, at("tone"));
    if (step.kind === "menu") {
      for (const [i, choice] of step.choices.entries()) {
        check(choice.say, at("choices", i, "say"));
        check(choice.label, at("choices", i, "label"));
      }
    }
    if (step.kind === "callback") {
      const keys = Array.from({ length: step.choices }, (_, i) => `press-${i + 1}`);
      for (const id of [...timePrompts, ...digitPrompts, ...keys]) check(id, at("choices"));
    }
  }
}

/** A number can be keyed only in a length that exists, and used only where it is keyed. */
function checkKeyed(flow: Flow, complain: Complain): void {
  const steps = Object.entries(flow.steps);
  const known = new Set(steps.flatMap(([, step]) => (step.kind === "digits" ? [step.answer] : [])));
  for (const [name, step] of steps) {
    const at = (...rest: Path): Path => ["steps", name, ...rest];
    if (step.kind === "digits" && step.length.min > step.length.max)
      complain(at("length"), "the shortest is longer than the longest");
    if (step.kind === "menu" && step.of !== undefined && !known.has(step.of))
      complain(at("of"), `no step keys "${step.of}"`);
    for (const { field, pieces } of saidBy(step)) {
      for (const [i, piece] of pieces.entries()) {
        if (typeof piece === "object" && "keyed" in piece && !known.has(piece.keyed))
          complain(at(field, i), `no step keys "${piece.keyed}"`);
      }
    }
  }
}

function checkKeys(flow: Flow, complain: Complain): void {
  const reserved = new Map([
    [flow.everywhere.repeat, "it repeats everywhere"],
    [flow.everywhere.optOut.key, "it opts out everywhere"],
  ]);
  for (const [name, step] of Object.entries(flow.steps)) {
    if (step.kind !== "menu") continue;
    const seen = new Set<string>();
    for (const [i, { key }] of step.choices.entries()) {
      const path: Path = ["steps", name, "choices", i, "key"];
      if (reserved.has(key)) complain(path, `key ${key} cannot be a choice: ${reserved.get(key)}`);
      if (seen.has(key)) complain(path, `key ${key} is a choice twice`);
      seen.add(key);
    }
  }
}
