// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
/** Variables and functions that may stand in ${...}; all others are refused. */
import type { Fault } from "#lib/fault.ts";
import type { Priority } from "./dialplan.ts";
import { type Reference, referencesIn, Unclear, withoutReferences } from "./expression.ts";
import { faultAt, further, shown } from "./faults.ts";
import { dangerOf } from "./forbidden.ts";

/** Each with the module that brings it; null: it is in Asterisk itself. */
export const functions: Record<string, { module: string | null; arguments: RegExp }> = {
  FILTER: { module: "func_strings", arguments: /^(?:0-9|a-z|A-Z|[+0-9A-Za-z_ .#*])+-?,/ },
  LEN: { module: "func_strings", arguments: /./ },
  STRFTIME: { module: "func_strings", arguments: /^[-+\w%:/., ]*$/ },
  CALLERID: { module: "func_callerid", arguments: /^(?:num|name)$/ },
  CHANNEL: { module: "func_channel", arguments: /^(?:language|uniqueid|linkedid)$/ },
};
/** What a caller, or the network, has written: let through FILTER only. */
const fromOutside = (reference: Reference): boolean =>
  reference.name === "CALLERID" || /^EXTEN(?::|$)/.test(reference.name);
const variablePattern =
  /^(?:SITE_[A-Z0-9_]+|HEARBACK_RUNG|EXTEN|STASISSTATUS|HANGUPCAUSE|UNIQUEID|ARG[1-9])(?::-?\d+){0,2}$/;

/** What is wrong with the references in an application's arguments. */
export function referenceFaults(priority: Pick<Priority, "data" | "dataAt">): Fault[] {
  try {
    return referencesIn(priority.data).flatMap((reference) => faultsOf(reference, priority, false));
  } catch (thrown) {
    if (!(thrown instanceof Unclear)) throw thrown;
    const at = further(priority.dataAt, thrown.offset);
    return [faultAt(at, "line-shape", thrown.message, "count the brackets: every one that opens must close")];
  }
}

function faultsOf(reference: Reference, { dataAt }: Pick<Priority, "dataAt">, filtered: boolean): Fault[] {
  const at = further(dataAt, reference.offset);
  const inner = (inFilter: boolean) =>
    reference.parts.flatMap((part) => faultsOf(part, { dataAt }, inFilter));
  if (reference.dynamic)
    return [
      faultAt(
        at,
        "runs-text",
        `the name in "${shown(reference.name)}" is put together at run time`,
        "write the variable's or function's own name between ${ and }",
      ),
    ];
  if (reference.kind === "calculation") return [...calculationFaults(reference, at), ...inner(false)];
  const own = nameFaults(reference, at);
  if (own.length > 0) return own;
  if (fromOutside(reference) && !filtered)
    return [
      faultAt(
        at,
        "unfiltered",
        `what the network sends as ${reference.name} goes on as it came`,
        `let through what you need: \${FILTER(+0-9,\${${reference.name}${reference.inner ? `(${reference.inner})` : ""}})}`,
      ),
    ];
  return inner(reference.name === "FILTER");
}

function nameFaults({ kind, name, inner }: Reference, at: Priority["at"]): Fault[] {
  if (kind === "variable") {
    if (variablePattern.test(name)) return [];
    const danger = dangerOf(name);
    if (danger) return [faultAt(at, danger.rule, danger.what, danger.instead)];
    const instead = "use variables of your own, SITE_NAME, or HEARBACK_RUNG, EXTEN, STASISSTATUS";
    return [faultAt(at, "variable-name", `\${${shown(name)}} is no variable that the guard knows`, instead)];
  }
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (known?.arguments.test(inner)) return [];
  const danger = known ? null : dangerOf(name);
  if (danger) return [faultAt(at, danger.rule, danger.what, danger.instead)];
  const list = Object.keys(functions).join(", ");
  const what = known
    ? `${name}(${shown(inner)}) is no way in which the guard knows ${name}`
    : `the function ${shown(name)} is not known to the guard`;
  return [
    faultAt(at, "unknown-function", what, `there are ${list}; FILTER's first part is letters and digits`),
  ];
}

/** $[...] can call functions too, by their bare names, and reads what variables bring as if it stood there. */
function calculationFaults({ inner, parts, offset }: Reference, at: Priority["at"]): Fault[] {
  const bare = withoutReferences(inner, parts, { from: offset + 2, by: "1" });
  const call = /(?:(\w+)|")\s*\(/.exec(bare);
  if (call) {
    const danger = dangerOf(call[1] ?? "");
    const what = danger?.what ?? `what stands before ( in "${shown(inner)}" runs as a function`;
    return [
      faultAt(at, danger?.rule ?? "runs-text", what, danger?.instead ?? "write ${...} around the function"),
    ];
  }
  if (/[^-+*/%<>=!&|?:() \t"\w.,#@]/.test(bare) || !quotesPlain(bare))
    return [
      faultAt(
        at,
        "line-shape",
        `the calculation "${shown(inner)}" has a sign that the guard does not know`,
        'compare as in $["${SITE_NAME}" = "value"]',
      ),
    ];
  return [];
}

/** Every quote closes, and what it holds cannot become a call, or the end of a condition, where it is put in. */
const quotesPlain = (text: string): boolean => {
  const pieces = text.split('"');
  return pieces.length % 2 === 1 && !pieces.some((piece, index) => index % 2 === 1 && /[()?]/.test(piece));
};
