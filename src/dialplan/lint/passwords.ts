import { type Section, settingOf } from "#dialplan/conf/conf.ts";
import type { Found } from "./rule.ts";

const least = 16;
/** From sample files, tutorials and the lists that attackers try first. */
const known =
  /^(?:asterisk|password|passw0rd|secret|mysecret|amp111|admin|changeme|change[-_]?it|hearback|peekaboo|letmein|12345\d*|qwerty.*|test.*|demo.*|x+|\*+)$/i;

/** A password that is short, known, the user's own name or not there; what it is, is never told. */
export function weakPassword(section: Section, key: string, user = section.name): Found[] {
  const setting = settingOf(section, key);
  if (!setting) return section.open ? [] : [{ at: section.at, about: section.name }];
  const { value, at } = setting;
  const letters = new Set(value).size;
  const weak =
    value.length < least ||
    letters < 6 ||
    known.test(value) ||
    value.toLowerCase().includes(user.toLowerCase());
  return weak ? [{ at, about: section.name }] : [];
}
