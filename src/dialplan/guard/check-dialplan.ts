// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
/** The guard: a dialplan that is plainly harmless passes, and whatever is not plain is refused. */
import { type Fault, inReadingOrder } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { Conf } from "../conf/conf.ts";
import { asteriskFolder, readConfFolder } from "../conf/read-folder.ts";
import { trunksIn } from "../trunks/read-trunks.ts";
import { applicationFaults, applications, heartbeatContext } from "./applications.ts";
import { type Dialplan, findTarget, priorities, type Target } from "./dialplan.ts";
import { faultAt } from "./faults.ts";
import { functions } from "./functions.ts";
import { readDialplan } from "./read-dialplan.ts";
import {
  directiveFaults,
  endpoints,
  moduleFaults,
  modulesOf,
  optionFaults,
  strangeFiles,
} from "./surroundings.ts";
import { subroutineFaults, wayFaults } from "./ways.ts";

const dialplanFiles = ["extensions.conf", "hooks.conf"].map((name) => `${asteriskFolder}/${name}`);
/** Longer than anybody writes, and shorter than what Asterisk cuts in two. */
const longestLine = 500;

/** What the rest of Hearback relies on. */
const needed: (Target & { because: string })[] = [
  { context: "hearback", extension: "inbound", priority: "1", because: "calls enter Hearback there" },
  {
    context: "hearback",
    extension: "away",
    priority: "1",
    because: "a call that Hearback cannot take hears the apology there",
  },
  {
    context: heartbeatContext,
    extension: "beat",
    priority: "1",
    because: "it shows that the event log is being written",
  },
  {
    context: "from-trunk",
    extension: "s",
    priority: "1",
    because: "a call without a number arrives there, and the call that tries a dialplan out",
  },
  {
    context: "before-inbound",
    extension: "s",
    priority: "1",
    because: "it is the hook before a call enters Hearback",
  },
  {
    context: "after-inbound",
    extension: "s",
    priority: "1",
    because: "it is the hook after a call has ended",
  },
];

/** Nothing to say about files without a dialplan. */
export function checkDialplan(files: ReleaseFiles): Fault[] {
  if (![...files.keys()].some((path) => path.startsWith(`${asteriskFolder}/`))) return [];
  const confs = readConfFolder(files);
  const around = [...confs].flatMap(([name, conf]) => directiveFaults(name, conf));
  const modules = confs.get("modules.conf");
  const trunks = endpoints(confs.get("pjsip.conf"));
  const faults = [
    ...strangeFiles(files),
    ...around,
    ...moduleFaults(modules),
    ...optionFaults(confs.get("asterisk.conf")),
    ...trunks.faults,
    ...waysOut(confs, trunks.names),
    ...planFaults(files, confs, trunks.contexts),
  ];
  return inReadingOrder(faults);
}

/** The trunks of trunks.conf are endpoints that there are. */
function waysOut(confs: ReadonlyMap<string, Conf>, endpointNames: ReadonlySet<string>): Fault[] {
  const conf = confs.get("trunks.conf");
  if (!conf) return [];
  const { book, faults } = trunksIn(conf);
  const named = new Map(conf.sections.map(({ name, at }) => [name, at]));
  const missing = book.trunks
    .filter(({ name }) => endpointNames.size > 0 && !endpointNames.has(name))
    .map(({ name }) =>
      faultAt(
        named.get(name)!,
        "unknown-trunk",
        `pjsip.conf has no endpoint [${name}]`,
        `name one that it has: ${[...endpointNames].join(", ")}`,
      ),
    );
  return [...faults, ...missing];
}

function planFaults(
  files: ReleaseFiles,
  confs: ReadonlyMap<string, Conf>,
  trunks: ReadonlySet<string>,
): Fault[] {
  const conf = confs.get("extensions.conf");
  if (!conf) {
    const place = { file: dialplanFiles[0]!, line: 0, column: 0 };
    return [
      faultAt(place, "no-dialplan", "there is no extensions.conf", "take the one that came with Hearback"),
    ];
  }
  const unclear = [...unclearLines(files), ...troublesOf(conf)];
  const { dialplan, faults } = readDialplan(conf);
  const around = { dialplan, hasSound: soundsOf(files) };
  const lines = priorities(dialplan).flatMap((priority) => applicationFaults(priority, around));
  const sound = [...unclear, ...faults, ...lines];
  const modules = missingModules(dialplan, confs.get("modules.conf"));
  const missing = [...absent(dialplan, conf.file, trunks), ...modules];
  // The ways can be walked where every line is understood.
  return sound.length > 0 ? [...sound, ...missing] : [...missing, ...waysOf(dialplan, trunks)];
}

/** A backslash or an odd sign may mean one thing here and another in Asterisk. */
function unclearLines(files: ReleaseFiles): Fault[] {
  return dialplanFiles.flatMap((file) => {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(files.get(file) ?? new Uint8Array());
    return text.split("\n").flatMap((line, index) => {
      const at = (column: number) => ({ file, line: index + 1, column });
      if (line.length > longestLine) {
        const instead = `keep lines below ${longestLine} signs: Asterisk cuts long ones in two`;
        return [faultAt(at(1), "line-too-long", `this line has ${line.length} signs`, instead)];
      }
      const code = line.replace(/^\s*;(?!--(?!-)).*/s, "").replace(/\r$/, "");
      const odd = /\\|[^\t\x20-\x7e]|;--|--;/.exec(code);
      if (!odd || /^[^;]*;(?!--)[^\\]*$/s.test(code.slice(0, odd.index))) return [];
      const what = odd[0].length > 1 ? "a comment over several lines" : `the sign "${odd[0]}"`;
      const instead = "write plain letters, digits and signs; begin each line of a comment with ;";
      return [faultAt(at(odd.index + 1), "unclear", `${what} can hide what a line does`, instead)];
    });
  });
}

const troublesOf = ({ troubles }: Conf): Fault[] =>
  troubles
    .filter(({ kind }) => kind !== "include-missing")
    .map(({ kind, at, about }) =>
      faultAt(
        at,
        "unclear",
        `Asterisk stumbles here (${kind}): ${about}`,
        "write [context], then exten => and same => lines",
      ),
    );

function soundsOf(files: ReleaseFiles): ((name: string) => boolean) | null {
  if (!files.has("prompts/manifest.yaml")) return null;
  return (name) =>
    files.has(`prompts/${name.replace(/^hearback\//, "")}.wav`) && name.startsWith("hearback/");
}

function missingModules(dialplan: Dialplan, modules: Conf | undefined): Fault[] {
  if (!modules) return [];
  const loaded = modulesOf(modules);
  return priorities(dialplan).flatMap(({ application, data, at }) => {
    const used = Object.entries(functions).filter(([name]) => data.includes(`${name}(`));
    const wanted = [
      applications.get(application.toLowerCase())?.module,
      ...used.map(([, { module }]) => module),
    ];
    return wanted
      .filter((module) => typeof module === "string" && !loaded.has(module))
      .map((module) =>
        faultAt(
          at,
          "module-missing",
          `${application} needs ${module}.so, which modules.conf does not load`,
          `write require = ${module}.so there, and restart Asterisk`,
        ),
      );
  });
}

function absent(dialplan: Dialplan, file: string, trunks: ReadonlySet<string>): Fault[] {
  const place = { file, line: 0, column: 0 };
  const lacking = needed.flatMap(({ because, ...target }) => {
    if (findTarget(dialplan, target)) return [];
    const { context, extension, priority } = target;
    return [
      faultAt(
        place,
        "missing-part",
        `there is no ${context},${extension},${priority}: ${because}`,
        `write [${context}] with exten => ${extension},1,...`,
      ),
    ];
  });
  const empty = [...trunks].filter((context) => !dialplan.contexts.has(context));
  return [
    ...lacking,
    ...empty.map((context) =>
      faultAt(
        place,
        "missing-part",
        `there is no [${context}], where pjsip.conf sends calls`,
        `write [${context}], or name another context in pjsip.conf`,
      ),
    ),
    ...[...trunks]
      .filter((context) =>
        /^(?:hearback|before-inbound|after-inbound|hearback-heartbeat|default)$/.test(context),
      )
      .map((context) =>
        faultAt(
          place,
          "open-context",
          `the trunk leads straight into [${context}]`,
          "write context = from-trunk in pjsip.conf",
        ),
      ),
  ];
}

function waysOf(dialplan: Dialplan, trunks: ReadonlySet<string>): Fault[] {
  const starts = [...trunks].flatMap((context) => [...(dialplan.contexts.get(context)?.values() ?? [])]);
  const first = (target: Target) => findTarget(dialplan, target);
  const own = needed.slice(0, 4).flatMap((target) => first(target) ?? []);
  const hooks = needed.slice(4).flatMap((target) => first(target) ?? []);
  const all = [
    ...starts.flatMap(([start]) => (start ? wayFaults(dialplan, start, { mustEnter: true }) : [])),
    ...own.flatMap((start) =>
      wayFaults(dialplan, start, {
        mustEnter: start.extension === "inbound" || start.context === "from-trunk",
      }),
    ),
    ...hooks.flatMap((start) => subroutineFaults(dialplan, start)),
    ...beatsAlone(dialplan),
  ];
  return [...new Map(all.map((fault) => [JSON.stringify(fault), fault])).values()];
}

/** Nothing leads to the heartbeat, and it leads nowhere: Asterisk's own log of it is evidence. */
function beatsAlone(dialplan: Dialplan): Fault[] {
  return priorities(dialplan).flatMap((priority) => {
    const inside = priority.context === heartbeatContext;
    const leadsThere = !inside && priority.data.includes(heartbeatContext);
    const leadsAway = inside && /^(?:goto|gosub|stasis|playback|answer)/i.test(priority.application);
    if (!leadsThere && !leadsAway) return [];
    const what = leadsThere ? "a call is sent into the heartbeat" : "the heartbeat leads somewhere";
    return [faultAt(priority.at, "heartbeat", what, "leave [hearback-heartbeat] as it came")];
  });
}
