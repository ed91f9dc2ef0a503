/** FLOIP's flow specification, 1.0.0-rc3, as much of it as calls have a use for: its documents are JSON. */
import { createHash } from "node:crypto";
import { z } from "zod";

export const specification = "1.0.0-rc3";

const exit = z.looseObject({
  uuid: z.string(),
  name: z.string(),
  destination_block: z.string().nullish(),
  test: z.string().nullish(),
  default: z.boolean().nullish(),
  semantic_label: z.string().nullish(),
});

const block = z.looseObject({
  uuid: z.string(),
  name: z.string(),
  label: z.string().nullish(),
  type: z.string(),
  semantic_label: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  config: z.record(z.string(), z.unknown()).default({}),
  exits: z.array(exit).default([]),
});

const resource = z.looseObject({
  uuid: z.string(),
  values: z.array(
    z.looseObject({
      language_id: z.string(),
      content_type: z.string(),
      mime_type: z.string().nullish(),
      modes: z.array(z.string()).default([]),
      value: z.string(),
    }),
  ),
});

const flow = z.looseObject({
  uuid: z.string(),
  name: z.string(),
  label: z.string().nullish(),
  last_modified: z.string(),
  interaction_timeout: z.number(),
  supported_modes: z.array(z.string()),
  languages: z.array(
    z.looseObject({ id: z.string(), iso_639_3: z.string().nullish(), bcp_47: z.string().nullish() }),
  ),
  blocks: z.array(block).min(1),
  first_block_id: z.string(),
  exit_block_id: z.string().nullish(),
  resources: z.array(resource).default([]),
});

export const containerSchema = z.looseObject({
  specification_version: z.string(),
  uuid: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  flows: z.array(flow).min(1),
});

export type Container = z.infer<typeof containerSchema>;
export type FloipFlow = z.infer<typeof flow>;
export type Block = z.infer<typeof block>;
export type Exit = z.infer<typeof exit>;
export type Resource = z.infer<typeof resource>;

/** What one of the two formats has and the other has not. */
export interface Lost {
  flow: string;
  /** In the flow file; of a step that came from elsewhere, its name. */
  path: (string | number)[];
  what: string;
}

/** The same for the same names, so that two exports differ only where the flows do. */
export function uuidOf(...names: (string | number)[]): string {
  const hex = createHash("sha256").update(JSON.stringify(names)).digest("hex");
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** Words of our own in the fields that the specification leaves to its users. */
export const ours = "HEARBACK::";
export const optedOut = "opted-out";

/** ISO 639-3 of the languages that calls in these islands are likely to be held in. */
const iso639: Record<string, string> = {
  ...{ en: "eng", cy: "cym", ga: "gle", gd: "gla", pl: "pol", ro: "ron", pa: "pan", ur: "urd", bn: "ben" },
  ...{ gu: "guj", ar: "ara", pt: "por", es: "spa", fr: "fra", de: "deu", it: "ita", zh: "zho", so: "som" },
};

export const isoOf = (tag: string): string => iso639[tag.split("-")[0] ?? ""] ?? "mis";

/** BCP 47 of a language of FLOIP; British where we have it so. */
export function tagOf({ bcp_47, iso_639_3, id }: FloipFlow["languages"][number]): string {
  if (bcp_47) return bcp_47;
  const short = Object.entries(iso639).find(([, iso]) => iso === (iso_639_3 ?? id.split("-")[0]))?.[0];
  return short === "en" || short === "cy" ? `${short}-GB` : (short ?? id);
}
