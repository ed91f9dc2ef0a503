import type { Fault } from "#lib/fault.ts";
import { type Conf, type Section, type Setting, sectionsOf } from "../conf/conf.ts";
import { parseConf } from "../conf/parse-conf.ts";
import { faultAt, shown } from "../guard/faults.ts";
import { type Trunk, type TrunkBook, writtenBy, writtenPattern } from "./trunk-book.ts";

const numberPattern = /^\+[1-9][0-9]{6,14}$/;
const beginsPattern = /^\+[0-9]{0,14}$/;

/** Never throws: what is not understood is a fault, and left out of the book. */
export const readTrunks = (file: string, text: string): { book: TrunkBook; faults: Fault[] } =>
  trunksIn(parseConf(file, text));

export function trunksIn(conf: Conf): { book: TrunkBook; faults: Fault[] } {
  const trunks: Trunk[] = [];
  const callers = new Map<string, string>();
  const faults: Fault[] = conf.troubles.map(({ at, kind, about }) =>
    faultAt(
      at,
      "trunks",
      `this is not understood (${kind}): ${about}`,
      "write [name], and key = value below it",
    ),
  );
  const taken = new Set<string>();
  for (const section of sectionsOf(conf)) {
    const type = section.settings.find(({ key }) => key === "type")?.value;
    if (taken.has(section.name))
      faults.push(
        faultAt(section.at, "trunks", `[${section.name}] stands here a second time`, "keep one of the two"),
      );
    taken.add(section.name);
    if (type === "trunk") trunks.push(trunkOf(section, faults));
    else if (type === "trust") readTrust(section, callers, faults);
    else
      faults.push(
        faultAt(
          section.at,
          "trunks",
          `[${shown(section.name)}] has no type`,
          "write type = trunk or type = trust below it",
        ),
      );
  }
  return { book: { trunks, callers }, faults };
}

function trunkOf({ name, at, settings }: Section, faults: Fault[]): Trunk {
  if (!/^[a-z][a-z0-9-]{0,39}$/i.test(name))
    faults.push(
      faultAt(
        at,
        "trunks",
        `"${shown(name)}" is no name of a trunk`,
        "write letters, digits and -, as in pjsip.conf",
      ),
    );
  const writes: { begins: string; as: string }[] = [];
  for (const setting of settings.filter(({ key }) => key === "write")) {
    const [begins, as] = pairOf(setting);
    if (begins !== null && beginsPattern.test(begins) && writtenPattern.test(as)) writes.push({ begins, as });
    else faults.push(notUnderstood(setting, "write = +44 as 0, with + and digits only"));
  }
  const trunk = { name, writes };
  for (const setting of settings.filter(({ key }) => key === "example"))
    faults.push(...exampleFaults(trunk, setting));
  faults.push(...strange(settings, ["type", "write", "example"]));
  return trunk;
}

function exampleFaults(trunk: Trunk, setting: Setting): Fault[] {
  const [number, expected] = pairOf(setting);
  if (number === null || !numberPattern.test(number))
    return [notUnderstood(setting, "example = +447700900123 as 07700900123")];
  const written = writtenBy(trunk, number);
  if (written === expected) return [];
  const what = `${number} is written as ${written} on this trunk, and not as ${shown(expected)}`;
  return [faultAt(setting.valueAt, "trunk-example", what, "change the write lines, or the example")];
}

function readTrust({ name, at, settings }: Section, callers: Map<string, string>, faults: Fault[]): void {
  const caller = settings.findLast(({ key }) => key === "caller");
  if (!caller || !numberPattern.test(caller.value))
    faults.push(
      caller
        ? notUnderstood(caller, "caller = +441632960000")
        : faultAt(at, "trunks", `[${name}] shows no number`, "write caller = +441632960000 below it"),
    );
  else if ([...callers.values()].includes(caller.value))
    faults.push(
      faultAt(
        caller.valueAt,
        "trunks",
        "another trust shows this number",
        "give each trust one of its own: who rings back must reach the right one",
      ),
    );
  else callers.set(name, caller.value);
  faults.push(...strange(settings, ["type", "caller"]));
}

/** "+44 as 0"; what stands behind "as" may be nothing. */
function pairOf({ value }: Setting): [string | null, string] {
  const [, first, second] = /^(\S+)\s+as(?:\s+(\S+))?$/.exec(value) ?? [];
  return [first ?? null, second ?? ""];
}

const notUnderstood = ({ valueAt, value }: Setting, instead: string): Fault =>
  faultAt(valueAt, "trunks", `"${shown(value)}" is not understood`, `write ${instead}`);

const strange = (settings: readonly Setting[], known: readonly string[]): Fault[] =>
  settings
    .filter(({ key }) => !known.includes(key))
    .map(({ key, at }) =>
      faultAt(at, "trunks", `${shown(key)} is not known here`, `there are ${known.join(", ")}`),
    );
