/** Which fields and kinds the schema knows at a place, for "did you mean". */
import type { Path } from "#lib/yaml-source.ts";
import { flowSchema } from "../definition.ts";

/** As much of a zod schema as is read here. */
interface Node {
  def: {
    type: string;
    shape?: Record<string, Node>;
    element?: Node;
    valueType?: Node;
    innerType?: Node;
    options?: Node[];
    discriminator?: string;
    values?: unknown[];
  };
}

/** The fields that may stand in the thing at this path of `value`. */
export function fieldsAt(path: Path, value: unknown): string[] {
  let node: Node | null = flowSchema as unknown as Node;
  let at: unknown = value;
  for (const part of [...path, null]) {
    node = plain(node, at);
    if (part === null || !node) break;
    at = (at as Record<string | number, unknown> | null)?.[part];
    node = inside(node, part);
  }
  if (node?.def.options) return [...new Set(node.def.options.flatMap((option) => fieldNames(option)))];
  return node ? fieldNames(node) : [];
}

/** The kinds of step there are. */
export function kindsAt(path: Path): string[] {
  let node: Node | null = flowSchema as unknown as Node;
  for (const part of path) node = node && inside(plain(node, null) ?? node, part);
  return (node?.def.options ?? []).flatMap((option) => option.def.shape?.kind?.def.values?.map(String) ?? []);
}

const fieldNames = ({ def }: Node): string[] => Object.keys(def.shape ?? {});

/** Without what is around it; of several kinds, the one that the value says it is. */
function plain(node: Node | null, value: unknown): Node | null {
  if (node?.def.innerType) return plain(node.def.innerType, value);
  const { discriminator, options } = node?.def ?? {};
  if (!discriminator || !options) return node;
  const kind = (value as Record<string, unknown> | null)?.[discriminator];
  return options.find((option) => option.def.shape?.[discriminator]?.def.values?.includes(kind)) ?? node;
}

const inside = ({ def }: Node, part: string | number): Node | null =>
  def.element ?? def.valueType ?? def.shape?.[part] ?? null;
