/** The draft's prompts, as one of the staff sees and changes them: every change is a save of the draft, and audited. */
import type { Pool } from "pg";
import type { SignedIn } from "#access/rights.ts";
import { acceptSounds, approvalFor, type FileChanges, withApprovals } from "#prompts/accept-sound.ts";
import { isWide } from "#prompts/forms.ts";
import { type Manifest, manifestPath, readManifest } from "#prompts/manifest.ts";
import { type Making, readRecord, recordPaths, soundPath } from "#prompts/sounds.ts";
import { promptStates, type SoundState } from "#prompts/states.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { Author } from "#release/ports.ts";
import type {
  DraftPrompts,
  PromptPlace,
  PromptRoom,
  PromptSaved,
  SeenPrompt,
  SoundVersion,
} from "#web/room/prompts/ports.ts";
import { writeAudit } from "./audit-log.ts";
import {
  addSaves,
  beginDraft,
  type Folders,
  lockReleases,
  type OpenDraft,
  openDraft,
} from "./release-draft.ts";
import { content, contentsOf, putContent } from "./release-files.ts";
import { EVERY_HASH } from "./release-saves.ts";
import { inRoom } from "./room.ts";
import { type Db, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** The draft without its sounds: the manifest, and what is known of how sounds were made. */
interface Opened extends Omit<DraftPrompts, "wide"> {
  draft: OpenDraft;
  files: ReleaseFiles;
}

export function createPromptRoom(pool: Pool, folders: Folders): PromptRoom {
  const within = <T>({ userId }: SignedIn, work: (tx: Tx) => Promise<T>) => inRoom(pool, userId, work);
  const change = (who: SignedIn, at: SeenPrompt, changing: Changing) =>
    within(who, (tx) => changePrompt(tx, folders, { who, at, changing }));
  return {
    draft: (who) =>
      within(who, async (tx) => {
        const open = await openPrompts(tx, folders);
        return open && { ...open, wide: await wideSounds(tx, open) };
      }),
    versions: (who, place) => within(who, (tx) => versionsOf(tx, place)),
    sound: (who, place, sha256) => within(who, (tx) => soundOf(tx, folders, place, sha256)),
    accept: (who, at, wav) =>
      change(who, at, async ({ files, text }) =>
        acceptSounds(files, [{ ...at, wav, text, making: "recorded", by: who.name, at: new Date() }]),
      ),
    restore: (who, at, sha256) =>
      change(who, at, async ({ tx, files }) => {
        const wav = await soundOf(tx, folders, at, sha256);
        if (!wav) return null;
        const { making, text } = await howMade(tx, folders, at, sha256);
        return acceptSounds(files, [{ ...at, wav, text, making, by: who.name, at: new Date() }]);
      }),
    approve: (who, at) =>
      change(who, at, async ({ files, state }) => {
        const approval = state.kind === "changed" ? null : approvalFor(state, who.name, new Date());
        return approval && withApprovals(files, at.language, new Map([[at.id, approval]]));
      }),
  };
}

async function openPrompts(db: Db, folders: Folders): Promise<Opened | null> {
  const draft = await openDraft(db, folders);
  const wanted = [...draft.hashes].filter(
    ([path]) => path === manifestPath || /^prompts\/[^/]+\/\w+\.json$/.test(path),
  );
  const files =
    draft.id === null && draft.basedOn === null ? folders() : await contentsOf(db, new Map(wanted));
  const { manifest } = readManifest(files);
  if (!manifest) return null;
  const states = promptStates(files, manifest, (path) => draft.hashes.get(path) ?? null);
  return { draft, files, manifest, states };
}

/** Told by their headings: the sounds of a house are ten megabytes. */
async function wideSounds(db: Db, { draft, files }: Opened): Promise<Set<string>> {
  const sounds = [...draft.hashes].filter(([path]) => path.endsWith(".wav"));
  const there = sounds.filter(([path]) => files.has(path));
  const known = there.filter(([path]) => isWide(files.get(path)!)).map(([, hash]) => hash);
  const found = await rows<{ sha256: string; heading: Buffer }>(
    db,
    "select sha256, substring(bytes for 28) as heading from housekeeping.release_content where sha256 = any($1)",
    [sounds.filter(([path]) => !files.has(path)).map(([, hash]) => hash)],
  );
  return new Set([...known, ...found.filter(({ heading }) => isWide(heading)).map(({ sha256 }) => sha256)]);
}

/** What changes, from what is there; null: it cannot be done. */
type Changing = (now: {
  tx: Tx;
  files: ReleaseFiles;
  state: SoundState;
  text: string;
}) => Promise<FileChanges | null>;

interface Change {
  who: SignedIn;
  at: SeenPrompt;
  changing: Changing;
}

async function changePrompt(tx: Tx, folders: Folders, { who, at, changing }: Change): Promise<PromptSaved> {
  await lockReleases(tx);
  const open = await openPrompts(tx, folders);
  const state = open?.states.get(at.language)?.get(at.id);
  const text = open && textOf(open.manifest, at);
  if (!open || !state || text === null) return "missing";
  if (state.sha256 !== at.seen) return "changed";
  const changes = await changing({ tx, files: open.files, state, text });
  if (!changes) return "missing";
  const author: Author = { kind: "user", id: who.userId, name: who.name };
  const saves: { path: string; hash: string | null }[] = [];
  for (const [path, bytes] of changes) {
    const [hash = null] = bytes ? await putContent(tx, [bytes]) : [];
    saves.push({ path, hash });
  }
  await addSaves(tx, await beginDraft(tx, open.draft, folders), saves, author);
  const path = saves[0]?.path ?? soundPath(at.language, at.id);
  await writeAudit(tx, {
    ...{ who: author, action: "release-save", trust: null, reason: null },
    ...{ subject: { kind: "prompt", id: `${at.language}/${at.id}` }, details: { path } },
  });
  return "saved";
}

const textOf = ({ prompts }: Manifest, { id, language }: PromptPlace): string | null =>
  prompts.get(id)?.words.get(language)?.text ?? null;

async function versionsOf(db: Db, { language, id }: PromptPlace): Promise<SoundVersion[]> {
  return rows<SoundVersion>(
    db,
    `select sha256, min(at) as at, (array_agg(by order by at))[1] as by, min(release) as release
     from (
       select f.sha256, r.published_at as at, r.author_name as by, f.release
         from housekeeping.release_file f join housekeeping.release r on r.number = f.release where f.path = $1
       union all
       select s.sha256, s.at, s.author_name, null from housekeeping.release_save s
         where s.path = $1 and s.sha256 is not null
       union all
       select d.base ->> $1, d.begun_at - interval '1 millisecond', null, null
         from housekeeping.release_draft d where d.base ? $1
     ) v group by sha256 order by 2 desc`,
    [soundPath(language, id)],
  );
}

/** The folders' own are in the database only once something was saved over them. */
async function soundOf(db: Db, folders: Folders, { language, id }: PromptPlace, sha256: string) {
  const path = soundPath(language, id);
  const { hashes, basedOn, id: draft } = await openDraft(db, folders);
  if (hashes.get(path) === sha256 && draft === null && basedOn === null) return folders().get(path) ?? null;
  const known = await rows<{ sha256: string }>(db, EVERY_HASH, [path]);
  return known.some((one) => one.sha256 === sha256) ? content(db, sha256) : null;
}

/** As the records said of it when it was there: a machine's stays a machine's. */
async function howMade(
  db: Db,
  folders: Folders,
  { language, id }: PromptPlace,
  sha256: string,
): Promise<{ making: Making; text: string | null }> {
  for (const making of ["stand-in", "recorded"] as const) {
    const path = recordPaths[making](language);
    const hashes = (await rows<{ sha256: string }>(db, EVERY_HASH, [path])).map((row) => row.sha256);
    const records = await Promise.all(hashes.map((hash) => content(db, hash)));
    for (const bytes of [...records, folders().get(path) ?? null]) {
      const entry = bytes && readRecord(new Map([[path, bytes]]), making, language)[id];
      if (entry && entry.sha256 === sha256) return { making, text: entry.text };
    }
  }
  return { making: "recorded", text: null };
}
