import type { Pool } from "pg";
import type { Answer, AnswerBook } from "#web/ports.ts";
import type { Ciphers } from "./ciphers.ts";
import { maybeRow } from "./rows.ts";

/** Takes the key where it is free: never used, older than a day, or left by a process that died over it. */
const CLAIM = `
  insert into housekeeping.api_answer as a (token_id, key) values ($1, $2)
  on conflict (token_id, key) do update
    set begun_at = clock_timestamp(), request_hmac = null, status = null, content_type = null, location = null, body = null
    where a.begun_at < clock_timestamp() - case when a.status is null then interval '10 minutes' else interval '24 hours' end
  returning key`;

interface Row extends Omit<Answer, "status"> {
  status: number | null;
  request: Buffer;
}

export const createAnswerBook = (pool: Pool, ciphers: Ciphers): AnswerBook => ({
  claim: async (tokenId, key) => {
    await pool.query(
      "delete from housekeeping.api_answer where begun_at < clock_timestamp() - interval '24 hours'",
    );
    if (await maybeRow(pool, CLAIM, [tokenId, key])) return { kind: "new" };
    const row = await maybeRow<Row>(
      pool,
      `select status, content_type as "contentType", location, body, request_hmac as request
       from housekeeping.api_answer where token_id = $1 and key = $2`,
      [tokenId, key],
    );
    if (row === null || row.status === null) return { kind: "running" };
    const { status, request, ...rest } = row;
    return { kind: "answered", answer: { ...rest, status }, request };
  },
  requestHash: (text) => ciphers.hash("content", text),
  keep: async (tokenId, key, request, { status, contentType, location, body }) => {
    await pool.query(
      `update housekeeping.api_answer set request_hmac = $3, status = $4, content_type = $5, location = $6, body = $7
       where token_id = $1 and key = $2 and status is null`,
      [tokenId, key, request, status, contentType, location, body],
    );
  },
  forget: async (tokenId, key) => {
    await pool.query(
      "delete from housekeeping.api_answer where token_id = $1 and key = $2 and status is null",
      [tokenId, key],
    );
  },
});
