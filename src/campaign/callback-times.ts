import type { Input } from "#flow/state.ts";
import { isPermitted, type PermittedSpan } from "./calling-hours.ts";
import type { CallbackPolicy } from "./campaign.ts";

export type CallbackTimes = Extract<Input, { kind: "callback-times" }>;

export interface TimesWanted {
  now: Date;
  /** The campaign's permitted spans, for some days to come (permittedSpans), in order. */
  spans: readonly PermittedSpan[];
  /** How many times the flow has keys for; at least 1. */
  count: number;
  policy: CallbackPolicy;
}

const minuteMs = 60_000;
const halfHourMs = 30 * minuteMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Nobody asks to be called later and means at once. */
const soonestMs = 30 * minuteMs;
/** Left of the calling hours after an offered time: for the call, and its one repeat after 15 minutes. */
const roomMs = 30 * minuteMs;
/** Days end with a pause at least this long; a midday pause is no new day. */
const nightMs = 4 * hourMs;

/**
 * The times that a caller may choose from for a callback, soonest first: on the hour or half hour (by UTC, which gives
 * quarter hours in the few zones that are off by 45 minutes), inside the permitted spans of the next 24 hours, spread
 * from the soonest to the last. Where these hold none, the first times of the next calling day (`sameDay` false); where
 * the spans hold none at all, no times. A rehearsal's "in N seconds" come first where ringing is permitted then.
 */
export function callbackTimes(wanted: TimesWanted): CallbackTimes {
  const short = inSeconds(wanted);
  if (short.length > 0) return { kind: "callback-times", sameDay: true, times: short };
  const { now, count } = wanted;
  const all = halfHours(wanted);
  const near = all.filter((at) => at <= now.getTime() + dayMs);
  if (near.length > 0) return offer(true, spread(near, count));
  return offer(false, first(nextDay(all), count));
}

const offer = (sameDay: boolean, times: number[]): CallbackTimes => ({
  kind: "callback-times",
  sameDay,
  times: times.map((at) => ({ at: new Date(at).toISOString() })),
});

function inSeconds({ now, spans, count, policy }: TimesWanted): CallbackTimes["times"] {
  return (policy.offerAfterSeconds ?? [])
    .map((afterSeconds) => ({ at: new Date(now.getTime() + afterSeconds * 1000), afterSeconds }))
    .filter(({ at }) => isPermitted(spans, at))
    .slice(0, count)
    .map(({ at, afterSeconds }) => ({ at: at.toISOString(), afterSeconds }));
}

/** Every half hour from which a call and its repeat still fit into a span. */
function halfHours({ now, spans }: TimesWanted): number[] {
  const times: number[] = [];
  for (const span of spans) {
    const from = Math.max(span.from.getTime(), now.getTime() + soonestMs);
    const last = span.to.getTime() - roomMs;
    for (let at = Math.ceil(from / halfHourMs) * halfHourMs; at <= last; at += halfHourMs) times.push(at);
  }
  return times;
}

/** The soonest, the last, and what lies evenly between them, on whole hours where one is as near. */
function spread(times: number[], count: number): number[] {
  if (times.length <= count) return times;
  const chosen = new Set<number>();
  for (let n = 0; n < count; n += 1) {
    const place = count === 1 ? 0 : Math.round((n * (times.length - 1)) / (count - 1));
    const at = times[place]!;
    const onTheHour = [times[place - 1], times[place + 1]].find((other) => other && other % hourMs === 0);
    const rounder = n > 0 && n < count - 1 && at % hourMs !== 0 ? onTheHour : undefined;
    chosen.add(rounder && !chosen.has(rounder) ? rounder : at);
  }
  return [...chosen];
}

/** The first whole hours; half hours where there are too few of these. */
function first(times: number[], count: number): number[] {
  const hours = times.filter((at) => at % hourMs === 0);
  return (hours.length >= count ? hours : times).slice(0, count);
}

/** The times up to the first night among them. */
function nextDay(times: number[]): number[] {
  const night = times.findIndex((at, place) => place > 0 && at - times[place - 1]! >= nightMs);
  return night < 0 ? times.slice(0, dayMs / halfHourMs) : times.slice(0, night);
}
