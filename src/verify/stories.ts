/** The other half of I6: the story store against its rows, file by file. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { rows } from "#postgres/rows.ts";
import type { Tx } from "#postgres/transaction.ts";
import type { BrokenRow } from "./verified.ts";

const batch = 500;
const STORY_FILE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.wav(\.sealed)?$/;

/** Ids of the stories of which a plain file lies there. */
export const plainFiles = async (folder: string): Promise<string[]> =>
  (await storyFiles(folder)).flatMap((name) => {
    const [, id, sealed] = STORY_FILE.exec(name)!;
    return sealed === undefined ? [id!] : [];
  });

/** Names of all story files, as they lie there now. To be read before the rows: a file is there before its row says so. */
export async function storyFiles(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const found = await readdir(folder, { recursive: true });
  return found.map((path) => basename(path)).filter((name) => STORY_FILE.test(name));
}

/** Files that no row asks for. A story that still waits for its row to say "stored" is a row, too. */
export async function* strayFiles(tx: Tx, names: readonly string[]): AsyncGenerator<BrokenRow> {
  for (let from = 0; from < names.length; from += batch) {
    const some = names.slice(from, from + batch);
    const files = some.map((name) => STORY_FILE.exec(name)!);
    const found = await rows<{ id: string; known: boolean; because: string | null }>(
      tx,
      `select f.id::text as id, s.id is not null as known, s.discarded_because as because
       from unnest($1::uuid[], $2::boolean[]) as f (id, plain) left join story s on s.id = f.id
       where s.id is null or (s.audio = 'discarded' and s.discarded_because in ('deleted', 'missing', 'erased'))
         or (f.plain and s.audio = 'stored' and s.uri like '%.sealed')`,
      [files.map(([, id]) => id), files.map(([, , sealed]) => sealed === undefined)],
    );
    for (const { id, known, because } of found)
      if (!known) yield { id, what: "a file without a row" };
      else if (because) yield { id, what: `its file is there, and its row says ${because}` };
      else yield { id, what: "sealed, and its plain file is still there: hearback recordings seal" };
  }
}

/** Stored stories whose file is not there, or not what was written. */
export async function* damagedStories(tx: Tx, folder: string): AsyncGenerator<BrokenRow> {
  await tx.query(
    "declare stored no scroll cursor for select id::text, uri, sha256 from story where audio = 'stored'",
  );
  for (;;) {
    const found = await rows<{ id: string; uri: string; sha256: string }>(tx, `fetch ${batch} from stored`);
    for (const { id, uri, sha256 } of found) {
      const hash = await hashOf(placeOf(folder, uri));
      if (hash === null) yield { id, what: "its file is missing" };
      else if (hash !== sha256) yield { id, what: "its file is not what was written" };
    }
    if (found.length < batch) break;
  }
  await tx.query("close stored");
}

/** Where its row says; or, where the store has moved or is mounted elsewhere, below the folder that we were given. */
function placeOf(folder: string, uri: string): string {
  const written = fileURLToPath(uri);
  const name = basename(written);
  return existsSync(written) ? written : join(folder, name.slice(0, 2), name);
}

async function hashOf(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw thrown;
  }
  return hash.digest("hex");
}
