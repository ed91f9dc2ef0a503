/** Asterisk's event log, log/cel-custom/Master.csv: its rows as cel_custom.conf in dialplans/asterisk writes them. */
import { open } from "node:fs/promises";
import type { WitnessedEvent } from "#campaign/evidence.ts";
import { csvCells } from "#lib/csv-cells.ts";
import { messageOf } from "#lib/errors.ts";
import { linesBackwards } from "#lib/lines-backwards.ts";

export interface EventRow {
  type: string;
  /** By Asterisk's clock. */
  atMs: number;
  channelId: string;
  extra: string;
}

/** Null where it is no row of ours: torn, or written by another configuration. */
export function eventRow(line: string): EventRow | null {
  const cells = csvCells(line);
  if (!cells || cells.length < 6) return null;
  const [type = "", time = "", channelId = "", , , extra = ""] = cells;
  if (!/^[A-Z_]+$/.test(type) || !/^\d+\.\d+$/.test(time) || channelId === "") return null;
  return { type, atMs: Number(time) * 1000, channelId, extra };
}

/** What was found of one channel. */
export interface ChannelReading {
  /** Oldest first. */
  events: WitnessedEvent[];
  /** The last row, of whomever, before the time from which it was sought; null where the file begins later. */
  lastBeforeMs: number | null;
}

export interface LogReading {
  channels: Map<string, ChannelReading>;
  /** Rows that cannot be read, or stand more than a second before the one above them: the clock was set back. */
  tornRows: number;
}

const backwardsMs = 1_000;

/**
 * Reads back from the file's end until every channel's own time is passed.
 * @param since by channel, by Asterisk's clock
 * @throws Error of the file system; RangeError where it is no text
 */
export async function readEventLog(path: string, since: ReadonlyMap<string, number>): Promise<LogReading> {
  const channels = new Map([...since.keys()].map((id) => [id, { events: [], lastBeforeMs: null }]));
  const reading: LogReading = { channels, tornRows: 0 };
  let unpassed = [...since].toSorted(([, a], [, b]) => b - a);
  let laterMs = Number.POSITIVE_INFINITY;
  const file = await open(path, "r");
  try {
    for await (const { text, whole } of linesBackwards(file)) {
      const row = whole ? eventRow(text) : null;
      if (!row) {
        takeTorn(reading, text, whole);
        continue;
      }
      if (row.atMs > laterMs + backwardsMs) reading.tornRows += 1;
      laterMs = row.atMs;
      reading.channels.get(row.channelId)?.events.unshift(eventOf(row));
      const passed = unpassed.filter(([, sinceMs]) => row.atMs < sinceMs);
      for (const [id] of passed) reading.channels.get(id)!.lastBeforeMs = row.atMs;
      if (passed.length > 0) unpassed = unpassed.slice(passed.length);
      if (unpassed.length === 0) break;
    }
  } finally {
    await file.close();
  }
  return reading;
}

/** Torn, it is no proof of anything but that the channel in it was there. */
function takeTorn(reading: LogReading, text: string, whole: boolean): void {
  if (whole) reading.tornRows += 1;
  const cells = new Set([...text.matchAll(/"([^",]+)"/g)].map(([, cell]) => cell!));
  for (const cell of cells) reading.channels.get(cell)?.events.unshift({ kind: "something" });
}

function eventOf({ type, extra }: EventRow): WitnessedEvent {
  if (type === "CHAN_START") return { kind: "started" };
  if (type === "ANSWER") return { kind: "answered" };
  return type === "HANGUP" ? { kind: "hung-up", cause: causeIn(extra) } : { kind: "something" };
}

function causeIn(extra: string): number | null {
  try {
    const { hangupcause } = JSON.parse(extra) as { hangupcause?: unknown };
    return typeof hangupcause === "number" ? hangupcause : null;
  } catch {
    return null;
  }
}

/** Whether there is a whole row of this channel in what was written since. @throws as readEventLog */
export async function hasRow(path: string, channelId: string, sinceMs: number): Promise<boolean> {
  const { channels } = await readEventLog(path, new Map([[channelId, sinceMs]]));
  return channels.get(channelId)?.events.some(({ kind }) => kind !== "something") ?? false;
}

export const whyUnreadable = (thrown: unknown): string =>
  (thrown as NodeJS.ErrnoException)?.code === "ENOENT"
    ? "the event log is not there"
    : `the event log cannot be read: ${messageOf(thrown)}`;
