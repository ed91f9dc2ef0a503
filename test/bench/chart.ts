/** A chart as an SVG that needs nothing else: reads well on white and on black, in a browser and on GitHub. */
import type { Chart } from "./part.ts";
import { tellNumber } from "./table.ts";

const height = 400;
const margin = { left: 74, right: 170, top: 44, bottom: 56 };
/** What the legend's names are beside. */
const plotWidth = 476;
const rightEnd = margin.left + plotWidth;
/** From the plot's right end to the legend's marks, and from there to its names. */
const [legendLeft, legendMark] = [34, 26];
/** Of a letter of 12 pixels, on the safe side. */
const letterWidth = 6.6;
const colours = ["#3b7dd8", "#d9622b", "#2f9e63", "#b0489c", "#a8871a", "#6d6d6d", "#c8323c"];
/** Not told by colour alone; where colours begin again, another dash. */
const dashes = ["", "6 3", "2 3", "9 3 2 3", "1 4", "12 4", "4 1"];

/** @returns the whole file */
export function drawChart(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  const longest = Math.max(0, ...chart.series.map(({ name }) => name.length));
  const width = Math.ceil(rightEnd + Math.max(margin.right, legendLeft + legendMark + longest * letterWidth));
  const x = axis(
    [...points.map(([value]) => value), ...(chart.goalX === undefined ? [] : [chart.goalX])],
    chart.logX ?? false,
    [margin.left, rightEnd],
  );
  const y = axis(
    [...points.map(([, value]) => value), ...(chart.goalY === undefined ? [] : [chart.goalY])],
    chart.logY ?? false,
    [height - margin.bottom, margin.top],
  );
  const parts = [
    `<text x="${margin.left}" y="24" font-size="15" font-weight="bold">${asText(chart.title)}</text>`,
    ...x.ticks.map((tick) => xTick(x.place(tick), tick)),
    ...y.ticks.map((tick) => yTick(y.place(tick), tick)),
    `<text x="${margin.left + plotWidth / 2}" y="${height - 12}" text-anchor="middle">${asText(chart.x)}</text>`,
    `<text transform="translate(16 ${height / 2}) rotate(-90)" text-anchor="middle">${asText(chart.y)}</text>`,
    ...goalLines(chart, x, y),
    ...chart.series.flatMap((series, i) => drawSeries(series, i, x, y)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#767676">\n<title>${asText(chart.title)}</title>\n${parts.join("\n")}\n</svg>\n`;
}

interface Axis {
  place(value: number): number;
  ticks: number[];
}

/** From nothing, or with tens from the power below, to what is a little more than the greatest. */
function axis(values: readonly number[], isLog: boolean, [from, to]: [number, number]): Axis {
  const finite = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0));
  const most = Math.max(...finite, isLog ? 1 : 0) || 1;
  if (isLog) {
    const first = Math.floor(Math.log10(Math.min(...finite, most)));
    const last = Math.max(first + 1, Math.ceil(Math.log10(most) - 1e-9));
    const place = (value: number) =>
      from + ((Math.log10(Math.max(value, 10 ** first)) - first) / (last - first)) * (to - from);
    return { place, ticks: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)) };
  }
  const step = niceStep(most / 5);
  const end = Math.ceil(most / step - 1e-9) * step;
  const count = Math.round(end / step);
  return {
    place: (value) => from + (value / end) * (to - from),
    ticks: Array.from({ length: count + 1 }, (_, i) => i * step),
  };
}

/** 1, 2 or 5 of some power of ten, not less than this. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (([1, 2, 5].find((step) => step * power >= least - 1e-12) ?? 10) * power) as number;
}

const at = (value: number): string => value.toFixed(1);

const xTick = (place: number, value: number): string =>
  `<path d="M${at(place)} ${margin.top}V${height - margin.bottom}" stroke="#767676" stroke-opacity="0.25"/>` +
  `<text x="${at(place)}" y="${height - margin.bottom + 18}" text-anchor="middle">${tellTick(value)}</text>`;

const yTick = (place: number, value: number): string =>
  `<path d="M${margin.left} ${at(place)}H${rightEnd}" stroke="#767676" stroke-opacity="0.25"/>` +
  `<text x="${margin.left - 8}" y="${at(place + 4)}" text-anchor="end">${tellTick(value)}</text>`;

const tellTick = (value: number): string =>
  Number.isInteger(value) ? tellNumber(value) : String(Number(value.toPrecision(3)));

function goalLines({ goalX, goalY }: Chart, x: Axis, y: Axis): string[] {
  const style = 'stroke="#767676" stroke-width="1.5" stroke-dasharray="3 4"';
  const lines: string[] = [];
  if (goalY !== undefined) {
    const place = at(y.place(goalY));
    lines.push(`<path d="M${margin.left} ${place}H${rightEnd}" ${style}/>`);
    lines.push(`<text x="${rightEnd + 6}" y="${at(y.place(goalY) + 4)}">goal</text>`);
  }
  if (goalX !== undefined) {
    const place = at(x.place(goalX));
    lines.push(`<path d="M${place} ${margin.top}V${height - margin.bottom}" ${style}/>`);
    lines.push(`<text x="${place}" y="${margin.top - 4}" text-anchor="middle">goal</text>`);
  }
  return lines;
}

function drawSeries({ name, points }: Chart["series"][number], index: number, x: Axis, y: Axis): string[] {
  const colour = colours[index % colours.length]!;
  const style = `stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes[(index + Math.floor(index / colours.length)) % dashes.length]}"`;
  const places = points
    .filter((point) => point.every(Number.isFinite))
    .map(([px, py]) => [at(x.place(px)), at(y.place(py))] as const);
  const path = places.map(([px, py], i) => `${i === 0 ? "M" : "L"}${px} ${py}`).join("");
  const legendY = margin.top + 12 + index * 20;
  const legendX = rightEnd + legendLeft;
  const marks = places.length > 12 ? [] : places;
  return [
    ...(places.length > 1 ? [`<path d="${path}" fill="none" ${style}/>`] : []),
    ...marks.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3.5" fill="${colour}"/>`),
    `<path d="M${legendX} ${legendY - 4}h20" ${style}/><text x="${legendX + legendMark}" y="${legendY}">${asText(name)}</text>`,
  ];
}

const asText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
