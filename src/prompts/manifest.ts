/** prompts/manifest.yaml: every prompt by id, with its words in each language, and whoever approved what of them. */
import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import type { PromptId } from "#flow/definition.ts";
import type { Fault } from "#lib/fault.ts";
import { type ReleaseFiles, textOf } from "#release/files.ts";

export const manifestPath = "prompts/manifest.yaml";
/** Beside the languages, under a prompt's id: how it is to be said, for the person who records it. */
export const notesKey = "notes";

const languageTag = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$/;

const approvalSchema = z.strictObject({
  by: z.string().min(1),
  /** A date, such as 2026-11-22. */
  on: z.string().regex(/^\d{4}-\d\d-\d\d$/, "a date such as 2026-11-22"),
  /** The beginnings of the hashes of what was approved. */
  words: z.string().regex(/^[0-9a-f]{16}$/),
  sound: z.string().regex(/^[0-9a-f]{16}$/),
});

const manifestSchema = z.strictObject({
  languages: z.record(
    z.string().regex(languageTag, "a language's tag, such as en-GB"),
    z.strictObject({
      name: z.string().min(1),
      voice: z.string().optional(),
      fallback: z.string().optional(),
      /** `needed`: live calls hear no stand-in of it that no named person has approved. */
      review: z.literal("needed").optional(),
      approved: z.record(z.string(), approvalSchema).optional(),
    }),
  ),
  prompts: z.record(
    z.string().regex(/^[a-z0-9-]{1,64}$/, "a prompt's id has only a-z, 0-9 and hyphens"),
    z.record(z.string(), z.string()),
  ),
});

export type Approval = z.infer<typeof approvalSchema>;

export interface Position {
  line: number;
  column: number;
}

export interface Language extends Position {
  /** BCP 47. */
  tag: string;
  name: string;
  voice: string | null;
  /** The language that is heard where a prompt is missing in this one. */
  fallback: string | null;
  reviewNeeded: boolean;
  approved: ReadonlyMap<PromptId, Approval>;
}

export interface Words extends Position {
  text: string;
}

export interface PromptEntry extends Position {
  id: PromptId;
  notes: string | null;
  /** By language. */
  words: ReadonlyMap<string, Words>;
}

export interface Manifest {
  languages: ReadonlyMap<string, Language>;
  prompts: ReadonlyMap<PromptId, PromptEntry>;
}

export type ReadManifest = { manifest: Manifest; faults: [] } | { manifest: null; faults: Fault[] };

/** Its form only; whether it hangs together with the sounds is for check-prompts.ts. */
export function readManifest(files: ReleaseFiles): ReadManifest {
  const text = textOf(files, manifestPath);
  return text === null
    ? { manifest: null, faults: [{ ...missing, file: manifestPath, line: 0, column: 0 }] }
    : parseManifest(text);
}

const missing = {
  rule: "manifest-missing",
  level: "fault",
  what: "there is no list of prompts",
  instead: "add prompts/manifest.yaml, as prompts/README.md tells",
} as const;

export function parseManifest(text: string): ReadManifest {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const whereIs = (path: readonly PropertyKey[]): Position => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return at(node.range[0]);
    }
    return { line: 1, column: 1 };
  };
  const fault = (place: Position, rule: string, what: string): Fault => ({
    ...{ file: manifestPath, ...place, rule, level: "fault", what },
    instead: "write it as the other entries are; prompts/README.md tells how",
  });
  if (document.errors.length > 0) {
    const first = (message: string) => message.split("\n")[0] ?? message;
    const faults = document.errors.map((error) =>
      fault(at(error.pos[0]), "manifest-unreadable", first(error.message)),
    );
    return { manifest: null, faults };
  }
  const parsed = manifestSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) =>
      fault(whereIs(path), "manifest-form", `${path.map(String).join(".") || "the file"}: ${message}`),
    );
    return { manifest: null, faults };
  }
  return { manifest: withPositions(parsed.data, whereIs), faults: [] };
}

function withPositions(
  { languages, prompts }: z.infer<typeof manifestSchema>,
  whereIs: (path: readonly PropertyKey[]) => Position,
): Manifest {
  return {
    languages: new Map(
      Object.entries(languages).map(
        ([tag, { name, voice, fallback, review, approved }]): [string, Language] => [
          tag,
          {
            ...{
              tag,
              name,
              voice: voice ?? null,
              fallback: fallback ?? null,
              reviewNeeded: review === "needed",
            },
            ...{ approved: new Map(Object.entries(approved ?? {})), ...whereIs(["languages", tag]) },
          },
        ],
      ),
    ),
    prompts: new Map(
      Object.entries(prompts).map(([id, { [notesKey]: notes, ...texts }]): [PromptId, PromptEntry] => [
        id,
        {
          ...{ id, notes: notes ?? null, ...whereIs(["prompts", id]) },
          words: new Map(
            Object.entries(texts).map(([tag, text]) => [tag, { text, ...whereIs(["prompts", id, tag]) }]),
          ),
        },
      ]),
    ),
  };
}
