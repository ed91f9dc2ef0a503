import { settingOf } from "#dialplan/conf/conf.ts";
import type { Context, Extension } from "#dialplan/conf/extensions.ts";
import { type Configuration, sectionIn, sipOf } from "../configuration.ts";
import { type Found, type Rule, says, startOf, wrongIn } from "../rule.ts";
import { reachedFromTrunks } from "../trunk-reach.ts";

const heartbeat = "hearback-heartbeat";
const fraud = "RELIABILITY.md 3.3";

const reachedExtensions = (all: Configuration): Extension[] =>
  reachedFromTrunks(all).flatMap(({ extensions }) => extensions);
const isApp = ({ app }: Extension, ...names: string[]): boolean => names.includes(app.toLowerCase());

/** By itself, or handed to an application that runs others: ExecIf(...?Dial(...)). */
const dials = (extension: Extension): boolean =>
  isApp(extension, ...dialling) ||
  (/^(?:try)?exec/i.test(extension.app) &&
    new RegExp(`(?:^|[?:,])\\s*(?:${dialling.join("|")})\\s*[(,:]`, "i").test(extension.args));
const dialling = ["dial", "retrydial", "page", "originate", "followme"];

/** extensions.conf: what a call that comes in can lead to. */
export const dialplanRules: readonly Rule[] = [
  {
    ...{ name: "trunk-dials-out", level: "fault", source: fraud },
    find: (all) =>
      reachedExtensions(all)
        .filter((extension) => dials(extension) && extension.args.includes("${"))
        .map(({ appAt, app }) => ({ at: appAt, about: app })),
    says: "who rings us chooses what we ring: toll fraud",
    instead: "no Dial here; Hearback alone rings, and transfers to numbers of a list that staff own",
  },
  {
    ...{ name: "context-wide", level: "fault", source: fraud },
    find: (all) =>
      reachedExtensions(all)
        .filter(({ name }) => /^_[.!]$/.test(name))
        .map(({ at, name }) => ({ at, about: name })),
    says: "the pattern fits everything, Asterisk's own extensions (h, i, t) and letters too",
    instead: "_[+0-9]. for the numbers that can be rung",
  },
  {
    ...{ name: "switch-elsewhere", level: "fault", source: fraud },
    find: ({ dialplan }) =>
      dialplan.flatMap(({ switches }) => switches.map(({ at, value }) => ({ at, about: value }))),
    says: "what a call does is decided on another machine or in a database",
    instead: "delete the line",
  },
  {
    ...{ name: "heartbeat-open", level: "fault", source: "dialplans/asterisk/README.md" },
    find: (all) =>
      reachedFromTrunks(all)
        .filter(({ name }) => name === heartbeat)
        .map(({ at }) => ({ at })),
    says: "a caller can reach the heartbeat, and so forge a sign that the event log is whole",
    instead: "nothing that leads from a trunk's context to it",
  },
  {
    ...{
      name: "heartbeat-missing",
      level: "fault",
      source: "dialplans/asterisk/README.md",
      find: noHeartbeat,
    },
    says: "Hearback cannot have a row written into the event log, so nothing that is missing there is proof",
    instead: "take [hearback-heartbeat] from dialplans/asterisk/extensions.conf",
  },
  {
    ...{ name: "call-endless", level: "fault", source: "RELIABILITY.md 1.2, F2", find: endless },
    says: "should Hearback die, nothing ends this call",
    instead: "Set(TIMEOUT(absolute)=900) in a line before it",
  },
  {
    ...{ name: "no-apology", level: "fault", source: "RELIABILITY.md 1.2, F3", find: noApology },
    says: "while Hearback is away the caller hears nothing",
    instead:
      "after it a line that looks at STASISSTATUS, and plays hearback/en-GB/apology where it is FAILED",
  },
  {
    ...{ name: "ring-back-lost", level: "fault", source: "issue 4, ring-back", find: ringBackLost },
    says: "calls that come in never reach Hearback, so who rings the number shown cannot even opt out",
    instead: "Goto(hearback,inbound,1), as in dialplans/asterisk/extensions.conf",
  },
  {
    ...{ name: "dialplan-writable", level: "fault", source: "Asterisk, extensions.conf.sample" },
    find: (all) => {
      const general = sectionIn(all, "extensions.conf", "general");
      const kept = settingOf(general, "static");
      const open =
        kept && says.yes(kept.value) && !says.yes(settingOf(general, "writeprotect")?.value ?? "no");
      return open ? [{ at: settingOf(general, "writeprotect")?.at ?? kept.at }] : [];
    },
    says: "a command at the console overwrites extensions.conf",
    instead: "writeprotect = yes",
  },
  {
    ...{ name: "no-fallthrough", level: "fault", source: "Asterisk, extensions.conf.sample" },
    find: (all) => wrongIn(sectionIn(all, "extensions.conf", "general"), "autofallthrough", says.no),
    says: "a call at the end of its lines waits for keys instead of being hung up",
    instead: "delete the line",
  },
  {
    ...{ name: "dialplan-line", level: "fault", source: "Asterisk, pbx/pbx_config.c", find: deadLines },
    says: "Asterisk leaves this line out of the dialplan",
    instead: "exten => name,priority,Application(...), same => n,Application(...) or include => context",
  },
];

function noHeartbeat({ confs, dialplan }: Configuration): Found[] {
  const conf = confs.get("extensions.conf");
  const there = dialplan.some(({ name, extensions }) => name === heartbeat && extensions.length > 0);
  return conf && !there ? [{ at: startOf(conf) }] : [];
}

/** Those of the same extension, in the order in which they are written. */
const stasis = (contexts: readonly Context[]) =>
  contexts.flatMap(({ extensions }) =>
    extensions
      .filter((extension) => isApp(extension, "stasis"))
      .map((extension) => {
        const same = extensions.filter(({ name }) => name === extension.name);
        const at = same.indexOf(extension);
        return { extension, before: same.slice(0, at), after: same.slice(at + 1) };
      }),
  );

function endless(all: Configuration): Found[] {
  return stasis(all.dialplan)
    .filter(({ before }) => !before.some(({ args }) => /TIMEOUT\(absolute\)\s*=\s*\d*[1-9]/i.test(args)))
    .map(({ extension }) => ({ at: extension.appAt }));
}

function noApology(all: Configuration): Found[] {
  return stasis(reachedFromTrunks(all))
    .filter(
      ({ after }) =>
        !after.some((each) => /STASISSTATUS/.test(each.args) || isApp(each, "playback", "background")),
    )
    .map(({ extension }) => ({ at: extension.appAt }));
}

function ringBackLost(all: Configuration): Found[] {
  if (!all.confs.has("extensions.conf")) return [];
  const known = new Set(all.dialplan.map(({ name }) => name));
  return sipOf(all, "endpoint").flatMap(({ section }) => {
    const context = settingOf(section, "context");
    if (!context || !known.has(context.value)) return [];
    const reached = reachedFromTrunks(all, [context.value]).flatMap(({ extensions }) => extensions);
    return reached.some((extension) => isApp(extension, "stasis"))
      ? []
      : [{ at: context.at, about: context.value }];
  });
}

function deadLines({ dialplan }: Configuration): Found[] {
  return dialplan.flatMap(({ ignored, extensions }) => [
    ...ignored.map(({ at, key }) => ({ at, about: key })),
    ...extensions
      .filter(({ priority, app }) => typeof priority === "object" || priority === 0 || app === "")
      .map(({ at, name }) => ({ at, about: name })),
  ]);
}
