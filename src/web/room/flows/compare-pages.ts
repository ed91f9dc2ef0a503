/** "/flows/NAME/compare": which of two wordings works better, of people who got one or the other by chance. */
import { callsWanted } from "#release/canary.ts";
import { type Comparison, compareShares, type Interval } from "#result/compare.ts";
import { escaped } from "../../escaped.ts";
import type { RoomPages } from "../build-room.ts";
import { notFound } from "../troubles.ts";
import { signedIn } from "../who.ts";
import { chosenFlow } from "./chosen-flow.ts";

/** Percentage points that two such groups show in 4 of 5 tries, at 95 %, where half of the people come to the end. */
const trialShows = Math.ceil(100 * (1.96 + 0.84) * Math.sqrt(0.5 / callsWanted));

type OfFlow = { Params: { flow: string }; Querystring: { first?: string; second?: string } };

export const comparePages: RoomPages = async (web, { spoken, releases, flowFigures }) => {
  const text = { type: "string", maxLength: 10 };
  const schema = { querystring: { type: "object", properties: { first: text, second: text } } };
  web.get<OfFlow>(
    "/flows/:flow/compare",
    { config: { right: "telephony" }, schema },
    async (request, reply) => {
      const who = signedIn(request);
      const met = await chosenFlow(spoken, who.userId, { flow: request.params.flow, release: null });
      if (!met) return reply.trouble(404, notFound);
      const { flow } = met;
      const all = await releases(who).list();
      const { live, canary } = await releases(who).state();
      const underTrial = canary && live !== null ? [canary.number, live] : null;
      const [newest, before] = underTrial ?? all.map(({ number }) => number);
      const chosen = (given: string | undefined, usual: number | undefined) =>
        all.find(({ number }) => String(number) === given)?.number ?? usual;
      const first = chosen(request.query.first, before);
      const second = chosen(request.query.second, newest);
      const pair = first !== undefined && second !== undefined && first !== second;
      const found = pair ? await flowFigures.completion(who.userId, flow.flow, { first, second }) : null;
      const compared = found && compareShares(found.first, found.second);
      return reply.page("flows/compare.njk", {
        ...{ flow: flow.flow, title: flow.title, all, first, second, pair, found, compared },
        ...{ trialCalls: callsWanted, trialShows },
        chart: compared && intervals(compared, { first, second }),
      });
    },
  );
};

const [width, left, right, row] = [640, 8, 8, 52];
const across = (share: number): number => Math.round(left + share * (width - left - right));

/** Both shares, each with what it may be in truth; the figures stand in a table beside it. */
function intervals(
  { first, second }: Comparison,
  of: { first?: number | undefined; second?: number | undefined },
): string {
  const rows = [
    { name: `Release ${of.first}`, ...first },
    { name: `Release ${of.second}`, ...second },
  ].map(({ name, share, interval }, at) => line(name, share, interval, at * row));
  return `<svg class="flow-intervals" viewBox="0 0 ${width} ${row * 2 + 28}" role="img" aria-label="Share of people who came to the end, by release, with its uncertainty">
${rows.join("\n")}
<text class="flow-axis" x="${left}" y="${row * 2 + 20}">0%</text>
<text class="flow-axis" x="${width - right}" y="${row * 2 + 20}" text-anchor="end">100%</text>
</svg>`;
}

const line = (name: string, share: number, { low, high }: Interval, top: number): string =>
  `<text class="flow-axis" x="${left}" y="${top + 18}">${escaped(name)}</text>
<line class="flow-scale" x1="${left}" x2="${width - right}" y1="${top + 34}" y2="${top + 34}"/>
<line class="flow-range" x1="${across(low)}" x2="${across(high)}" y1="${top + 34}" y2="${top + 34}"/>
<circle class="flow-share" cx="${across(share)}" cy="${top + 34}" r="7"/>`;
