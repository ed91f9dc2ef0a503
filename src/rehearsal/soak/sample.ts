/** What each process holds at one moment. */
import { readdirSync, readFileSync } from "node:fs";
import { childrenOf } from "#rehearsal/chaos/processes.ts";
import type { Stage } from "#rehearsal/chaos/stage.ts";

/** By name, e.g. "app a memory"; memory in MiB. */
export type Sample = Record<string, number>;

export async function takeSample(stage: Stage): Promise<Sample> {
  const sample: Sample = {};
  for (const instance of stage.instances) {
    if (instance.pid === null) continue;
    Object.assign(sample, processSample(`app ${instance.name}`, [instance.pid]));
    const own = await ownFigures(instance.address);
    for (const [what, value] of Object.entries(own)) sample[`app ${instance.name} ${what}`] = value;
  }
  for (const [index, node] of stage.nodes.entries()) {
    Object.assign(sample, processSample(`asterisk ${index + 1}`, [node.pid]));
    const told = await node.cli("core show channels count");
    sample[`asterisk ${index + 1} channels`] = Number(/(\d+) active channel/.exec(told)?.[1] ?? 0);
  }
  const { pid } = stage.database;
  return Object.assign(sample, processSample("postgres", [pid, ...childrenOf(pid)]));
}

function processSample(name: string, pids: number[]): Sample {
  let [kib, files] = [0, 0];
  for (const pid of pids) {
    try {
      // Its share of what several have in common, or Postgres would be counted many times over.
      const told = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      kib += Number(/^Pss:\s+(\d+)/m.exec(told)?.[1] ?? 0);
      files += readdirSync(`/proc/${pid}/fd`).length;
    } catch {
      // It has ended meanwhile.
    }
  }
  return { [`${name} memory`]: kib / 1024, [`${name} files`]: files };
}

/** As Node's own metrics have it: what keeps its loop busy (sockets, timers and the like), and its heap in MiB. */
async function ownFigures(address: string | null): Promise<Sample> {
  if (!address) return {};
  const answer = await fetch(new URL("/metrics", address), { signal: AbortSignal.timeout(3_000) }).catch(
    () => null,
  );
  const text = answer?.ok ? await answer.text() : "";
  const figure = (name: string) => {
    const found = new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)`, "m").exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };
  const [listeners, heap] = [figure("nodejs_active_resources_total"), figure("nodejs_heap_size_used_bytes")];
  return { ...(listeners === null ? {} : { listeners }), ...(heap === null ? {} : { heap: heap / 2 ** 20 }) };
}
