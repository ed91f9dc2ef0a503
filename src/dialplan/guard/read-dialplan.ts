// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
/** extensions.conf and what it includes, as contexts, extensions and priorities; whatever is not plainly one is a fault. */
import type { Fault } from "#lib/fault.ts";
import { type Conf, type Section, type Setting, sectionsOf } from "../conf/conf.ts";
import type { Dialplan, Priority } from "./dialplan.ts";
import { faultAt, further, shown } from "./faults.ts";
import { dangerOf } from "./forbidden.ts";

const generalKeys: Record<string, RegExp> = {
  static: /^yes$/,
  writeprotect: /^yes$/,
  clearglobalvars: /^yes$/,
};

export function readDialplan(conf: Conf): { dialplan: Dialplan; faults: Fault[] } {
  const dialplan: Dialplan = { contexts: new Map() };
  const faults: Fault[] = [];
  for (const section of sectionsOf(conf)) {
    if (section.name === "general") faults.push(...generalFaults(section));
    else if (section.name === "globals") faults.push(...globalFaults(section));
    else faults.push(...readContext(section, dialplan));
  }
  for (const section of conf.sections.filter(({ template }) => template))
    faults.push(
      faultAt(
        section.at,
        "template",
        `[${section.name}] is a template: what its heirs do stands somewhere else`,
        "write the lines out in each context",
      ),
    );
  return { dialplan, faults };
}

function generalFaults({ settings }: Section): Fault[] {
  return settings.flatMap(({ key, value, at }) => {
    const right = generalKeys[key];
    if (right?.test(value)) return [];
    const known = Object.keys(generalKeys).map((each) => `${each} = yes`);
    const what = right ? `${key} is not yes` : `${key} is not known to the guard in [general]`;
    return [faultAt(at, "general-setting", what, `write ${known.join(", ")} and nothing else`)];
  });
}

/** Asterisk evaluates these while it loads the file. What site.conf adds is not ours to look at. */
function globalFaults({ settings }: Section): Fault[] {
  return settings.flatMap(({ key, value, at, valueAt }) => {
    const bad = /[^-+\w .,:/@]/.exec(value);
    if (bad)
      return [
        faultAt(
          further(valueAt, bad.index),
          "global-value",
          `${bad[0]} in the value of ${key}: Asterisk would evaluate it when it loads the file`,
          "write letters, digits, blanks and + - _ . , : / @ only",
        ),
      ];
    if (/^SITE_[A-Z0-9_]+$/.test(key)) return [];
    const instead = `call it SITE_${key.toUpperCase().replace(/\W/g, "_")}`;
    return [faultAt(at, "variable-name", `${key} might be one of Asterisk's own variables`, instead)];
  });
}

function readContext(section: Section, { contexts }: Dialplan): Fault[] {
  const faults = headerFaults(section);
  if (contexts.has(section.name)) faults.push(twice(section.at, `[${section.name}]`));
  const extensions = contexts.get(section.name) ?? new Map<string, Priority[]>();
  contexts.set(section.name, extensions);
  let current: string | null = null;
  for (const setting of section.settings) {
    const key = setting.key.toLowerCase();
    if (key !== "exten" && key !== "same") {
      faults.push(lineFault(setting));
      continue;
    }
    const read = readPriority(setting, key === "same" ? current : null, section.name, extensions);
    if ("rule" in read) faults.push(read);
    else {
      current = read.extension;
      extensions.set(read.extension, [...(extensions.get(read.extension) ?? []), read]);
    }
  }
  return faults;
}

function headerFaults(section: Section): Fault[] {
  const faults: Fault[] = [];
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(section.name))
    faults.push(
      faultAt(
        section.at,
        "context-name",
        `[${shown(section.name)}] is no name of a context`,
        "use small letters, digits and -, beginning with a letter",
      ),
    );
  if (section.parents.length > 0)
    faults.push(
      faultAt(
        section.at,
        "template",
        `[${section.name}] takes lines over from ${section.parents.join(", ")}`,
        "write the lines out in this context",
      ),
    );
  return faults;
}

function lineFault({ key, at }: Setting): Fault {
  const danger = dangerOf(key);
  if (danger) return faultAt(at, danger.rule, danger.what, danger.instead);
  const instead = "a context holds lines that begin with exten => or same => only";
  return faultAt(at, "unknown-line", `${shown(key)} is not known to the guard`, instead);
}

const extenPattern = /^([^,]*),([^,]*),(.*)$/s;
const samePattern = /^([^,]*),(.*)$/s;
const priorityPattern = /^(1|n)(?:\(([A-Za-z][\w-]*)\))?$/;
const applicationPattern = /^([A-Za-z_]\w*)[ \t]*(?:\((.*)\))?$/s;

function readPriority(
  setting: Setting,
  same: string | null,
  context: string,
  extensions: ReadonlyMap<string, Priority[]>,
): Priority | Fault {
  const { value, at, valueAt } = setting;
  const isSame = setting.key.toLowerCase() === "same";
  if (isSame && same === null)
    return faultAt(at, "same-first", "same => stands before any exten =>", "begin with exten => s,1,...");
  const parts = (isSame ? samePattern : extenPattern).exec(value)?.slice(1);
  const shape = isSame ? "same => n,Application(arguments)" : "exten => s,1,Application(arguments)";
  if (!parts) return faultAt(valueAt, "line-shape", `"${shown(value)}" is not understood`, `write ${shape}`);
  const [extension, priority, rest] = (isSame ? [same, ...parts] : parts).map((part) => part!.trim());
  const wrong = extensionFault(extension!, setting);
  if (!isSame && wrong) return wrong;
  const [, number, label = null] = priorityPattern.exec(priority!) ?? [];
  if (number === undefined)
    return faultAt(
      valueAt,
      "priority",
      `"${shown(priority!)}" is no priority that the guard knows (hint is none either)`,
      "write 1 for the first line of an extension, n or n(label) for the others",
    );
  const found = applicationPattern.exec(rest!);
  const restAt = further(valueAt, value.lastIndexOf(rest!));
  if (!found) return unreadable(rest!, restAt);
  const [, application = "", data = ""] = found;
  const before = extensions.get(extension!) ?? [];
  if (number === "1" && before.length > 0) return twice(at, `${context},${extension},1`);
  if (number === "n" && before.length === 0)
    return faultAt(
      at,
      "priority",
      `${extension} has no line 1 before this one`,
      `write exten => ${extension},1,...`,
    );
  if (label !== null && before.some((each) => each.label === label)) return twice(at, `the label ${label}`);
  return {
    ...{ context, extension: extension!, label, application, data, at: restAt },
    number: number === "n" ? (before.at(-1)?.number ?? 0) + 1 : Number(number),
    dataAt: further(restAt, rest!.indexOf("(") + 1),
  };
}

const twice = (at: Setting["at"], what: string): Fault =>
  faultAt(at, "twice", `${what} stands here a second time`, "keep one of the two");

function unreadable(rest: string, at: Setting["at"]): Fault {
  const name = /^[^,(\s]*/.exec(rest)?.[0] ?? "";
  const danger = dangerOf(name);
  if (danger) return faultAt(at, danger.rule, danger.what, danger.instead);
  if (rest.includes("$") && rest.indexOf("$") < (rest.indexOf("(") + rest.length + 1) % (rest.length + 1))
    return faultAt(
      at,
      "runs-text",
      `the application's name "${shown(rest)}" is put together at run time`,
      "write the application's name itself",
    );
  return faultAt(at, "line-shape", `"${shown(rest)}" is not understood`, "write Application(arguments)");
}

/** Digits, letters, and patterns of digits: what matches everything would match Asterisk's own extensions too. */
function extensionFault(extension: string, { valueAt }: Setting): Fault | null {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(extension) || /^\+?[0-9]{1,20}$/.test(extension))
    return specialFault(extension, valueAt);
  if (/^_(?:\+|[0-9XZN]|\[[+0-9-]+\])+[.!]?$/.test(extension)) return null;
  if (extension.includes("$"))
    return faultAt(
      valueAt,
      "runs-text",
      "an extension's name with $ is evaluated while the file is loaded",
      "write the extension itself",
    );
  if (/^_[.!]?$/.test(extension))
    return faultAt(
      valueAt,
      "wild-extension",
      `${extension} matches whatever is sent, Asterisk's own extensions h, i and t too`,
      "write what a number begins with, such as _[+0-9].",
    );
  if (extension.includes("/"))
    return faultAt(
      valueAt,
      "extension",
      `${shown(extension)} depends on who calls`,
      'compare in the hook instead: GotoIf($["${FILTER(+0-9,${CALLERID(num)})}" = "..."]?label)',
    );
  return faultAt(
    valueAt,
    "extension",
    `"${shown(extension)}" is no extension that the guard knows`,
    "write small letters, digits, or _ and a pattern of digits such as _[+0-9]. or _+44XXXXXXXXXX",
  );
}

function specialFault(extension: string, at: Setting["at"]): Fault | null {
  if (!["h", "i", "t", "e", "o", "a", "failed"].includes(extension)) return null;
  const instead = "what is to be done when a call has ended stands in [after-inbound] of hooks.conf";
  return faultAt(at, "special-extension", `Asterisk goes to ${extension} by itself`, instead);
}
