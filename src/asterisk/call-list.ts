/** Asterisk's list of calls, log/cdr-csv/Master.csv, as cdr.conf in dialplans/asterisk has it: a line when a call ends. */
import { open } from "node:fs/promises";
import type { CallRecord } from "#campaign/evidence.ts";
import { csvCells } from "#lib/csv-cells.ts";
import { linesBackwards } from "#lib/lines-backwards.ts";

/** What the list's words say in Q.850; of a failed call it does not say why. */
const causes: Record<string, number> = { BUSY: 17, CONGESTION: 34, "NO ANSWER": 19 };
/** Its times may be local, and stand an hour off. */
const marginMs = 2 * 3_600_000;

/**
 * The calls sought, by channel; reads back from the file's end to calls that ended well before `sinceMs`.
 * @throws Error of the file system; RangeError where it is no text
 */
export async function readCallList(
  path: string,
  channelIds: ReadonlySet<string>,
  sinceMs: number,
): Promise<Map<string, CallRecord>> {
  const found = new Map<string, CallRecord>();
  const file = await open(path, "r");
  try {
    for await (const { text } of linesBackwards(file)) {
      const cells = csvCells(text);
      // accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, ...
      const [ended = "", , , disposition = "", , channelId = ""] = cells?.slice(11) ?? [];
      if (channelIds.has(channelId)) {
        found.set(channelId, { answered: disposition === "ANSWERED", cause: causes[disposition] ?? null });
      }
      if (found.size === channelIds.size || Date.parse(`${ended}Z`) < sinceMs - marginMs) break;
    }
  } finally {
    await file.close();
  }
  return found;
}
