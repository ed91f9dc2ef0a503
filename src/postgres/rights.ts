import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "./rows.ts";

const sql = readFileSync(join(import.meta.dirname, "rights.sql"), "utf8");

/** Gives the app's role its rights to every table that is there. As the owner of all of them. */
export async function giveRights(db: Db): Promise<void> {
  await db.query(sql);
}
