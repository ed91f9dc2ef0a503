/** Takes what was spooled while the database was away: by its own process, or, after a crash, by any other. */
import type { Pool } from "pg";
import type { CallWrite, Replay } from "#call/spool.ts";
import { AppError } from "#lib/errors.ts";
import { begin, partBegun, partEnded } from "./calls.ts";
import { endAttemptLate } from "./end-attempt-late.ts";
import { endCallLate, inOtherHands } from "./end-call-late.ts";
import { keepLate } from "./late-answers.ts";
import { type Db, oneRow } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** @param owner in whose name attempts are ended, and who wrote what is replayed where nobody is named; a name that no other process has ever used */
export const createReplay = (pool: Pool, owner: string): Replay => ({
  take: ({ at, write }, of = owner) =>
    write.kind === "attempt-end"
      ? endAttemptLate(pool, { owner, of }, write)
      : inTransaction(pool, (tx) => {
          switch (write.kind) {
            case "begin":
              return begin(tx, null, write.call);
            case "keep":
              return keepLate(tx, of, write.step);
            case "part-begun":
              return partBegun(tx, null, write.part);
            case "part-ended":
              return partEnded(tx, null, write.part);
            case "end":
              return endCallLate(tx, of, write.call, at);
          }
        }),
  holds: (write, of = owner) => holds(pool, of, write),
  isRefusal,
});

const CALL = "select from call where id = $1";

async function holds(db: Db, of: string, write: CallWrite): Promise<boolean> {
  const there = async (sql: string, ...values: unknown[]) =>
    (await oneRow<{ there: boolean }>(db, `select exists (${sql}) as there`, values)).there;
  switch (write.kind) {
    case "begin":
      return there(CALL, write.call.id);
    case "keep": {
      const { callId, sequence, key } = write.step;
      if (key === null)
        return there(
          `${CALL} and (sequence >= $2 or ${inOtherHands("call.attempt_id", "$3")})`,
          callId,
          sequence,
          of,
        );
      const sql = "select from key_press where call_id = $1 and sequence = $2 and pressed_at = $3";
      return there(sql, callId, sequence, key.pressedAt);
    }
    case "part-begun":
      return there("select from recording where name = $1", write.part.name);
    case "part-ended":
      return there("select from recording where name = $1 and state <> 'recording'", write.part.name);
    case "end":
      return there(
        `${CALL} and (ended_at is not null or ${inOtherHands("call.attempt_id", "$2")})`,
        write.call.id,
        of,
      );
    case "attempt-end":
      return there(
        `select from attempt where id = $1
           and (state in ('unknown', 'ended', 'refused') or ${inOtherHands("attempt.id", "$2")})`,
        write.attempt.id,
        of,
      );
  }
}

/** Classes of SQLSTATE that say that the statement, or what it carries, is wrong; all others pass by. */
const REFUSING = new Set(["0A", "21", "22", "23", "2F", "42", "P0"]);

/** The database was there, and will have it no more gladly the next time. */
export function isRefusal(thrown: unknown): boolean {
  if (thrown instanceof AppError) return thrown.code !== "database_slow";
  const { code } = thrown as { code?: unknown };
  return typeof code === "string" && code.length === 5 && REFUSING.has(code.slice(0, 2));
}
