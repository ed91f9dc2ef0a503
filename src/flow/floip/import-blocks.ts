/** A block of FLOIP as a step of ours. */
import { type Block, type Exit, ours } from "./container.ts";
import { digitsStep, menuStep, recordStep } from "./import-questions.ts";
import { defaultExit, entersOptOut, type Fields, type Importing, said, valueNamed } from "./importing.ts";
import { slug } from "./resources.ts";

/** Types for which there is a step; any other is gone past, by its default exit. */
const steps: Record<string, (name: string, block: Block, at: Importing) => Fields | null> = {
  "MobilePrimitives.Message": messageStep,
  "MobilePrimitives.SelectOneResponse": menuStep,
  "MobilePrimitives.NumericResponse": digitsStep,
  "MobilePrimitives.OpenResponse": recordStep,
  "Core.Case": branchStep,
  "Core.Output": setStep,
  "Core.RunFlow": callStep,
};

/** Null: there is no such step, which is told in `lost`. */
export function stepOf(name: string, block: Block, at: Importing): Fields | null {
  const made = steps[block.type]?.(name, block, at) ?? null;
  const joined = block.type === "Core.SetGroupMembership" && entersOptOut(block, at.blocks);
  if (!made && !joined) {
    const to = at.stepOf(defaultExit(block)?.destination_block);
    at.lost.push({
      flow: at.flow,
      path: [name],
      what: `there is no step for ${block.type}; the call goes on to ${to}`,
    });
  }
  return made;
}

/** Where a block that is no step of ours leads on to; null: it is one. */
export function pastBlock(block: Block, blocks: ReadonlyMap<string, Block>): string | null | undefined {
  if (block.type === "Core.SetGroupMembership") return defaultExit(block)?.destination_block ?? undefined;
  if (block.type === "Core.Case" && caseOf(block) === null)
    return defaultExit(block)?.destination_block ?? undefined;
  if (block.type === "Core.RunFlow" || steps[block.type]) return null;
  return blocks.has(block.uuid) ? (defaultExit(block)?.destination_block ?? undefined) : undefined;
}

function messageStep(name: string, block: Block, at: Importing): Fields {
  const say = said(block.config.prompt, `${name}-words`, at);
  const next = at.stepOf(defaultExit(block)?.destination_block);
  const disposition = block.semantic_label?.startsWith(ours) ? block.semantic_label.slice(ours.length) : null;
  if (disposition && next === "end") return { kind: "end", disposition, say };
  return { kind: "play", say, next, ...(block.tags?.includes("complete") ? { complete: true } : {}) };
}

/** What a case asks for, where all its exits ask whether one thing is one of several values. */
function caseOf({ exits }: Block): { source: string; name: string; when: [string, Exit][] } | null {
  const asked = exits
    .filter((exit) => !exit.default)
    .map((exit) => ({ exit, parts: /^\s*(flow|contact)\.(\w+)\s*=\s*'([^']*)'\s*$/.exec(exit.test ?? "") }));
  const [, source, name] = asked[0]?.parts ?? [];
  if (!source || !name || asked.some(({ parts }) => parts?.[1] !== source || parts[2] !== name)) return null;
  return { source, name, when: asked.map(({ exit, parts }) => [parts![3]!, exit]) };
}

function branchStep(_name: string, block: Block, at: Importing): Fields | null {
  const found = caseOf(block);
  if (!found) return null;
  const { source, name, when } = found;
  const known = source === "flow" && ["reason", "caller", "language"].includes(name);
  return {
    ...{ kind: "branch", on: known ? name : { [source === "contact" ? "contact" : "answer"]: name } },
    when: Object.fromEntries(when.map(([value, exit]) => [value, at.stepOf(exit.destination_block)])),
    otherwise: at.stepOf(defaultExit(block)?.destination_block),
  };
}

function setStep(_name: string, block: Block, at: Importing): Fields {
  const raw = String(block.config.value ?? "");
  const text = /^'(.*)'$/.exec(raw)?.[1];
  const value = text ?? valueNamed(raw) ?? raw;
  return { kind: "set", answer: block.name, value, next: at.stepOf(defaultExit(block)?.destination_block) };
}

function callStep(name: string, block: Block, at: Importing): Fields {
  const flow = at.flowOf(String(block.config.flow_id)) ?? slug(name);
  return { kind: "call", flow, next: at.stepOf(defaultExit(block)?.destination_block) };
}
