/** What the export of every kind of step needs. */
import type { Flow } from "../definition.ts";
import { type Block, type Exit, uuidOf } from "./container.ts";
import type { Speaking } from "./resources.ts";

export interface Exporting extends Speaking {
  of: Flow;
  /** The block that a way leads to; null: the run ends. */
  blockOf(target: string): string | null;
  flowUuid(name: string): string;
}

export type Made = Pick<Block, "type" | "name" | "config" | "exits"> & Partial<Block>;

export const blockUuid = (flow: string, step: string, part = 0): string => uuidOf("block", flow, step, part);

/** A variable's name: letters, digits and underscores. */
export const wordOf = (name: string): string => name.replaceAll("-", "_").replace(/^(\d)/, "_$1");

type MakeExit = (name: string, to: string, more?: Partial<Exit>) => Exit;

export const exitsOf =
  (step: string, at: Exporting): MakeExit =>
  (name, to, more = {}) => {
    const destination_block = at.blockOf(to);
    const uuid = uuidOf("exit", at.flow, step, name);
    return { uuid, name, ...(destination_block ? { destination_block } : {}), ...more };
  };

export function loses(
  at: Exporting,
  path: (string | number)[],
  step: object,
  fields: Record<string, string>,
): void {
  for (const [field, what] of Object.entries(fields)) {
    const value = (step as Record<string, unknown>)[field];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    at.lost.push({ flow: at.flow, path: [...path, field], what });
  }
}
