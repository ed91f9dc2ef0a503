import { type Conf, type Place, type Setting, sameName, sectionsOf } from "./conf.ts";

/** One line of a dialplan: `exten => name,priority(label),App(args)`, or `same => ...`. */
export interface Extension {
  /** Patterns keep their "_". */
  name: string;
  /** Only for callers of this number or pattern: `exten => name/callerId,...`. */
  callerId: string | null;
  /** "hint", a number, or as it stands where Asterisk takes it for none. */
  priority: number | "hint" | { wrong: string };
  label: string | null;
  /** As written, such as "Goto". */
  app: string;
  args: string;
  at: Place;
  /** Of the application; exact where no escaped semicolon stands before it. */
  appAt: Place;
}

export interface Context {
  name: string;
  at: Place;
  extensions: Extension[];
  /** `include => name`, with times after "|" or "," left out. */
  includes: { name: string; at: Place }[];
  /** switch, lswitch, eswitch. */
  switches: Setting[];
  ignored: Setting[];
}

/** The contexts of extensions.conf as pbx_config makes them: sections of one name are one context. */
export function dialplanOf(conf: Conf): Context[] {
  const contexts = new Map<string, Context>();
  for (const section of sectionsOf(conf)) {
    if (sameName(section.name, "general") || sameName(section.name, "globals")) continue;
    const context = contexts.get(section.name) ?? {
      ...{ name: section.name, at: section.at, extensions: [], includes: [], switches: [], ignored: [] },
    };
    contexts.set(section.name, context);
    const last: Last = { name: "", priority: 0 };
    for (const setting of section.settings) addTo(context, setting, last);
  }
  return [...contexts.values()];
}

interface Last {
  name: string;
  priority: number;
}

function addTo(context: Context, setting: Setting, last: Last): void {
  const key = setting.key.toLowerCase();
  if (key === "exten" || key === "same") context.extensions.push(extensionOf(setting, key, last));
  else if (key === "include")
    context.includes.push({ name: setting.value.split(/[|,]/)[0]!.trim(), at: setting.valueAt });
  else if (/^[le]?switch$/.test(key)) context.switches.push(setting);
  else if (key !== "ignorepat" && key !== "autohints") context.ignored.push(setting);
}

function extensionOf(setting: Setting, key: "exten" | "same", last: Last): Extension {
  const { value, valueAt, at } = setting;
  let rest = 0;
  if (key === "exten") {
    const end = endOfName(value);
    last.name = value.slice(0, end).trim();
    rest = end + 1;
  }
  const comma = value.indexOf(",", rest);
  const [, number = "", label = null] =
    /^([^(]*)(?:\((.*)\))?$/s.exec(value.slice(rest, comma < 0 ? undefined : comma).trim()) ?? [];
  const priority = priorityOf(number.trim(), last);
  if (typeof priority === "number") last.priority = priority;
  const from = comma < 0 ? value.length : comma + 1;
  const text = value.slice(from);
  const appColumn = valueAt.column + from + (text.length - text.trimStart().length);
  const [name = "", callerId = null] = last.name.split("/");
  return {
    name,
    callerId,
    priority,
    label,
    ...applicationOf(text),
    at,
    appAt: { ...valueAt, column: appColumn },
  };
}

/** A comma inside a set of a pattern, as in _[1,2]X, ends nothing. */
function endOfName(value: string): number {
  let inSet = false;
  for (let at = 0; at < value.length; at++) {
    if (value[at] === "[") inSet = true;
    else if (value[at] === "]") inSet = false;
    else if (value[at] === "," && !inSet) return at;
  }
  return value.length;
}

function priorityOf(text: string, last: Last): Extension["priority"] {
  const [word = "", plus] = text.split("+");
  const more = plus === undefined ? 0 : Number.parseInt(plus, 10) || 0;
  if (word === "hint") return "hint";
  if (word === "n" || word === "next") return last.priority + 1 + more;
  if (word === "s" || word === "same") return last.priority + more;
  return /^\s*\d+/.test(word) ? Number.parseInt(word, 10) + more : { wrong: text };
}

function applicationOf(text: string): { app: string; args: string } {
  const open = text.indexOf("(");
  if (open < 0) return { app: text.trim(), args: "" };
  const close = text.lastIndexOf(")");
  return { app: text.slice(0, open).trim(), args: text.slice(open + 1, close > open ? close : undefined) };
}
