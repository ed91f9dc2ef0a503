/** Where something stands; 1 is the first line, and the first column. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** `key = value` or `key => value`, as the module that reads it gets it. */
export interface Setting {
  key: string;
  /** Without comments, escapes and blanks around it. */
  value: string;
  at: Place;
  valueAt: Place;
  /** Written with "=>". */
  arrow: boolean;
  /** The section that it was inherited from. */
  from: string | null;
}

export interface Section {
  name: string;
  at: Place;
  /** Marked (!): other sections inherit from it, and nothing else sees it. */
  template: boolean;
  parents: string[];
  /** What it inherits comes first; of two of one key, most modules believe the later. */
  settings: Setting[];
  /** It inherits from a section that these files do not hold, so what it lacks may be said there. */
  open: boolean;
}

export interface Directive {
  kind: "include" | "tryinclude" | "exec" | "unknown";
  argument: string;
  at: Place;
  /** The files that it found; for an include none means that it is missing. */
  found: string[];
}

/** What Asterisk stumbles over; `fatal` where it then refuses the rest of the file. */
export interface Trouble {
  kind: TroubleKind;
  at: Place;
  fatal: boolean;
  /** The words of the file that it is about. */
  about: string;
}

export type TroubleKind =
  | "no-section"
  | "section-open"
  | "parents-open"
  | "parent-unknown"
  | "nothing-to-add-to"
  | "after-section"
  | "no-equals"
  | "no-key"
  | "bad-escape"
  | "unknown-directive"
  | "directive-empty"
  | "include-missing"
  | "include-outside"
  | "include-too-deep"
  | "line-too-long"
  | "comment-open"
  | "comment-not-begun"
  | "bad-encoding";

export interface Conf {
  file: string;
  /** Of this file and of those that it includes, in Asterisk's order; templates among them. */
  sections: Section[];
  directives: Directive[];
  troubles: Trouble[];
  /** Some file that it includes is not among these: such as a site's own, which is nobody else's business. */
  open: boolean;
}

/** All that a module sees: no templates. */
export const sectionsOf = (conf: Conf): Section[] => conf.sections.filter(({ template }) => !template);

/** As most modules look for one: the first of that name that is no template. */
export const sectionNamed = (conf: Conf, name: string): Section | undefined =>
  sectionsOf(conf).find((section) => sameName(section.name, name));

/** The one that counts where a key stands twice: the last. */
export const settingOf = (section: Section | undefined, ...keys: string[]): Setting | undefined =>
  section?.settings.findLast(({ key }) => keys.some((wanted) => sameName(key, wanted)));

export const settingsOf = (section: Section | undefined, ...keys: string[]): Setting[] =>
  section?.settings.filter(({ key }) => keys.some((wanted) => sameName(key, wanted))) ?? [];

export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** ast_true(): these words and no others. */
export const isYes = (value: string | undefined): boolean => /^(yes|true|y|t|1|on)$/i.test(value ?? "");
/** ast_false(). */
export const isNo = (value: string | undefined): boolean => /^(no|false|n|f|0|off)$/i.test(value ?? "");
