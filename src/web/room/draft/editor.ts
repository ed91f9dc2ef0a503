/** The editor of one file, as its page and its script are told it. */
import { checkFile } from "#release/check-file.ts";
import { type FileKind, fileKind, isWritten } from "#release/file-kind.ts";
import { hashOf, type ReleaseFiles, textOf } from "#release/files.ts";
import type { Draft, DraftChange, Saved } from "#release/ports.ts";
import { textDiff } from "#release/text-diff.ts";
import { completionsOf, type EditedFlow, readEdited } from "../flows/draft-files.ts";
import { contactOf, offeredLanguages, offersOf, tryFields } from "../flows/try-fields.ts";
import { readActs, tryOut } from "../flows/try-out.ts";
import { shownTry } from "../flows/try-pages.ts";
import type { RoomParts } from "../ports.ts";
import { checkAddress, editAddress, savesAddress } from "./addresses.ts";
import { faultsBeside } from "./faults.ts";
import { shownTests } from "./tests-run.ts";
import type { Typed } from "./typed.ts";

export interface Edited {
  path: string;
  kind: FileKind;
  /** As typed, or as it is in the draft. */
  text: string;
  /** As it is in the draft. */
  saved: string;
  /** Of the file in the draft; null: it was taken out. */
  hash: string | null;
  /** The draft's, with this text in its place. */
  files: ReleaseFiles;
  /** By which it differs from what the draft was begun from. */
  change: DraftChange | null;
  /** How many other files were saved with that change. */
  besides: number;
}

/** What was refused, why, and, where somebody else saved meanwhile, their text. */
export type Refused = Exclude<Saved, { kind: "saved" }> & { theirs?: string | null };

export const isEditable = (files: ReleaseFiles, path: string): boolean => files.has(path) && isWritten(path);

/** @param text as somebody has changed it; null: as it is in the draft */
export function editedFile({ files, changes }: Draft, path: string, text: string | null): Edited {
  const saved = textOf(files, path) ?? "";
  const there = files.get(path);
  return {
    ...{ path, kind: fileKind(path), text: text ?? saved, saved, hash: there ? hashOf(there) : null },
    files: text === null ? files : new Map([...files, [path, new TextEncoder().encode(text)]]),
    change: changes.find((change) => change.path === path) ?? null,
    besides: savedWith(changes, path),
  };
}

/** How many other files the last save of this one changed too. */
function savedWith(changes: readonly DraftChange[], path: string): number {
  const own = changes.find((change) => change.path === path);
  return changes.filter(({ save }) => save === own?.save).length - (own ? 1 : 0);
}

const flowOf = (path: string): string => path.replace(/^flows\/|(\.test)?\.yaml$/g, "");

const editedFlow = ({ path, kind, files }: Edited, language?: string): EditedFlow | null =>
  kind === "flow" || kind === "test" ? readEdited(files, flowOf(path), null, language) : null;

/** While somebody types. */
export function checkTyped(edited: Edited) {
  const { files, path } = edited;
  const flow = editedFlow(edited);
  const found = faultsBeside(checkFile(files, path), path, files);
  return {
    ...found,
    status: edited.hash === null ? `${takenOutWords} ${found.status}` : found.status,
    completions: flow ? namesFor(edited, flow) : noNames,
  };
}

const takenOutWords =
  "This file was taken out of the draft meanwhile: what you type can be saved as a new one.";

const noNames = { steps: [], kinds: [], fields: [], prompts: {} };

/** The words that a test file has of its own, instead of a flow's. */
const testWords = [
  ...["name", "call", "expect", "hear", "press", "wait", "talk", "hangUp", "disposition", "answers"],
  ...["heard", "notHeard", "contact", "language", "reason", "cannotHappen"],
];

const namesFor = ({ kind }: Edited, flow: EditedFlow) =>
  kind === "test" ? { ...completionsOf(flow), kinds: [], fields: testWords } : completionsOf(flow);

interface Asked {
  typed: Typed | null;
  query: { done?: string; line?: string; column?: string };
  refused: Refused | null;
}

export async function shownEditor(parts: RoomParts, edited: Edited, { typed, query, refused }: Asked) {
  const { path, kind, text, saved, files, change, besides } = edited;
  const language = typed?.language ?? "en-GB";
  const flow = editedFlow(edited, language);
  const name = flowOf(path);
  const names = flow ? namesFor(edited, flow) : noNames;
  return {
    ...{ path, kind, text, refused, change, besides, done: query.done ?? "", unsaved: text !== saved },
    gone: edited.hash === null,
    flow: flow ? name : null,
    title: (kind === "flow" && flow?.flow?.title) || path,
    hash: typed?.hash ?? edited.hash,
    addresses: { edit: editAddress(path), check: checkAddress(path), saves: savesAddress(path) },
    ...faultsBeside(checkFile(files, path), path, files),
    line: lineAsked(text, query),
    theirChanges: refused?.theirs ? textDiff(text, refused.theirs) : [],
    ...(kind === "flow" && flow ? await tried(flow, typed, language) : {}),
    tests: typed?.act === "run" && flow ? shownTests(await parts.testFlows(files), name) : null,
    ran: typed?.act === "run",
    completions: JSON.stringify(names).replaceAll("<", "\\u003c"),
  };
}

async function tried({ flow, flows, said, languages }: EditedFlow, typed: Typed | null, language: string) {
  const { press, acts: before, act } = typed ?? {};
  const acts = act === "try-again" ? [] : readActs([before, press].filter(Boolean).join(","));
  const known = languages.includes(language) ? language : "en-GB";
  if (!flow) return { tried: null, languages, language: known, fields: [], offered: [] };
  const fields = tryFields(flow, { ...typed });
  const offered = offeredLanguages(flow, { ...typed });
  const offers = offersOf(offered, known);
  const walked = await tryOut({ flow, flows, acts, language: known, offers, contact: contactOf(fields) });
  return { tried: shownTry(walked, said), languages, language: known, fields, offered };
}

/** Where a fault led: to be seen without a script too. */
function lineAsked(text: string, { line = "", column = "" }: Asked["query"]) {
  const number = Number(line);
  const shown = /^\d{1,6}$/.test(line) ? text.split("\n")[number - 1] : undefined;
  return shown === undefined ? null : { number, column: Number(column) || 1, text: shown };
}
