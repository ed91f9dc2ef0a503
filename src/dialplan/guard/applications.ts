// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
/** The applications that a dialplan of ours may use, each with what may stand in its brackets; all others are refused. */
import type { Fault } from "#lib/fault.ts";
import { type Dialplan, findTarget, type Priority, type Target, targetOf } from "./dialplan.ts";
import { referencesIn, withoutReferences } from "./expression.ts";
import { faultAt, further, shown } from "./faults.ts";
import { dangerOf } from "./forbidden.ts";
import { referenceFaults } from "./functions.ts";

export interface Around {
  dialplan: Dialplan;
  /** "hearback/en-GB/apology"; null where no prompts are among the files. */
  hasSound: ((name: string) => boolean) | null;
}

interface Application {
  name: string;
  /** Without ".so"; null: it is in Asterisk itself. */
  module: string | null;
  check(priority: Priority, around: Around): Fault[];
}

/** The longest call that a dialplan may allow, in seconds: half an hour. */
const longestCallSeconds = 1_800;
/** Contexts of which the rest of Hearback knows what they do. */
export const heartbeatContext = "hearback-heartbeat";

const misshapen = (priority: Priority, instead: string): Fault =>
  faultAt(
    priority.dataAt,
    "arguments",
    `${priority.application}(${shown(priority.data)}) is not a way in which the guard knows it`,
    `write ${instead}`,
  );
const shaped =
  (pattern: RegExp, instead: string) =>
  (priority: Priority): Fault[] =>
    pattern.test(priority.data) ? [] : [misshapen(priority, instead)];

const leadsTo = (priority: Priority, text: string, at: Priority["at"], { dialplan }: Around): Fault[] => {
  const target = targetOf(text, priority);
  if (!target)
    return [
      faultAt(
        at,
        "open-target",
        `"${shown(text)}" does not say plainly where the call goes`,
        "write context,extension,priority or a label, without any ${...}",
      ),
    ];
  if (findTarget(dialplan, target)) return [];
  const { context, extension, priority: line } = target;
  return [
    faultAt(
      at,
      "unknown-target",
      `there is no ${context},${extension},${line}`,
      "name a context, an extension and a priority or label that these files have",
    ),
  ];
};

/** A condition, and one or two targets: `$[...]?here:there`. */
const conditional =
  (instead: string) =>
  (priority: Priority, around: Around): Fault[] => {
    const branches = branchesOf(priority);
    if (!branches) return [misshapen(priority, instead)];
    const at = further(priority.dataAt, branches.offset);
    return branches.texts.flatMap((branch) => leadsTo(priority, subroutine(branch), at, around));
  };

/** Behind the one condition; null where there are more of them, or another. */
function branchesOf({ application, data }: Priority): { texts: string[]; offset: number } | null {
  const offset = /^gotoiftime$/i.test(application)
    ? (new RegExp(`^${when}\\?`).exec(data)?.[0].length ?? 0)
    : afterCalculation(data);
  const text = data.slice(offset);
  if (offset === 0 || !/^[^?$]+$/.test(text)) return null;
  return { texts: text.split(":").filter((branch) => branch !== ""), offset };
}

/** 0 where something else stands before the question mark, whose outcome Asterisk would take for the condition. */
function afterCalculation(data: string): number {
  const [first] = referencesIn(data);
  return first?.kind === "calculation" && first.offset === 0 && data[first.end] === "?" ? first.end + 1 : 0;
}

/** Without the arguments of a Gosub: `context,s,1(night)`. */
const subroutine = (text: string): string => text.replace(/\([A-Za-z0-9+_ ,-]*\)$/, "");

const application = (name: string, module: string | null, check: Application["check"]) =>
  [name.toLowerCase(), { name, module, check }] as const;
const nothing = shaped(/^$/, "it without anything between its brackets");
const seconds = shaped(/^(?:\d{1,2}|\d?\.\d{1,3}|\d{1,2}\.\d{1,3})$/, "seconds, at most 99, such as 0.8");
const when = String.raw`[-*&\w: ]+,[-*&\w ]+,[-*&\w ]+,[-*&\w ]+(?:,[\w/+-]+)?`;

export const applications: ReadonlyMap<string, Application> = new Map([
  application("Answer", null, nothing),
  application("Ringing", null, nothing),
  application("Progress", null, nothing),
  application("Proceeding", null, nothing),
  application("NoOp", null, () => []),
  application("Wait", null, seconds),
  application("Busy", null, shaped(/^[1-9]\d?$/, "seconds, from 1 to 99")),
  application("Congestion", null, shaped(/^[1-9]\d?$/, "seconds, from 1 to 99")),
  application("Hangup", null, shaped(/^\d{0,3}$/, "nothing, or a cause such as 17")),
  application("Return", "app_stack", nothing),
  application("Goto", null, (priority, around) => leadsTo(priority, priority.data, priority.dataAt, around)),
  application("Gosub", "app_stack", (priority, around) =>
    leadsTo(priority, subroutine(priority.data), priority.dataAt, around),
  ),
  application(
    "GotoIf",
    null,
    conditional('GotoIf($["${SITE_NAME}" = "value"]?label), the condition all in one $[...]'),
  ),
  application(
    "GosubIf",
    "app_stack",
    conditional('GosubIf($["${SITE_NAME}" = "value"]?context,s,1), the condition all in one $[...]'),
  ),
  application("GotoIfTime", null, conditional("GotoIfTime(18:00-08:00,*,*,*?label)")),
  application("Playback", "app_playback", playback),
  application("Set", null, set),
  application("Stasis", "app_stasis", stasis),
]);

/** What is wrong with one line. */
export function applicationFaults(priority: Priority, around: Around): Fault[] {
  const known = applications.get(priority.application.toLowerCase());
  if (!known) {
    const danger = dangerOf(priority.application);
    const names = [...applications.values()].map(({ name }) => name).join(", ");
    const what = danger?.what ?? `the application ${priority.application} is not known to the guard`;
    const instead = danger?.instead ?? `there are ${names}`;
    return [faultAt(priority.at, danger?.rule ?? "unknown-application", what, instead)];
  }
  const references = referenceFaults(priority);
  return references.length > 0 ? references : known.check(priority, around);
}

const soundPattern = /^[a-z][\w-]*(?:\/[\w-]+)+$/;

function playback(priority: Priority, { hasSound }: Around): Fault[] {
  const [sounds = "", ...options] = priority.data.split(",");
  if (options.some((option) => option !== "noanswer" && option !== "skip"))
    return shaped(/^$/, "no options, or noanswer")(priority);
  return sounds.split("&").flatMap((sound) => {
    if (!soundPattern.test(sound))
      return [
        faultAt(
          priority.dataAt,
          "sound",
          `"${shown(sound)}" is no prompt of ours`,
          "write hearback/LANGUAGE/PROMPT, such as hearback/en-GB/apology, with & between several",
        ),
      ];
    if (!hasSound || hasSound(sound)) return [];
    const instead = "name one of prompts/manifest.yaml that has been recorded, as hearback/en-GB/apology";
    return [faultAt(priority.dataAt, "missing-prompt", `there is no prompt ${sound}`, instead)];
  });
}

/** What calculations may meet again: signs that cannot become a call, a string's end or a question mark there. */
const plain = (value: string): boolean =>
  /^[-+\w .,:/@#*]*$/.test(withoutReferences(value, referencesIn(value)));

/** What may be set, and to what. */
const settable: [RegExp, (value: string) => boolean, string][] = [
  [
    /^(?:SITE_[A-Z0-9_]+|HEARBACK_RUNG)$/,
    plain,
    "letters, digits, blanks and + - _ . , : / @ # *, and ${...}",
  ],
  [/^CALLERID\((?:num|name)\)$/, () => true, "a value"],
  [/^CDR\((?:accountcode|userfield)\)$/, () => true, "a value"],
  [/^CHANNEL\(language\)$/, (value) => /^[a-z]{2,3}(?:-[A-Z]{2})?$/.test(value), "a language such as cy"],
];

function set(priority: Priority, around: Around): Fault[] {
  const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(priority.data) ?? [];
  const valueAt = further(priority.dataAt, name.length + 1);
  if (name === "TIMEOUT(absolute)") return timeoutFaults(value, valueAt);
  if (name === "CHANNEL(hangup_handler_push)") return leadsTo(priority, value, valueAt, around);
  if (name === "CDR_PROP(disable)" && value === "1" && priority.context === heartbeatContext) return [];
  const known = settable.find(([pattern]) => pattern.test(name));
  if (known?.[1](value)) return tooLate(name, priority);
  const danger = dangerOf(/^\w*/.exec(name)![0]);
  if (!known && danger) return [faultAt(priority.dataAt, danger.rule, danger.what, danger.instead)];
  if (name.includes("$"))
    return [
      faultAt(
        priority.dataAt,
        "runs-text",
        `what is set by "${shown(name)}" is put together at run time`,
        "write the variable's own name",
      ),
    ];
  const instead = known
    ? `write ${known[2]}`
    : "set variables of your own, SITE_NAME, or HEARBACK_RUNG, CALLERID(num), CDR(accountcode), CHANNEL(language)";
  return [faultAt(priority.dataAt, "variable-name", `${shown(priority.data)} may not be set`, instead)];
}

/** Of no use, and no harm: our manual once recommended it. */
function tooLate(name: string, { context, dataAt }: Priority): Fault[] {
  if (!name.startsWith("CDR(") || context !== "after-inbound") return [];
  const what = "the call's line of the CDR is written without it: the call has ended";
  return [{ ...faultAt(dataAt, "too-late", what, "set it in [before-inbound]"), level: "warning" }];
}

function timeoutFaults(value: string, at: Priority["at"]): Fault[] {
  if (/^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= longestCallSeconds) return [];
  const what = `TIMEOUT(absolute)=${shown(value)} would let a call go on for ever`;
  return [faultAt(at, "no-timeout", what, `write seconds, from 1 to ${longestCallSeconds}, such as 900`)];
}

function stasis(priority: Priority): Fault[] {
  const right = /^[A-Za-z0-9_-]+,inbound,\$\{HEARBACK_RUNG\}$/.test(priority.data);
  if (right && priority.context === "hearback") return [];
  return [
    faultAt(
      priority.at,
      "stasis",
      "calls enter Hearback at one place only",
      "write Stasis(hearback,inbound,${HEARBACK_RUNG}), in [hearback]; hooks end with Return()",
    ),
  ];
}

/** All that a line can lead to, by its application; for those that only go on, none. */
export function targetsOf(priority: Priority): { jumps: Target[]; subroutines: Target[] } {
  const kind = priority.application.toLowerCase();
  const calls = /^gosub/.test(kind);
  const targets = (textsOf[kind]?.(priority) ?? []).flatMap(
    (text) => targetOf(subroutine(text), priority) ?? [],
  );
  return calls || kind === "set" ? { jumps: [], subroutines: targets } : { jumps: targets, subroutines: [] };
}

const branching = (priority: Priority) => branchesOf(priority)?.texts ?? [];
const textsOf: Record<string, (priority: Priority) => string[]> = {
  gosub: ({ data }) => [data],
  goto: ({ data }) => [data],
  set: ({ data }) => (data.startsWith(handler) ? [data.slice(handler.length)] : []),
  gotoif: branching,
  gotoiftime: branching,
  gosubif: branching,
};
const handler = "CHANNEL(hangup_handler_push)=";
