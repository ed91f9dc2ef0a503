/** Charts as SVG, drawn here: no script, no style attribute; the same figures stand in a table beside each. */
import { escaped } from "../../escaped.ts";

const width = 640;
const left = 8;

export interface Bar {
  name: string;
  /** 0 to 1; null: hidden. */
  share: number | null;
  /** What stands behind the bar, e.g. "41 (20%)". */
  label: string;
}

const rowHeight = 44;

/** Bars that lie, one a line, each with its name above it. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const height = bars.length * rowHeight + 4;
  const drawn = bars.map(({ name, share, label }, place) => {
    const top = place * rowHeight;
    const length = Math.round((width - 2 * left) * Math.min(1, share ?? 0));
    return `<text class="chart-name" x="${left}" y="${top + 16}">${escaped(name)}</text>
<text class="chart-value" x="${width - left}" y="${top + 16}" text-anchor="end">${escaped(label)}</text>
<rect class="chart-ground" x="${left}" y="${top + 22}" width="${width - 2 * left}" height="14"/>
<rect class="chart-bar" x="${left}" y="${top + 22}" width="${length}" height="14"/>`;
  });
  return picture(title, height, drawn.join("\n"));
}

export interface Point {
  name: string;
  /** 0 to 1; null: hidden, a gap in the line. */
  share: number | null;
}

const plot = { top: 12, height: 160, left: 48, right: 16 };

/** A line over time, from 0% to 100%; a gap where a number is hidden. */
export function lineChart(title: string, points: readonly Point[]): string {
  const inner = width - plot.left - plot.right;
  const x = (place: number) =>
    plot.left + (points.length > 1 ? (place / (points.length - 1)) * inner : inner / 2);
  const y = (share: number) => plot.top + (1 - share) * plot.height;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (
      share,
    ) => `<line class="chart-grid" x1="${plot.left}" x2="${width - plot.right}" y1="${y(share)}" y2="${y(share)}"/>
<text class="chart-axis" x="${plot.left - 8}" y="${y(share) + 5}" text-anchor="end">${share * 100}%</text>`,
  );
  const path = points
    .map(({ share }, place) => {
      if (share === null) return "";
      const begins = place === 0 || points[place - 1]?.share === null;
      return `${begins ? "M" : "L"}${x(place).toFixed(1)} ${y(share).toFixed(1)}`;
    })
    .join("");
  const dots = points.flatMap(({ share }, place) =>
    share === null
      ? []
      : [`<circle class="chart-dot" cx="${x(place).toFixed(1)}" cy="${y(share).toFixed(1)}" r="4"/>`],
  );
  const ends = [points[0], points.length > 1 ? points.at(-1) : undefined].flatMap((point, place) =>
    point
      ? [
          `<text class="chart-axis" x="${place === 0 ? plot.left : width - plot.right}" y="${plot.top + plot.height + 24}" text-anchor="${place === 0 ? "start" : "end"}">${escaped(point.name)}</text>`,
        ]
      : [],
  );
  return picture(
    title,
    plot.top + plot.height + 32,
    [...grid, `<path class="chart-line" d="${path}"/>`, ...dots, ...ends].join("\n"),
  );
}

const picture = (title: string, height: number, inside: string): string =>
  `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">\n${inside}\n</svg>`;
