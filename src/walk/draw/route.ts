/** Where arrows leave and reach their boxes: each at a place of its own, along the lower or the upper edge. */
import type { Placed, Route } from "./layout.ts";
import type { Arrow } from "./picture.ts";

export interface Point {
  x: number;
  y: number;
}

/** An arrow with the points between its boxes, from the first to the second. */
export interface Laid {
  arrow: Arrow;
  inner: Point[];
  label: Point | null;
}

type Side = "above" | "below";

interface Port {
  laid: Laid;
  end: "from" | "to";
  side: Side;
  /** Where the arrow goes on. */
  towards: Point;
}

export function routeOf<B extends { id: string }>(
  boxes: readonly Placed<B>[],
  laid: readonly Laid[],
): Route[] {
  const placed = new Map(boxes.map((box) => [box.box.id, box]));
  const ports = laid.flatMap((each) => portsOf(each, placed));
  const places = new Map<Port, Point>();
  for (const box of boxes)
    for (const side of ["above", "below"] as const) {
      const here = ports.filter((port) => port.laid.arrow[port.end] === box.box.id && port.side === side);
      for (const [port, x] of spread(here, box))
        places.set(port, { x, y: side === "above" ? box.y : box.y + box.height });
    }
  return laid.map((each): Route => {
    const [from, to] = (["from", "to"] as const).map(
      (end) => places.get(ports.find((port) => port.laid === each && port.end === end)!)!,
    );
    const inner = each.arrow.main ? each.inner.map(({ y }) => ({ x: from!.x, y })) : each.inner;
    const label = each.label && each.arrow.main ? { ...each.label, x: from!.x } : each.label;
    return { arrow: each.arrow, points: [from!, ...inner, to!], label };
  });
}

function portsOf(laid: Laid, placed: ReadonlyMap<string, Placed<{ id: string }>>): Port[] {
  const middle = (id: string): Point => {
    const { x, y, width, height } = placed.get(id)!;
    return { x: x + width / 2, y: y + height / 2 };
  };
  const { arrow, inner } = laid;
  const [from, to] = [middle(arrow.from), middle(arrow.to)];
  const first = inner[0] ?? to;
  const last = inner.at(-1) ?? from;
  return [
    { laid, end: "from", towards: first, side: first.y >= from.y ? "below" : "above" },
    { laid, end: "to", towards: last, side: last.y >= to.y ? "below" : "above" },
  ];
}

const corner = 26;

/** The spine in the middle, the others side by side in the order of where they lead. */
function spread(ports: readonly Port[], { x, width }: { x: number; width: number }): [Port, number][] {
  const middle = x + width / 2;
  const main = ports.filter(({ laid }) => laid.arrow.main);
  const others = ports.filter(({ laid }) => !laid.arrow.main).toSorted((a, b) => a.towards.x - b.towards.x);
  const from = main.length > 0 ? middle + corner : x + corner;
  const to = x + width - corner;
  return [
    ...main.map((port): [Port, number] => [port, middle]),
    ...others.map((port, i): [Port, number] => [port, from + ((to - from) * (i + 0.5)) / others.length]),
  ];
}
