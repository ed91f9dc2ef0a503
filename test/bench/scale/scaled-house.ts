/** A house of two Asterisks and two Hearbacks, each held to its share of a core, of which one or both are in use. */
import { createNodeDesk } from "#postgres/node-desk.ts";
import { cpuSeconds } from "../../support/cpu.ts";
import { type House, raiseHouse } from "../calls/house.ts";
import { makeStep, type Step } from "../calls/step.ts";
import type { CallTimes } from "../calls/survey-call.ts";
import type { Bench } from "../part.ts";
import { type ControlGroup, openGroup, removeAbandoned, thisMachinesController } from "./control-groups.ts";

/** How many Asterisks and Hearbacks are in use, e.g. 2 and 1. */
export interface Size {
  nodes: 1 | 2;
  apps: 1 | 2;
}

/** Of one kind of process in a step, the mean over those in use. */
export interface Share {
  /** Of a core, from the first answer to the last hang-up. */
  cores: number;
  /** 0 to 1: of the periods in which it had something to do, those in which its share was used up. */
  heldBack: number;
}

export interface ScaledStep extends Step {
  asterisk: Share;
  node: Share;
}

export interface StepOrder {
  atOnce: number;
  /** In all. */
  calls: number;
  perSecond: number;
  storyMs: number;
}

export interface ScaledHouse {
  use(size: Size): Promise<void>;
  /** @throws where calls were not made by those that are in use */
  step(order: StepOrder): Promise<ScaledStep>;
}

interface Held {
  group: ControlGroup;
  pid(): number | null;
}

/** @param maxCalls on each Asterisk @param cores for each of the four */
export async function raiseScaledHouse(bench: Bench, maxCalls: number, cores: number): Promise<ScaledHouse> {
  const open = groupsOf(bench, cores);
  const house = await raiseHouse(bench, { maxCalls, nodes: 2, apps: 2 });
  const nodes = house.ivrs.map((ivr, i): Held => ({ group: open(`asterisk-${i + 1}`), pid: () => ivr.pid }));
  const apps = house.apps.map((app): Held => ({ group: open(app.name), pid: () => app.pid }));
  for (const { group, pid } of [...nodes, ...apps]) group.add(pid()!);
  let size: Size = { nodes: 2, apps: 2 };
  return {
    use: async (wanted) => {
      await useNodes(house, wanted.nodes);
      const [second, held] = [house.apps[1]!, apps[1]!];
      if (wanted.apps === 1) await second.stop();
      else if (second.pid === null) {
        await second.start(bench.signal);
        held.group.add(second.pid!);
        await warmUp(house, bench, wanted);
      }
      size = wanted;
    },
    step: async (order) => {
      const before = [nodes, apps].map((kind) => kind.map(readingOf));
      // Each Hearback keeps the campaign's pace by itself.
      const perSecond = order.perSecond / size.apps;
      const step = await makeStep(house, { ...order, perSecond, signal: bench.signal });
      if (step.batch) await expectUsed(house, step.batch.campaignId!, size);
      const seconds = secondsOf(step.batch?.calls ?? []);
      return {
        ...step,
        asterisk: shareOf(nodes.slice(0, size.nodes), before[0]!, seconds),
        node: shareOf(apps.slice(0, size.apps), before[1]!, seconds),
      };
    },
  };
}

/** The first has had hundreds of calls by then, and V8 makes often-run code faster. */
const warmUpRounds = 8;

/** What a new Hearback does once only is no step's; so these calls are not looked at. */
async function warmUp(house: House, { signal, progress }: Bench, { nodes, apps }: Size): Promise<void> {
  progress("warming up the second Hearback");
  const atOnce = nodes * 8;
  const order = { atOnce, calls: atOnce * warmUpRounds, perSecond: atOnce / 4 / apps, storyMs: 1_000 };
  await makeStep(house, { ...order, signal });
}

/** Taken away after all that is in them has been stopped. */
function groupsOf({ undo }: Bench, cores: number): (name: string) => ControlGroup {
  const controller = thisMachinesController();
  if ("because" in controller) throw new Error(controller.because);
  removeAbandoned(controller);
  const groups: ControlGroup[] = [];
  undo(() => Promise.all(groups.map((group) => group.remove())));
  return (name) => {
    const group = openGroup(controller, name, cores);
    groups.push(group);
    return group;
  };
}

/** The second is drained, as staff would drain it. */
async function useNodes({ pool }: House, count: 1 | 2): Promise<void> {
  const desk = createNodeDesk(pool, { kind: "job", id: "bench" });
  if (count === 1) await desk.drain("node-2", "bench");
  else await desk.resume("node-2", "bench");
}

const secondsOf = (calls: readonly CallTimes[]): number =>
  (Math.max(...calls.map(({ endedAtMs }) => endedAtMs)) -
    Math.min(...calls.map(({ answeredAtMs }) => answeredAtMs))) /
  1000;

interface Reading {
  seconds: number;
  all: number;
  heldBack: number;
}

const readingOf = ({ group, pid }: Held): Reading => {
  const running = pid();
  return { seconds: running === null ? 0 : cpuSeconds(running), ...group.periods() };
};

function shareOf(kind: readonly Held[], before: readonly Reading[], seconds: number): Share {
  const spent = kind.map((held, i): Reading => {
    const [now, then] = [readingOf(held), before[i]!];
    const of = (what: keyof Reading) => now[what] - then[what];
    return { seconds: of("seconds"), all: of("all"), heldBack: of("heldBack") };
  });
  const mean = (of: (reading: Reading) => number) =>
    spent.reduce((sum, reading) => sum + of(reading), 0) / spent.length;
  return {
    cores: mean((reading) => reading.seconds / seconds),
    heldBack: mean((reading) => reading.heldBack / Math.max(1, reading.all)),
  };
}

async function expectUsed({ pool }: House, campaignId: string, { nodes, apps }: Size): Promise<void> {
  const { rows } = await pool.query<Size>(
    `select count(distinct a.node)::int as nodes, count(distinct a.owner)::int as apps
     from attempt a join visit v on v.id = a.visit_id where v.campaign_id = $1`,
    [campaignId],
  );
  const used = rows[0]!;
  if (used.nodes !== nodes || used.apps !== apps)
    throw new Error(
      `calls were to be made by ${apps} Hearbacks on ${nodes} Asterisks, and were by ${used.apps} on ${used.nodes}`,
    );
}
