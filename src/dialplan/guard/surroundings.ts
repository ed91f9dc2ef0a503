/** Asterisk's other files, as far as they open ways into or out of the dialplan. */
import type { Fault } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { type Conf, isNo, isYes, sectionNamed, sectionsOf, settingOf } from "../conf/conf.ts";
import { asteriskFolder } from "../conf/read-folder.ts";
import { faultAt } from "./faults.ts";

/** What a release may hold for Asterisk; every other file would be one that nobody looks at. */
const knownFiles = new Set(
  (
    "ari asterisk cdr cel cel_custom extensions hooks http indications logger manager modules pjsip " +
    "prometheus rtp trunks"
  )
    .split(" ")
    .map((name) => `${name}.conf`),
);
/** Which files may include which, beside their own site.conf. */
const mayInclude: Record<string, readonly string[]> = {
  "extensions.conf": ["hooks.conf"],
  "pjsip.conf": ["pjsip-site.conf"],
};
const forbiddenModules =
  /^(?:app_(?:system|originate|exec|dial|queue|agi|externalivr|jack|mp3|chanspy|read|page|followme|disa|directory|transfer|mixmonitor|record|voicemail|db|while|macro|verbose)|func_(?:shell|env|curl|db|odbc|global|realtime|lock|sorcery|config|logic)|res_(?:agi|clioriginate|curl|odbc|config_\w+|realtime|ael_share|pjsip_refer|parking|http_media_cache|snmp|phoneprov|speech\w*|calendar\w*)|pbx_(?:spool|lua|ael|realtime|dundi|loopback)|cdr_(?:custom|odbc|pgsql)|chan_(?:iax2|sip|dahdi|skinny|mgcp|console))(?:\.so)?$/;

export function strangeFiles(files: ReleaseFiles): Fault[] {
  return [...files.keys()].flatMap((path) => {
    if (!path.startsWith(`${asteriskFolder}/`)) return [];
    const name = path.slice(asteriskFolder.length + 1);
    if (knownFiles.has(name) || name.endsWith(".md")) return [];
    const place = { file: path, line: 0, column: 0 };
    if (/\.(?:ael|lua)$/i.test(name))
      return [
        faultAt(
          place,
          "other-language",
          "a dialplan in AEL or Lua can start programs, and nobody here reads it",
          "write it into extensions.conf or hooks.conf",
        ),
      ];
    const instead = `take it out; there are ${[...knownFiles].join(", ")}`;
    return [faultAt(place, "unknown-file", "Asterisk would read a file that nobody looks at", instead)];
  });
}

/** #exec, and files from elsewhere. */
export function directiveFaults(name: string, conf: Conf): Fault[] {
  return conf.directives
    .filter(({ at }) => at.file === conf.file)
    .flatMap(({ kind, argument, at }) => {
      if (kind === "exec" || argument.startsWith("|"))
        return [
          faultAt(
            at,
            "runs-programs",
            "#exec runs a program each time Asterisk reads this file",
            "write what it would print into the file",
          ),
        ];
      const allowed = ["site.conf", ...(mayInclude[name] ?? [])];
      if (kind !== "unknown" && allowed.includes(argument)) return [];
      const what =
        kind === "unknown"
          ? "this directive is not known"
          : `${argument} is not one of this file's own includes`;
      return [
        faultAt(at, "include-outside", what, `include ${allowed.join(" or ")} only, and write the rest here`),
      ];
    });
}

export function moduleFaults(conf: Conf | undefined): Fault[] {
  const section = conf && sectionNamed(conf, "modules");
  return (section?.settings ?? []).flatMap(({ key, value, at, valueAt }) => {
    if (key.toLowerCase() === "autoload")
      return isNo(value)
        ? []
        : [faultAt(valueAt, "module", "autoload loads every module that there is", "write autoload = no")];
    if (/^noload$/i.test(key)) return [];
    if (value.includes("/")) {
      const what = `${value} is loaded from elsewhere than Asterisk's own folder of modules`;
      return [faultAt(valueAt, "module", what, "write the name of one of its modules, without a path")];
    }
    if (!forbiddenModules.test(value)) return [];
    const instead = "take it out; nothing that the guard lets into the dialplan needs it";
    return [faultAt(at, "module", `${value} brings applications or functions that are dangerous`, instead)];
  });
}

/** Without ".so", as modules.conf asks for them. */
export function modulesOf(conf: Conf | undefined): Set<string> {
  const section = conf && sectionNamed(conf, "modules");
  const wanted = (section?.settings ?? []).filter(({ key }) =>
    /^(?:require|load|preload|preload-require)$/i.test(key),
  );
  return new Set(wanted.map(({ value }) => value.replace(/\.so$/, "")));
}

export function optionFaults(conf: Conf | undefined): Fault[] {
  const section = conf && sectionNamed(conf, "options");
  return ["execincludes", "live_dangerously"].flatMap((key) => {
    const setting = settingOf(section, key);
    if (!setting || !isYes(setting.value)) return [];
    const what = `${key} lets the configuration, or a call, start programs`;
    return [faultAt(setting.at, "runs-programs", what, `write ${key} = no`)];
  });
}

/** The contexts in which calls from outside arrive, and what a SIP endpoint must not be let do. */
export function endpoints(conf: Conf | undefined): {
  contexts: Set<string>;
  names: Set<string>;
  faults: Fault[];
} {
  const faults: Fault[] = [];
  const contexts = new Set<string>();
  const names = new Set<string>();
  for (const section of conf ? sectionsOf(conf) : []) {
    if (settingOf(section, "type")?.value !== "endpoint") continue;
    names.add(section.name);
    const context = settingOf(section, "context");
    contexts.add(context?.value ?? "default");
    const transfer = settingOf(section, "allow_transfer");
    if (!transfer || !isNo(transfer.value))
      faults.push(
        faultAt(
          transfer?.valueAt ?? section.at,
          "transfers",
          `the far end of [${section.name}] may pass calls on (REFER)`,
          "write allow_transfer = no",
        ),
      );
    const message = settingOf(section, "message_context");
    if (message)
      faults.push(
        faultAt(message.at, "transfers", "text messages would run dialplan", "take message_context out"),
      );
  }
  return { contexts, names, faults };
}
