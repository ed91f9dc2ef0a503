/** What goes wrong, drawn by seed: each fault begins, lasts for a while, and is over. */
import { setTimeout as wait } from "node:timers/promises";
import type { Chance } from "#rehearsal/simulation/chance.ts";
import { crashPoints } from "./crash-points.ts";
import type { Instance } from "./instance.ts";
import { signal } from "./processes.ts";
import type { Stage } from "./stage.ts";

export const killKinds = ["kill app", "kill app at a point", "kill asterisk", "kill postgres"] as const;
export const otherKinds = [
  ...(["freeze app", "freeze asterisk", "freeze postgres"] as const),
  ...(["cut ari", "freeze ari", "delay ari", "half-open ari"] as const),
  ...(["cut postgres", "freeze postgres way", "delay postgres"] as const),
  ...(["cut speech", "refuse speech", "full disk"] as const),
];
export type FaultKind = (typeof killKinds)[number] | (typeof otherKinds)[number];

export interface Fault {
  kind: FaultKind;
  /** Which of several; a crash point's name. */
  target: string;
  fromMs: number;
  /** When it was over: what had been killed was there again, what had been frozen went on. */
  untilMs: number;
}

export const killWeights: Record<(typeof killKinds)[number], number> = {
  "kill app": 30,
  "kill app at a point": 35,
  "kill asterisk": 15,
  "kill postgres": 20,
};

const backWithinMs = 60_000;

/** Does it, and waits until it is over. Null: there was nothing to do it to just then. */
export async function makeFault(stage: Stage, kind: FaultKind, chance: Chance): Promise<Fault | null> {
  const instance = chance.pick(stage.instances);
  const point = `${chance.pick(crashPoints)}:${1 + chance.below(3)}`;
  const lastsMs = 1_000 + chance.below(5_000);
  const fromMs = Date.now();
  const target = await deed(stage, kind, { instance, point, lastsMs, chance });
  return target === null ? null : { kind, target, fromMs, untilMs: Date.now() };
}

interface Drawn {
  instance: Instance;
  point: string;
  lastsMs: number;
  chance: Chance;
}

async function deed(stage: Stage, kind: FaultKind, drawn: Drawn): Promise<string | null> {
  const { instance, point, lastsMs, chance } = drawn;
  switch (kind) {
    case "kill app":
    case "kill app at a point":
      if (!instance.kill(kind === "kill app" ? null : point)) return null;
      await until(() => instance.pid !== null);
      return instance.name;
    case "kill asterisk":
      return killAsterisk(stage, chance);
    case "kill postgres":
      stage.database.kill();
      await untilAnswers(stage);
      return "postgres";
    case "freeze app":
      return frozen(instance.pid, lastsMs, instance.name);
    case "freeze asterisk":
      return freezeAsterisk(stage, lastsMs, chance);
    case "freeze postgres":
      stage.database.freeze();
      await wait(lastsMs);
      stage.database.thaw();
      return "postgres";
    case "full disk":
      return fillDisk(stage, lastsMs, chance);
    default:
      return onTheWay(stage, kind, drawn);
  }
}

async function killAsterisk(stage: Stage, chance: Chance): Promise<string | null> {
  const node = chance.pick(stage.nodes);
  if (!node.running()) return null;
  signal("SIGKILL", node.pid);
  await until(() => !node.running());
  await until(() => node.running());
  return `asterisk ${stage.nodes.indexOf(node) + 1}`;
}

async function freezeAsterisk(stage: Stage, lastsMs: number, chance: Chance): Promise<string | null> {
  const node = chance.pick(stage.nodes);
  return node.running() ? frozen(node.pid, lastsMs, `asterisk ${stage.nodes.indexOf(node) + 1}`) : null;
}

async function fillDisk(stage: Stage, lastsMs: number, chance: Chance): Promise<string | null> {
  const disk = stage.disks[chance.below(stage.disks.length)];
  if (!disk) return null;
  disk.fill();
  await wait(lastsMs);
  disk.clear();
  return `recordings of asterisk ${stage.disks.indexOf(disk) + 1}`;
}

async function frozen(pid: number | null, lastsMs: number, name: string): Promise<string | null> {
  if (pid === null) return null;
  signal("SIGSTOP", pid);
  await wait(lastsMs);
  signal("SIGCONT", pid);
  return name;
}

/** Of a connection between two parts. */
async function onTheWay(stage: Stage, kind: FaultKind, { lastsMs, chance }: Drawn): Promise<string | null> {
  const what = kind.split(" ")[0];
  const whose = kind.includes("ari") ? "ari" : kind.includes("speech") ? "speech" : "postgres";
  const { name, proxy } = chance.pick(stage.ways.filter((way) => way.kind === whose));
  if (what === "cut") proxy.cut();
  if (what === "half-open") proxy.halfOpen();
  if (what === "freeze") proxy.freeze();
  if (what === "delay") proxy.delay(200 + chance.below(600));
  if (what === "refuse") proxy.refuse();
  if (what !== "cut") await wait(lastsMs);
  proxy.thaw();
  proxy.delay(0);
  proxy.accept();
  return name;
}

async function until(so: () => boolean): Promise<void> {
  for (const deadline = Date.now() + backWithinMs; Date.now() < deadline; await wait(50)) if (so()) return;
}

async function untilAnswers({ database }: Stage): Promise<void> {
  for (const deadline = Date.now() + backWithinMs; Date.now() < deadline; await wait(100)) {
    const answered = await database.pool.query("select").then(
      () => true,
      () => false,
    );
    if (answered) return;
  }
}
