/** "/overview": how many were asked, answered and told, by place, week and hour. */

import { countOf } from "../british.ts";
import type { RoomPages } from "../build-room.ts";
import { signedIn } from "../who.ts";
import { barChart, lineChart } from "./chart.ts";
import { type AskedPeriod, readPeriod } from "./period.ts";
import type { Counted } from "./ports.ts";
import { funnelOf, placeRows, ratingsOf, weekRows } from "./summary.ts";

const hidden = "fewer than 5";
const percent = (share: number | null): string => (share === null ? "" : `${Math.round(share * 100)}%`);

export const overviewPages: RoomPages = async (web, { overview, clock }) => {
  const schema = {
    querystring: { type: "object", properties: { from: { type: "string" }, to: { type: "string" } } },
  };
  web.get<{ Querystring: AskedPeriod }>(
    "/overview",
    { config: { right: "overview" }, schema },
    async (request, reply) => {
      const period = readPeriod(request.query, clock.now());
      const counted = await overview.count(signedIn(request).userId, period);
      return reply.page("overview/overview.njk", { period, now: clock.now(), ...shown(counted) });
    },
  );
};

function shown(counted: Counted) {
  const funnel = funnelOf(counted.places);
  const ratings = ratingsOf(counted);
  const weeks = weekRows(counted);
  const most = Math.max(1, ...funnel.map(({ people }) => people));
  const kept = (state: string) => counted.promises.find((each) => each.state === state)?.people ?? 0;
  return {
    ...{ funnel, ratings, weeks, places: placeRows(counted), hours: counted.hours, waiting: counted.waiting },
    endings: counted.endings.map(({ step, calls }) => ({ step: step.replaceAll("-", " "), calls })),
    promises: {
      kept: kept("kept"),
      broken: kept("broken"),
      open: kept("promised"),
      withdrawn: kept("withdrawn"),
    },
    charts: {
      funnel: barChart(
        "How far people came",
        funnel.map(({ name, people, share }) => ({
          ...{ name, share: people / most },
          label:
            share === null
              ? countOf(people, "person", "people")
              : `${countOf(people, "person", "people")}, ${percent(share)} of those before`,
        })),
      ),
      ratings: barChart(
        "Ratings",
        ratings.map(({ name, people, share }) => ({
          ...{ name, share },
          label: people === null ? hidden : `${people}${share === null ? "" : ` (${percent(share)})`}`,
        })),
      ),
      weeks: lineChart(
        "Share who said good or very good, week by week",
        weeks.map(({ week, positive }) => ({
          name: `Week of ${week.split("-").reverse().join("/")}`,
          share: positive,
        })),
      ),
    },
  };
}
