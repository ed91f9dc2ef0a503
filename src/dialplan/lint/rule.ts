import {
  type Conf,
  isNo,
  isYes,
  type Place,
  type Section,
  type Setting,
  settingOf,
} from "#dialplan/conf/conf.ts";
import type { Fault } from "#lib/fault.ts";
import type { Configuration } from "./configuration.ts";

/** Where a rule is broken, and the word of the file that breaks it. Never a password. */
export interface Found {
  at: Place;
  about?: string;
}

export interface Rule {
  /** In kebab case; stays the same from version to version. */
  name: string;
  level: Fault["level"];
  /** What is wrong and why it matters, as a clause. */
  says: string;
  /** What to write instead, as an order. */
  instead: string;
  source: string;
  find(configuration: Configuration): Found[];
}

const found = ({ at, value }: Setting): Found => ({ at, about: value });

/** The settings of this key that say what they should not. */
export const wrongIn = (
  section: Section | undefined,
  keys: string | readonly string[],
  wrong: (value: string) => boolean,
): Found[] => {
  const setting = settingOf(section, ...[keys].flat());
  return setting && wrong(setting.value) ? [found(setting)] : [];
};

/** The same, where it is wrong too if it is not said at all and no other file may say it. */
export const wrongOrAbsentIn = (
  section: Section | undefined,
  keys: string | readonly string[],
  wrong: (value: string) => boolean,
): Found[] => {
  if (!section) return [];
  if (settingOf(section, ...[keys].flat())) return wrongIn(section, keys, wrong);
  return section.open ? [] : [{ at: section.at }];
};

/** A file's section; a file without it says nothing of what it should. */
export function wrongOrUnsaid(
  { confs }: Configuration,
  [file, name]: readonly [string, string],
  keys: string | readonly string[],
  wrong: (value: string) => boolean,
): Found[] {
  const conf = confs.get(file);
  if (!conf) return [];
  const section = conf.sections.find((each) => !each.template && each.name.toLowerCase() === name);
  if (section) return wrongOrAbsentIn(section, keys, wrong);
  return conf.open ? [] : [{ at: startOf(conf) }];
}

export const startOf = ({ file }: Conf): Place => ({ file, line: 1, column: 1 });

export const says = {
  yes: isYes,
  no: isNo,
  notYes: (value: string) => !isYes(value),
  notNo: (value: string) => !isNo(value),
};
