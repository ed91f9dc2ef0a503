import type { Pool } from "pg";
import type { FigureFilter, LiveCount, StepCount, WayCount } from "#result/flow-figures.ts";
import type { EndedCallLine, FigureChoices, FlowFiguresDesk } from "#web/room/flows/ports.ts";
import { inRoom } from "./room.ts";
import { oneRow, rows } from "./rows.ts";

const zone = "Europe/London";
const mostCalls = 20;
const everyCall = { language: null, release: null, hour: null };
const valuesOf = ({ flow, from, until, language, release, hour }: FigureFilter): unknown[] => [
  ...[flow, from, until, language, release, hour, zone],
];

export const createFlowFigures = (pool: Pool): FlowFiguresDesk => ({
  counts: (userId, filter) =>
    inRoom(pool, userId, async (tx) => ({
      steps: await rows<StepCount>(
        tx,
        `select step, calls, hung_up as "hungUp", unanswered, broke_off as "brokeOff", median_ms as "medianMs"
         from flow_figures($1, $2, $3, $4, $5, $6, $7)`,
        valuesOf(filter),
      ),
      ways: await rows<WayCount>(
        tx,
        `select step, left_by as "leftBy", times from flow_ways($1, $2, $3, $4, $5, $6, $7)`,
        valuesOf(filter),
      ),
    })),
  choices: (userId, { flow, from, until }) =>
    inRoom(pool, userId, (tx) =>
      oneRow<FigureChoices>(
        tx,
        `select coalesce(languages, '{}') as languages, coalesce(releases, '{}') as releases, calls
         from flow_filters($1, $2, $3)`,
        [flow, from, until],
      ),
    ),
  completion: async (userId, flow, { first, second }) => {
    const found = await inRoom(pool, userId, (tx) =>
      rows<{ release: number; calls: number; completed: number; since: Date; until: Date }>(
        tx,
        "select release, calls, completed, since, until from flow_completion($1, $2, $3)",
        [flow, first, second],
      ),
    );
    const of = (release: number) => found.find((each) => each.release === release);
    const [one, other] = [of(first), of(second)];
    if (!one || !other) return null;
    return {
      first: { of: one.completed, calls: one.calls },
      second: { of: other.completed, calls: other.calls },
      ...{ since: one.since, until: one.until },
    };
  },
  live: (userId, { language, release, hour } = everyCall) =>
    inRoom(pool, userId, (tx) =>
      rows<LiveCount>(
        tx,
        "select flow, step, language, calls from flow_live($1, $2, $3, $4) where step is not null",
        [language, release, hour, zone],
      ),
    ),
  endedAt: (userId, { flow, from, until, language, release, hour }, step) =>
    inRoom(pool, userId, (tx) =>
      rows<EndedCallLine>(
        tx,
        `select call_id as "callId", answered_at as "answeredAt", ended_at as "endedAt", left_by as "leftBy", direction,
           node, cause, sip_code as "sipCode", language, release
         from flow_ended_at($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [flow, step, from, until, language, release, hour, zone, mostCalls],
      ),
    ),
});
