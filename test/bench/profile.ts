/** Where Node's time goes, from V8's CPU profile (.cpuprofile): by function, and by folder of ours or package. */

/** As `node --cpu-prof` writes it. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  /** The node that was running, one a sample. */
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

export interface Share {
  name: string;
  /** Of itself, without what it called. */
  selfMs: number;
  /** 0 to 1, of the time in which Node was not idle. */
  share: number;
}

export interface ProfileSummary {
  busyMs: number;
  idleMs: number;
  functions: Share[];
  folders: Share[];
}

/** The dearest first. */
export function summarise(profile: CpuProfile): ProfileSummary {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const folders = new Map<string, number>();
  let [busyMs, idleMs] = [0, 0];
  for (const [i, id] of profile.samples.entries()) {
    const ms = (profile.timeDeltas[i] ?? 0) / 1000;
    const frame = frames.get(id);
    if (!frame || frame.functionName === "(idle)") {
      idleMs += ms;
      continue;
    }
    busyMs += ms;
    const folder = folderOf(frame.url, frame.functionName);
    const line = frame.url === "" ? "" : ` ${fileOf(frame.url)}:${frame.lineNumber + 1}`;
    const name = `${frame.functionName || "(anonymous)"}${line}`;
    functions.set(name, (functions.get(name) ?? 0) + ms);
    folders.set(folder, (folders.get(folder) ?? 0) + ms);
  }
  return { busyMs, idleMs, functions: sharesOf(functions, busyMs), folders: sharesOf(folders, busyMs) };
}

const sharesOf = (times: ReadonlyMap<string, number>, wholeMs: number): Share[] =>
  [...times]
    .map(([name, selfMs]) => ({ name, selfMs, share: wholeMs === 0 ? 0 : selfMs / wholeMs }))
    .toSorted((a, b) => b.selfMs - a.selfMs);

/** src/asterisk, node_modules/pg, node:net ...; what has no file is V8's own: (garbage collector), (program). */
export function folderOf(url: string, functionName: string): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "(V8)";
  if (url.startsWith("node:")) return "node";
  const module = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (module) return `node_modules/${module[1]}`;
  return /\/(src\/[^/]+)/.exec(url)?.[1] ?? url;
}

const fileOf = (url: string): string => url.replace(/^.*\/(node_modules|src)\//, "$1/");

const most = 40;

export function tellProfile({ busyMs, idleMs, functions, folders }: ProfileSummary, calls: number): string {
  const row = ({ name, selfMs, share }: Share) =>
    `${(selfMs / calls).toFixed(2).padStart(9)} ms ${(share * 100).toFixed(1).padStart(6)} %  ${name}`;
  return [
    `busy ${busyMs.toFixed(0)} ms, idle ${idleMs.toFixed(0)} ms, ${calls} calls: ${(busyMs / calls).toFixed(1)} ms a call`,
    ...["", "by folder, a call", ...folders.slice(0, most).map(row)],
    ...["", "by function, a call", ...functions.slice(0, most).map(row)],
    "",
  ].join("\n");
}
