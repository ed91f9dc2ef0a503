/** Linux control groups that hold a process to a share of a core: of version 1 (cpu.cfs_quota_us) and 2 (cpu.max). */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "#lib/errors.ts";

/** Where groups that hold CPU can be made. */
export interface CpuController {
  version: 1 | 2;
  /** The folder in which our groups are made. */
  folder: string;
}

export interface ControlGroup {
  name: string;
  /** The process with all its threads, and all that it starts from now on. */
  add(pid: number): void;
  /** So far: periods in which it had something to do, and those of them in which it was held back. */
  periods(): Periods;
  /** Once its processes have ended; throws where they have not. */
  remove(): Promise<void>;
}

export interface Periods {
  all: number;
  heldBack: number;
}

/**
 * As Docker's --cpus. In shorter ones Asterisk, whose work comes in bursts of every 20 ms, has used its share up long before
 * it has had 0.2 of a core.
 */
const periodMicroseconds = 100_000;
/** Ten times that of other processes: what it is held to is then what it gets, whatever else runs. */
const weightOf = { 1: ["cpu.shares", "10240"], 2: ["cpu.weight", "1000"] } as const;
const ours = "hearback-bench-";

/**
 * @param mountInfo /proc/self/mountinfo @param own /proc/self/cgroup
 * @returns the folder of our own group in each hierarchy that may hold CPU, and those above it up to where it is mounted
 */
export function findControllers(mountInfo: string, own: string): CpuController[] {
  const lines = mountInfo.split("\n").filter((line) => line.includes(" - "));
  return lines.flatMap((line) => {
    const [before, after] = line.split(" - ") as [string, string];
    const [, , , root, mounted] = before.split(" ").map(plain) as [string, string, string, string, string];
    const [type, , options = ""] = after.split(" ");
    const version =
      type === "cgroup2" ? 2 : type === "cgroup" && options.split(",").includes("cpu") ? 1 : null;
    if (version === null) return [];
    const path = ownPath(own, version);
    const below = path?.startsWith(root) && !path.includes("..") ? path.slice(root.length) : "";
    return foldersUpTo(mounted, join(mounted, below)).map((folder) => ({ version, folder }) as const);
  });
}

/** As the kernel writes a space in a path. */
const plain = (path: string): string => path.replaceAll("\\040", " ");

/** HIERARCHY:CONTROLLERS:PATH; of version 2 without controllers. */
function ownPath(own: string, version: 1 | 2): string | undefined {
  for (const line of own.split("\n")) {
    const [, controllers = "", ...path] = line.split(":");
    const fits = version === 2 ? line.startsWith("0::") : controllers.split(",").includes("cpu");
    if (fits) return path.join(":");
  }
  return undefined;
}

function foldersUpTo(top: string, from: string): string[] {
  const folders: string[] = [];
  for (let folder = from; folder.startsWith(top); folder = dirname(folder)) {
    folders.push(folder);
    if (folder === top) break;
  }
  return folders;
}

/** @returns where a group that holds CPU could be made, for it was; or why none could */
export function chooseController(candidates: readonly CpuController[]): CpuController | { because: string } {
  const problems: string[] = [];
  for (const candidate of candidates) {
    try {
      rmdirSync(makeGroup(candidate, "probe", 0.2));
      return candidate;
    } catch (thrown) {
      problems.push(messageOf(thrown));
    }
  }
  const because = problems[0] ?? "no control groups for CPU are mounted";
  return { because: `processes cannot be held to a share of a core here (${because}): run it as root` };
}

export function thisMachinesController(): CpuController | { because: string } {
  if (process.platform !== "linux") return { because: "only Linux has control groups" };
  const [mounts, own] = ["mountinfo", "cgroup"].map((name) => readFileSync(`/proc/self/${name}`, "utf8"));
  return chooseController(findControllers(mounts!, own!));
}

/** @param cores to which it is held, e.g. 0.2 @throws as the kernel does where it may not be made */
export function openGroup(controller: CpuController, name: string, cores: number): ControlGroup {
  const folder = makeGroup(controller, name, cores);
  return {
    name,
    add: (pid) => writeFileSync(join(folder, "cgroup.procs"), String(pid)),
    periods: () => readPeriods(readFileSync(join(folder, "cpu.stat"), "utf8")),
    remove: () => removeGroup(folder),
  };
}

/** @param stat cpu.stat, of either version */
export function readPeriods(stat: string): Periods {
  const count = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
  return { all: count("nr_periods"), heldBack: count("nr_throttled") };
}

const goneWithinMs = 5_000;

/** A process that has just ended is in it for a moment longer. */
async function removeGroup(folder: string): Promise<void> {
  for (const until = performance.now() + goneWithinMs; ; await wait(50)) {
    try {
      rmdirSync(folder);
      return;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EBUSY" || performance.now() > until) throw thrown;
    }
  }
}

/** Groups of a run that was killed, and could not take them away itself. */
export function removeAbandoned({ folder }: CpuController): void {
  for (const name of readdirSync(folder).filter((each) => each.startsWith(ours))) {
    const pid = Number(name.slice(ours.length).split("-")[0]);
    try {
      if (!isAlive(pid)) rmdirSync(join(folder, name));
    } catch {
      // Something of it still runs; it holds nobody up.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** @returns its folder; leaves none where it throws */
function makeGroup({ version, folder }: CpuController, name: string, cores: number): string {
  // Without it the new group has no cpu.max.
  if (version === 2) writeFileSync(join(folder, "cgroup.subtree_control"), "+cpu");
  const group = join(folder, `${ours}${process.pid}-${name}`);
  mkdirSync(group);
  try {
    const quota = String(Math.round(cores * periodMicroseconds));
    const write = (file: string, text: string) => writeFileSync(join(group, file), text);
    if (version === 2) write("cpu.max", `${quota} ${periodMicroseconds}`);
    else {
      write("cpu.cfs_period_us", String(periodMicroseconds));
      write("cpu.cfs_quota_us", quota);
    }
    const [file, weight] = weightOf[version];
    write(file, weight);
    return group;
  } catch (thrown) {
    rmdirSync(group);
    throw thrown;
  }
}
