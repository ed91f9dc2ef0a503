/** Lists between their upload and their import: encrypted, for an hour, and for nobody but whoever sent them. */
import { isUtf8 } from "node:buffer";
import type { Encoding } from "#campaign/csv-text.ts";
import type { Ciphers } from "./ciphers.ts";
import { maybeRow, oneRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

export interface UploadedList {
  bytes: Buffer;
  keep: string[];
  /** Excel's plain CSV is Windows-1252; what is good UTF-8 is hardly ever anything else. */
  encoding: Encoding;
}

const STALE = "made_at < clock_timestamp() - interval '1 hour'";

export async function keepList(
  tx: Tx,
  ciphers: Pick<Ciphers, "encrypt">,
  list: { userId: string; campaignId: string; bytes: Buffer; keep: readonly string[] },
): Promise<string> {
  const { userId, campaignId, bytes, keep } = list;
  await tx.query(
    `delete from housekeeping.list_upload where (user_id = $1 and campaign_id = $2) or ${STALE}`,
    [userId, campaignId],
  );
  // One character a byte: the ciphers take texts.
  const secret = ciphers.encrypt("list", bytes.toString("latin1"));
  const { id } = await oneRow<{ id: string }>(
    tx,
    `insert into housekeeping.list_upload (user_id, campaign_id, list_enc, keep) values ($1, $2, $3, $4)
     on conflict (user_id, campaign_id) do update set id = excluded.id, list_enc = excluded.list_enc,
       keep = excluded.keep, made_at = excluded.made_at
     returning id`,
    [userId, campaignId, secret, keep],
  );
  return id;
}

interface OfWhom {
  userId: string;
  campaignId: string;
  listId: string;
}

export async function findList(
  tx: Tx,
  ciphers: Pick<Ciphers, "decrypt">,
  { userId, campaignId, listId }: OfWhom,
): Promise<UploadedList | null> {
  const found = await maybeRow<{ list: Buffer; keep: string[] }>(
    tx,
    `select list_enc as list, keep from housekeeping.list_upload
     where id = $1 and user_id = $2 and campaign_id = $3 and not ${STALE} for update`,
    [listId, userId, campaignId],
  );
  if (!found) return null;
  const bytes = Buffer.from(ciphers.decrypt("list", found.list), "latin1");
  return { bytes, keep: found.keep, encoding: isUtf8(bytes) ? "utf-8" : "windows-1252" };
}

export const dropList = (tx: Tx, { userId, campaignId, listId }: OfWhom) =>
  tx.query("delete from housekeeping.list_upload where id = $1 and user_id = $2 and campaign_id = $3", [
    listId,
    userId,
    campaignId,
  ]);
