import type { Db } from "./rows.ts";

/** What went wrong with a release; `subject`: the prompt and its language, or the instance. */
export interface ReleaseTrouble {
  /** Null: the folders. */
  release: number | null;
  kind: "missing-prompt" | "not-loaded";
  subject: string;
}

export async function noteTrouble(db: Db, { release, kind, subject }: ReleaseTrouble): Promise<void> {
  await db.query("insert into housekeeping.release_trouble (release, kind, subject) values ($1, $2, $3)", [
    release,
    kind,
    subject,
  ]);
}
