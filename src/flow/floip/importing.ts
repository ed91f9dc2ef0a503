/** What the import of every kind of block needs. */
import { type Block, type Exit, type Lost, optedOut, type Resource } from "./container.ts";
import { type Heard, heardIn } from "./resources.ts";

export type Fields = Record<string, unknown>;

export interface Importing {
  flow: string;
  /** By block's uuid, the step that stands for it; "end" where there is none. */
  stepOf(uuid: string | null | undefined): string;
  blocks: ReadonlyMap<string, Block>;
  resources: ReadonlyMap<string, Resource>;
  /** BCP 47 by FLOIP's id. */
  tags: ReadonlyMap<string, string>;
  /** Where silence leads, unless a step says otherwise. */
  unanswered: string;
  flowOf(uuid: string): string | null;
  /** Words of the prompts that came with it. */
  words: Map<string, Record<string, string>>;
  lost: Lost[];
}

export const defaultExit = ({ exits }: Block): Exit | undefined =>
  exits.find((exit) => exit.default) ?? exits.find(({ name }) => /^(next|default)$/i.test(name)) ?? exits[0];

/** The block that is joined with the menu behind it: that menu opts out on being entered. */
export function entersOptOut(block: Block, blocks: ReadonlyMap<string, Block>): boolean {
  const groups = (block.config.groups ?? []) as { group_key?: string }[];
  const next = blocks.get(defaultExit(block)?.destination_block ?? "");
  return (
    block.config.is_member === true &&
    groups.some(({ group_key }) => group_key === optedOut) &&
    next?.type === "MobilePrimitives.SelectOneResponse"
  );
}

export function keepWords({ words }: Heard, into: Importing["words"]): void {
  for (const [id, told] of words) if (Object.keys(told).length > 0) into.set(id, told);
}

export function said(uuid: unknown, name: string, at: Importing): string[] {
  const heard = heardIn(at.resources.get(String(uuid)), name, at.tags);
  keepWords(heard, at.words);
  return heard.ids;
}

export interface FloipChoice {
  name: string;
  test?: string;
  prompt?: string;
}

/** Keys that act everywhere with us, and are choices of every question there. */
export const everywhereNames = { repeat: "repeat", optOut: "opt_out" };
export const keyIn = (test: string | null | undefined): string | null =>
  /block\.response\s*=\s*'?([0-9*#])'?\s*(?:\)|$|,)/.exec(test ?? "")?.[1] ?? null;

export const choicesOf = ({ config }: Block): FloipChoice[] => (config.choices ?? []) as FloipChoice[];

/** The value that the name of a choice stands for; a key that gives none has a name of its own. */
export function valueNamed(name: string): number | boolean | string | undefined {
  if (/^key_/.test(name)) return undefined;
  if (/^-?\d{1,9}$/.test(name)) return Number(name);
  return name === "true" ? true : name === "false" ? false : name;
}
