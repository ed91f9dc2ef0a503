import type { Flow } from "#flow/definition.ts";
import type { Words } from "../words.ts";
import { type Layout, layOut, type Placed, type Route, widthOf } from "./layout.ts";
import { type Box, pictureOf } from "./picture.ts";
import type { Point } from "./route.ts";

/** What is written below a step's words, such as how many calls came there. */
export interface StepNotes {
  lines: string[];
  /** Where a click on the step leads. */
  href?: string;
  /** 0 to 1: how strongly the step is marked, such as by the share of calls lost in it. */
  level?: number;
}

export interface DrawOptions {
  /** What prompts say; an id stands for those that are not in it. */
  words?: Words;
  /** By step. */
  notes?: ReadonlyMap<string, StepNotes>;
}

interface NotedBox extends Box {
  notes: StepNotes | null;
}

const boxWidth = 292;
const [pad, titleSize, textSize, lineHeight] = [12, 15, 13, 17];
const ink = "#212b32";
const soft = "#4c6272";

/** A flow as an SVG document: no scripts, no styles from outside, readable on white. The same flow, the same text. */
export function drawFlow(flow: Flow, { words = new Map(), notes }: DrawOptions = {}): string {
  const { boxes, arrows, spine } = pictureOf(flow, words);
  const noted = boxes.map((box): NotedBox => ({ ...box, notes: notes?.get(box.id) ?? null }));
  return svgOf(flow, layOut({ boxes: noted, arrows, spine, sizeOf }));
}

const linesBelow = ({ ways, notes }: NotedBox): number => ways.length + (notes?.lines.length ?? 0);

function sizeOf(box: NotedBox): { width: number; height: number } {
  const lines = box.words.length + linesBelow(box);
  const gaps = (box.words.length > 0 ? 4 : 0) + (linesBelow(box) > 0 ? 6 : 0);
  return { width: boxWidth, height: pad * 2 + titleSize + lines * lineHeight + gaps };
}

const headerHeight = 54;

function svgOf(flow: Flow, layout: Layout<NotedBox>): string {
  const { everywhere, title } = flow;
  const width = Math.ceil(Math.max(layout.width, 480));
  const height = Math.ceil(layout.height + headerHeight);
  // What has links inside is no picture to a screen reader.
  const role = layout.boxes.some(({ box: { notes } }) => notes?.href !== undefined) ? "group" : "img";
  const everyStep = `In every step: ${everywhere.repeat} says it again, ${everywhere.optOut.key} leads to ${everywhere.optOut.next}.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="${role}" aria-labelledby="flow-title flow-desc" font-family="Arial, Helvetica, sans-serif">`,
    `<title id="flow-title">${escaped(title)}</title>`,
    `<desc id="flow-desc">${escaped(`${describe(layout)} ${everyStep}`)}</desc>`,
    `<defs><marker id="flow-head" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" markerWidth="11" markerHeight="11" orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="${soft}"/></marker></defs>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text({ x: 24, y: 30 }, title, { size: 20, weight: 700 }),
    text({ x: 24, y: 50 }, everyStep, { size: textSize, fill: soft }),
    `<g transform="translate(0 ${headerHeight})">`,
    ...layout.routes.map(line),
    ...layout.boxes.map((placed) => boxOf(placed, placed.box.id === flow.start)),
    ...layout.routes.flatMap(labelOf),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

const describe = ({ boxes, routes }: Layout<NotedBox>): string =>
  boxes
    .map(({ box: { id, kind, ways } }) => {
      const arrows = routes.flatMap(({ arrow: { from, to, label } }) =>
        from === id ? [label === "" ? `then ${to}` : `${label}: ${to}`] : [],
      );
      return `${id} (${kind})${[...arrows, ...ways].length > 0 ? ` ${[...arrows, ...ways].join("; ")}` : ""}.`;
    })
    .join(" ");

/** The colour of a step's left edge, by what it does. */
const colours: Record<string, string> = {
  menu: "#005eb8",
  digits: "#005eb8",
  language: "#005eb8",
  record: "#7c2855",
  "listen-back": "#7c2855",
  branch: "#768692",
  set: "#768692",
  goto: "#768692",
  repeat: "#768692",
  call: "#768692",
  callback: "#00703c",
  transfer: "#00703c",
  visit: "#00703c",
  "opt-out": "#b14d00",
  end: "#212b32",
};

function boxOf({ box, x, y, width, height }: Placed<NotedBox>, isStart: boolean): string {
  const { id, kind, words, ways, notes } = box;
  const left = pad + 6;
  let at = pad + titleSize - 2;
  const parts = [
    `<rect width="${width}" height="${height}" rx="6" fill="${fillOf(notes)}" stroke="${isStart ? ink : "#aeb7bd"}" stroke-width="${isStart ? 2 : 1}"/>`,
    `<path d="M6 0.5 H7 V${height - 0.5} H6 A5.5 5.5 0 0 1 0.5 ${height - 6} V6 A5.5 5.5 0 0 1 6 0.5 z" fill="${colours[kind] ?? "#768692"}"/>`,
    text({ x: left, y: at }, id, { size: titleSize, weight: 700 }),
    text({ x: width - pad, y: at }, kind, { size: textSize - 1, fill: soft, anchor: "end" }),
  ];
  const write = (lines: readonly string[], gap: number, style: Style) => {
    if (lines.length > 0) at += gap;
    for (const line of lines) {
      at += lineHeight;
      parts.push(text({ x: left, y: at }, line, style));
    }
  };
  write(words, 4, { size: textSize });
  write(ways, 6, { size: textSize - 1, fill: soft });
  write(notes?.lines ?? [], ways.length > 0 ? 0 : 6, { size: textSize, weight: 700 });
  const group = `<g transform="translate(${round(x)} ${round(y)})" data-step="${escaped(id)}">\n${parts.join("\n")}\n</g>`;
  return notes?.href === undefined ? group : `<a href="${escaped(notes.href)}">\n${group}\n</a>`;
}

/** White, and the redder the more the step is marked; the text on it stays readable (at least 9 : 1). */
function fillOf(notes: StepNotes | null): string {
  const level = Math.min(1, Math.max(0, notes?.level ?? 0));
  const part = (strongest: number) => Math.round(255 - level * (255 - strongest));
  return level === 0 ? "#fff" : `rgb(${part(255)},${part(205)},${part(190)})`;
}

function line({ arrow: { asked, main, from, to }, points }: Route): string {
  const style = `stroke="${main ? ink : soft}" stroke-width="${main ? 2.5 : 1.25}"${asked || main ? "" : ' stroke-dasharray="5 4"'}`;
  return `<path d="${curve(points)}" fill="none" ${style} marker-end="url(#flow-head)" data-from="${escaped(from)}" data-to="${escaped(to)}"/>`;
}

/** Through every point, upright at each: rows stand one below the other. */
function curve(points: readonly Point[]): string {
  const bends = points.slice(1).map(({ x, y }, i) => {
    const before = points[i]!;
    const middle = round((before.y + y) / 2);
    return before.x === x
      ? `L${round(x)} ${round(y)}`
      : `C${round(before.x)} ${middle} ${round(x)} ${middle} ${round(x)} ${round(y)}`;
  });
  return `M${round(points[0]!.x)} ${round(points[0]!.y)} ${bends.join(" ")}`;
}

function labelOf({ arrow: { label: words, asked }, label }: Route): string[] {
  if (!label) return [];
  const width = widthOf(words, textSize) + 12;
  return [
    `<rect x="${round(label.x - width / 2)}" y="${round(label.y - 10)}" width="${width}" height="20" rx="10" fill="#fff" stroke="${asked ? ink : "#d8dde0"}"/>`,
    text({ x: label.x, y: label.y + 4.5 }, words, {
      ...{ size: textSize, anchor: "middle", weight: asked ? 700 : 400, fill: asked ? ink : soft },
    }),
  ];
}

interface Style {
  size: number;
  weight?: number;
  fill?: string;
  anchor?: "middle" | "end";
}

const text = ({ x, y }: Point, words: string, { size, weight = 400, fill = ink, anchor }: Style): string =>
  `<text x="${round(x)}" y="${round(y)}" font-size="${size}"${weight === 400 ? "" : ` font-weight="${weight}"`} fill="${fill}"${anchor ? ` text-anchor="${anchor}"` : ""}>${escaped(words)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
