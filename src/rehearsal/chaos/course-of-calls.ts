/** The course of each call that lost something, from both ends and with what befell it: CI keeps nothing else of a run. */
import { rows } from "#postgres/rows.ts";
import type { FarEndEvent } from "#rehearsal/far-end/ledger.ts";
import type { Fault } from "./faults.ts";
import type { Report } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { FarCall } from "./tally.ts";

const mostCalls = 5;
/** Faults so long before a call may still be felt in it. */
const feltForMs = 3_000;

interface Moment {
  atMs: number;
  what: string;
}

/** Attempts of which keys or words are missing that must not be. */
export function attemptsThatLost({ keys, stories }: Report): string[] {
  const words = stories.losses.filter(
    ({ because, marked }) => because === "nothing that may" || (because === "disk" && !marked),
  );
  return [...new Set([...keys.lost.map(({ attempt }) => attempt), ...words.map(({ attempt }) => attempt)])];
}

/** Times in seconds after the INVITE; no number and no name. */
export async function coursesOf(
  attempts: readonly string[],
  { stage, calls, faults }: { stage: Stage; calls: readonly FarCall[]; faults: readonly Fault[] },
): Promise<string[]> {
  const lines: string[] = [];
  for (const id of attempts.slice(0, mostCalls)) {
    const call = calls.find(({ attempt }) => attempt?.id === id);
    if (!call) continue;
    const untilMs = Math.max(call.atMs, ...call.events.map(({ atMs }) => atMs));
    const felt = faults.filter(
      (fault) => fault.untilMs >= call.atMs - feltForMs && fault.fromMs <= untilMs + feltForMs,
    );
    const moments = [
      ...call.events.map((event) => ({ atMs: event.atMs, what: `person ${wordsOf(event)}` })),
      ...felt.map(({ kind, target, fromMs, untilMs: overMs }) => ({
        atMs: fromMs,
        what: `FAULT ${kind}, ${target}, for ${((overMs - fromMs) / 1000).toFixed(1)} s`,
      })),
      ...(await keptOf(stage, id)),
    ];
    lines.push(`call of attempt ${id} on ${call.attempt?.node}, ${call.attempt?.disposition}:`);
    for (const { atMs, what } of moments.toSorted((one, other) => one.atMs - other.atMs))
      lines.push(`  ${((atMs - call.atMs) / 1000).toFixed(2).padStart(7)} ${what}`);
  }
  return lines;
}

function wordsOf({ atMs, call, what, ...rest }: FarEndEvent): string {
  const details = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return [what, ...details].join(", ");
}

const keptOf = ({ database }: Stage, attempt: string): Promise<Moment[]> =>
  rows<Moment>(
    database.pool,
    `select (extract(epoch from p.pressed_at) * 1000)::float8 as "atMs",
       format('kept    %s in %s%s', p.digit, p.step, case when p.late then ', late' else '' end) as what
     from key_press p join call k on k.id = p.call_id where k.attempt_id = $1
     union all
     select (extract(epoch from s.updated_at) * 1000)::float8,
       format('story   %s, %s, %s bytes%s; recordings %s', s.state, s.audio, s.bytes, case when s.truncated then ', marked as cut' else '' end,
         (select string_agg(format('%s ms %s', coalesce(r.line_duration_ms::text, '?'), r.state), '; ' order by r.part)
           from recording r where r.story_id = s.id))
     from story s join call k on k.id = s.call_id where k.attempt_id = $1`,
    [attempt],
  );
