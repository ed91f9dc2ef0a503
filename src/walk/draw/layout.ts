import { Graph, layout } from "@dagrejs/dagre";
import type { Arrow, Box } from "./picture.ts";
import { type Point, routeOf } from "./route.ts";

/** A box with its place: the upper left corner, in pixels. */
export interface Placed<B> extends Point {
  box: B;
  width: number;
  height: number;
}

export interface Route {
  arrow: Arrow;
  /** From box to box, through its label. */
  points: Point[];
  /** The middle of its label; null where it has none. */
  label: Point | null;
}

export interface Layout<B> {
  width: number;
  height: number;
  boxes: Placed<B>[];
  routes: Route[];
}

const margin = 24;

/** Width of a text in pixels, near enough for a sans-serif face. */
export const widthOf = (text: string, size: number): number => Math.ceil(text.length * size * 0.56);

interface Parts<B> {
  boxes: readonly B[];
  arrows: readonly Arrow[];
  /** Steps on the way straight down, in order. */
  spine: readonly string[];
  sizeOf(box: B): { width: number; height: number };
}

/** Places boxes in rows from top to bottom, the spine in the leftmost column, and leads the arrows between them. */
export function layOut<B extends Box>({ boxes, arrows, spine, sizeOf }: Parts<B>): Layout<B> {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 34, ranksep: 56, edgesep: 22, marginx: margin, marginy: margin });
  for (const box of boxes) graph.setNode(box.id, sizeOf(box));
  const downwards = orderOf(boxes, arrows, spine);
  const ends = arrows.map(({ from, to }) => (downwards(from, to) ? { v: from, w: to } : { v: to, w: from }));
  for (const [i, { label, main }] of arrows.entries()) {
    const size = label === "" ? { width: 0, height: 0 } : { width: widthOf(label, 13) + 14, height: 20 };
    graph.setEdge(ends[i]!.v, ends[i]!.w, { ...size, labelpos: "c", weight: main ? 60 : 1 }, String(i));
  }
  topTogether(graph, ends, spine[0]!);
  const customOrder = (layered: Graph, order: Order) => spineFirst(layered, order, new Set(spine));
  layout(graph, { customOrder });
  graph.removeNode(top);
  const above = Math.min(...boxes.map(({ id }) => graph.node(id).y - graph.node(id).height / 2)) - margin;
  const left = Math.min(...spine.map((id) => graph.node(id).x - graph.node(id).width / 2));
  const placed = boxes.map((box): Placed<B> => {
    const { x, y, width, height } = graph.node(box.id);
    return {
      box,
      width,
      height,
      x: spine.includes(box.id) ? left : x - width / 2,
      y: y - height / 2 - above,
    };
  });
  const drawn = arrows.map((arrow, i) => {
    const { points, x, y } = graph.edge({ ...ends[i]!, name: String(i) });
    const inner = points.slice(1, -1).map((point: Point) => ({ x: point.x, y: point.y - above }));
    return {
      arrow,
      inner: ends[i]!.v === arrow.from ? inner : inner.reverse(),
      label: arrow.label === "" ? null : { x, y: y - above },
    };
  });
  const { width = 0, height = 0 } = graph.graph();
  return { width, height: height - above, boxes: placed, routes: routeOf(placed, drawn) };
}

/** No step's name. */
const top = "(top)";

/** What no arrow leads to begins in the first row, beside the flow's start: such as what key 9 leads to. */
function topTogether(graph: Graph, ends: readonly { v: string; w: string }[], start: string): void {
  const led = new Set(ends.map(({ w }) => w));
  const first = graph.nodes().filter((id: string) => id === start || !led.has(id));
  graph.setNode(top, { width: 0, height: 0 });
  for (const id of first) graph.setEdge(top, id, { width: 0, height: 0, weight: 5 }, "top");
}

/**
 * Which way an arrow is laid out: down from the nearer to the farther from the start, and from the spine to what stands
 * beside it, so that no detour stretches the spine.
 */
function orderOf(boxes: readonly Box[], arrows: readonly Arrow[], spine: readonly string[]) {
  const distance = new Map(spine.map((id, i) => [id, i]));
  const reach = (from: string[]): void => {
    const next = arrows.filter((arrow) => from.includes(arrow.from) && !distance.has(arrow.to));
    for (const { from, to } of next)
      distance.set(to, Math.min(distance.get(to) ?? 1e9, (distance.get(from) ?? 0) + 1));
    if (next.length > 0) reach(next.map(({ to }) => to));
  };
  for (const id of spine) reach([id]);
  for (const { id } of boxes)
    if (!distance.has(id)) {
      distance.set(id, 0);
      reach([id]);
    }
  const place = new Map(
    boxes.map(({ id }, i) => [id, [distance.get(id)!, spine.includes(id) ? 0 : 1, i] as const]),
  );
  return (from: string, to: string): boolean => {
    const [a, b] = [place.get(from)!, place.get(to)!];
    return (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) <= 0;
  };
}

type Order = (graph: Graph, options: object) => void;

/** Dagre's own order in each row, but for the spine, which comes first. */
function spineFirst(graph: Graph, order: Order, spine: ReadonlySet<string>): void {
  order(graph, {});
  const rows = new Map<number, string[]>();
  for (const id of graph.nodes()) {
    const { rank } = graph.node(id);
    rows.set(rank, [...(rows.get(rank) ?? []), id]);
  }
  const isSpine = (id: string): boolean => {
    const { edgeObj } = graph.node(id);
    return spine.has(id) || (edgeObj !== undefined && graph.node(id).edgeLabel?.weight > 1);
  };
  for (const ids of rows.values()) {
    const sorted = ids.toSorted(
      (a, b) => Number(isSpine(b)) - Number(isSpine(a)) || graph.node(a).order - graph.node(b).order,
    );
    for (const [i, id] of sorted.entries()) graph.node(id).order = i;
  }
}
