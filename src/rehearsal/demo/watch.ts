import type { Pool } from "pg";
import type { Campaign } from "#campaign/campaign.ts";
import { maskNumber } from "#campaign/phone-number.ts";
import { readBoard, type BoardRow as VisitRow } from "#postgres/board.ts";
import { waitingJobs } from "#postgres/jobs.ts";
import { people } from "#rehearsal/people/people.ts";
import type { Board, BoardRow } from "./board.ts";

export interface WatchOptions {
  pool: Pool;
  campaign: Campaign;
  /** E.164 by visit reference. */
  numbers: ReadonlyMap<string, string>;
  board: Board;
  signal: AbortSignal;
}

const everyMs = 250;
/** A visit whose next call is further away than this is not waited for. */
const patienceMs = 120_000;

/**
 * Shows the board until everybody has been called and every story has its words.
 * @returns false when it was interrupted
 */
export async function watch({ pool, campaign, numbers, board, signal }: WatchOptions): Promise<boolean> {
  const titles = new Map(people.map(({ number, title }) => [number, title]));
  try {
    for (;;) {
      const rows = await readBoard(pool, campaign.id);
      board.show(rows.map((row) => shown(row, numbers.get(row.visitRef) ?? "", titles)));
      // The story of a call that has just ended is a job until it is kept.
      if (rows.every(isOver) && (await waitingJobs(pool)) === 0) return true;
      if (await aborted(signal, everyMs)) return false;
    }
  } finally {
    board.stop();
  }
}

function isOver(row: VisitRow): boolean {
  if (row.status === "calling" || row.transcriptState === "waiting") return false;
  return row.status !== "due" || row.notBefore.getTime() - Date.now() > patienceMs;
}

function shown(row: VisitRow, number: string, titles: ReadonlyMap<string, string>): BoardRow {
  return {
    visitRef: row.visitRef,
    who: titles.get(number) ?? "",
    number: maskNumber(number),
    state: stateOf(row),
    step: row.step,
    disposition: row.disposition,
    rating: row.rating,
    transcriptState: row.transcriptState,
    since: null,
  };
}

function stateOf(row: VisitRow): BoardRow["state"] {
  if (row.status === "calling") {
    if (row.recording) return "recording";
    if (row.attempt === "live") return "answered";
    return row.ringing ? "ringing" : "dialling";
  }
  if (row.transcriptState === "waiting") return "transcribing";
  return row.status === "due" ? "waiting" : "done";
}

function aborted(signal: AbortSignal, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(true);
      return;
    }
    const stop = () => finish(true);
    const timer = setTimeout(() => finish(false), withinMs);
    const finish = (value: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve(value);
    };
    signal.addEventListener("abort", stop);
  });
}
