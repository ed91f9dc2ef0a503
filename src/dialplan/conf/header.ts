import { part, type Written } from "./comments.ts";
import type { Section, Setting } from "./conf.ts";
import type { OnLine, Reader } from "./parse-conf.ts";

/** [name](!,a,b,+): a new section, or more of an old one. Null where Asterisk refuses the file for it. */
export function beginSection(reader: Reader, { written, place }: OnLine): Section | null {
  const at = place(written.columns[0]!);
  const close = written.text.indexOf("]");
  const refuse = (kind: "section-open" | "parents-open") => {
    reader.tell(kind, at, written.text, { fatal: true });
    return null;
  };
  if (close < 0) return refuse("section-open");
  const name = written.text.slice(1, close);
  const section: Section = { name, at, template: false, parents: [], settings: [], open: false };
  const tail = part(written, close + 1);
  if (!tail.text.startsWith("(")) {
    if (tail.text !== "") reader.tell("after-section", place(tail.columns[0]!), tail.text);
    reader.conf.sections.push(section);
    return section;
  }
  const end = tail.text.indexOf(")");
  if (end < 0) return refuse("parents-open");
  if (end + 1 < tail.text.length)
    reader.tell("after-section", place(tail.columns[end + 1]!), tail.text.slice(end + 1));
  return withParents(reader, section, part(tail, 1, end), place);
}

function withParents(reader: Reader, fresh: Section, words: Written, place: OnLine["place"]): Section | null {
  const { sections } = reader.conf;
  let section = fresh;
  let column = 0;
  for (const word of words.text.split(",")) {
    const at = place(words.columns[column] ?? words.columns[0]!);
    column += word.length + 1;
    if (word === "!") section.template = true;
    else if (word.startsWith("+")) {
      const old = sections.find(
        (each) => named(each, fresh.name) && (!each.template || /include/i.test(word)),
      );
      if (!old) {
        // It may stand in a file that is not here.
        if (!reader.conf.open) return refuse(reader, "nothing-to-add-to", at, fresh.name);
        section.open = true;
      } else if (section === fresh) {
        old.template ||= fresh.template;
        old.settings.push(...fresh.settings);
        section = old;
      }
    } else {
      const base = sections.find((each) => named(each, word));
      section.parents.push(base?.name ?? word);
      if (!base && !reader.conf.open) return refuse(reader, "parent-unknown", at, word);
      section.open ||= base === undefined || base.open;
      section.settings.push(...(base?.settings ?? []).map(inherited(word)));
    }
  }
  if (section === fresh) sections.push(section);
  return section;
}

const refuse = (
  reader: Reader,
  kind: "nothing-to-add-to" | "parent-unknown",
  at: Section["at"],
  about: string,
) => {
  reader.tell(kind, at, about, { fatal: true });
  return null;
};

const named = ({ name }: Section, wanted: string): boolean => name.toLowerCase() === wanted.toLowerCase();

const inherited =
  (from: string) =>
  (setting: Setting): Setting => ({ ...setting, from });
