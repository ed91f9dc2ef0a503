import { type Conf, type Section, sectionNamed, sectionsOf, settingOf } from "#dialplan/conf/conf.ts";
import { type Context, dialplanOf } from "#dialplan/conf/extensions.ts";
import { type FolderOptions, readConfFolder } from "#dialplan/conf/read-folder.ts";
import type { ReleaseFiles } from "#release/files.ts";

/** All of Asterisk's configuration, as rules look at it. */
export interface Configuration {
  /** By name, such as "pjsip.conf". */
  confs: ReadonlyMap<string, Conf>;
  dialplan: readonly Context[];
  /** The objects of pjsip.conf. */
  sip: readonly SipObject[];
}

export interface SipObject {
  type: string;
  name: string;
  section: Section;
}

export function readConfiguration(files: ReleaseFiles, options: FolderOptions = {}): Configuration {
  const confs = withoutParts(readConfFolder(files, options));
  const dialplan = confs.get("extensions.conf");
  const sip = confs.get("pjsip.conf");
  return { confs, dialplan: dialplan ? dialplanOf(dialplan) : [], sip: sip ? sipObjects(sip) : [] };
}

/** What another file includes is looked at where it is included: there it has the sections that stand above it. */
function withoutParts(confs: ReadonlyMap<string, Conf>): Map<string, Conf> {
  const parts = new Set(
    [...confs.values()].flatMap(({ file, directives }) =>
      directives.flatMap(({ found }) => found.filter((part) => part !== file)),
    ),
  );
  return new Map([...confs].filter(([, { file }]) => !parts.has(file)));
}

const sipObjects = (conf: Conf): SipObject[] =>
  sectionsOf(conf).flatMap((section) => {
    const type = settingOf(section, "type")?.value.toLowerCase();
    return type ? [{ type, name: section.name, section }] : [];
  });

export const sipOf = ({ sip }: Configuration, type: string): SipObject[] =>
  sip.filter((object) => object.type === type);

export function sectionIn({ confs }: Configuration, file: string, name: string): Section | undefined {
  const conf = confs.get(file);
  return conf && sectionNamed(conf, name);
}

/** Sections that are users: of ari.conf and manager.conf, all but [general] and other kinds of section. */
export function usersIn({ confs }: Configuration, file: "ari.conf" | "manager.conf"): Section[] {
  const conf = confs.get(file);
  const others = ["general", "mock-user"];
  return (conf ? sectionsOf(conf) : []).filter((section) => {
    const type = settingOf(section, "type")?.value.toLowerCase() ?? "user";
    return !others.includes(section.name.toLowerCase()) && type === "user";
  });
}
