import { readNhsNumber } from "./nhs-number.ts";
import { personOf } from "./person.ts";
import { readPhone } from "./phone-number.ts";
import { remember } from "./remember.ts";
import { readVisitTime } from "./visit-time.ts";

/** One row of a list: the visit that a person is to be asked about, and how to reach them. Personal data throughout. */
export interface Visit {
  /** The trust's own reference, unique within a campaign. */
  visitRef: string;
  /** E.164; stored encrypted, with a keyed hash to find it by. */
  phone: string;
  /** What identifies the person (person.ts), to be kept as a keyed hash only. */
  person: string;
  givenName: string | null;
  visitAt: Date | null;
  /** Null: the campaign's own trust. */
  trust: string | null;
  site: string | null;
  ward: string | null;
  service: string | null;
  /** BCP 47, e.g. "en-GB"; null: the campaign's own language. */
  language: string | null;
  /** Ten digits, modulus 11 checked. */
  nhsNumber: string | null;
  /** Anything but null: the visit is kept with the disposition "suppressed" and never rung. */
  doNotCallReason: DoNotCallReason | null;
  /** The trust takes the visit out, or holds it back until staff release it; null: neither. */
  visitStatus: ListedStatus | null;
  /** Columns kept by name (`--keep`), as they were in the file. */
  extra: Record<string, string>;
  /** Equal for two rows exactly when they say the same; to be kept as a keyed hash, for "the same file twice". */
  content: string;
}

/** Why a person is not to be telephoned (DOMAIN.md 4.4: PDS codes and contact preferences; 8.17 to 8.19). */
export const doNotCallReasons = [
  "deceased",
  "restricted",
  "textphone",
  "proxy",
  "sign_language",
  "no_telephone",
  "opted_out",
  "interpreter",
  "sensitive",
  "other",
] as const;

export type DoNotCallReason = (typeof doNotCallReasons)[number];

/** What is so of a person, whatever visit the list speaks of: it ends all calls to them. */
const personReasons: readonly DoNotCallReason[] = ["deceased", "restricted", "no_telephone"];

export const stopsPerson = ({ doNotCallReason }: Visit): boolean =>
  doNotCallReason !== null && personReasons.includes(doNotCallReason);

export const listedStatuses = ["withdrawn", "held"] as const;

export type ListedStatus = (typeof listedStatuses)[number];

/** The row wants its visit not to be called, whatever an earlier list said of it. */
export const isStop = ({ doNotCallReason, visitStatus }: Stop): boolean =>
  doNotCallReason !== null || visitStatus !== null;

export type Stop = Pick<Visit, "visitRef" | "doNotCallReason" | "visitStatus">;

export const requiredColumns = ["visit_ref", "phone"] as const;

/** What a list may carry; any other column is refused unless it is kept by name. */
export const knownColumns = [
  ...requiredColumns,
  "given_name",
  "visit_at",
  "trust",
  "site",
  "ward",
  "service",
  "language",
  "nhs_number",
  "do_not_call_reason",
  "visit_status",
] as const;

type Column = (typeof knownColumns)[number];

/** One thing wrong with a row, told so that whoever made the list can put it right. Never repeats what was in the cell. */
export interface RowFault {
  column: string;
  fault: string;
  remedy: string;
}

export type VisitReading =
  | { kind: "visit"; visit: Visit }
  /** `stop`: what is wrong is elsewhere, and that the visit is not to be called stands beyond doubt. */
  | { kind: "faults"; faults: RowFault[]; stop?: Stop };

export interface RowContext {
  /** IANA zone of times without an offset. */
  timeZone: string;
  now: Date;
  /** Columns to be kept as they are. */
  keep: readonly string[];
}

const longestText = 200;
const longestKept = 2000;

/** Reads one row, given as column to cell, with all its faults at once. */
export function readVisit(cells: Readonly<Record<string, string>>, context: RowContext): VisitReading {
  const faults: RowFault[] = [];
  const cell = (column: Column): string | null => readText(column, cells[column], longestText, faults);
  const visitRef = cell("visit_ref");
  if (visitRef === null)
    need(faults, "visit_ref", "the row has no visit_ref", "give each visit its own reference");
  const phone = readPhoneCell(cells.phone, faults);
  const row = {
    visitRef: visitRef ?? "",
    phone,
    givenName: cell("given_name"),
    visitAt: readTimeCell(cell("visit_at"), context, faults),
    trust: cell("trust"),
    site: cell("site"),
    ward: cell("ward"),
    service: cell("service"),
    language: readLanguage(cell("language"), faults),
    nhsNumber: readNhsCell(cell("nhs_number"), faults),
    doNotCallReason: readReason(cell("do_not_call_reason")),
    extra: readKept(cells, context.keep, faults),
  };
  const visitStatus = readStatus(cell("visit_status"), faults);
  if (faults.length > 0) {
    const stop = { visitRef: row.visitRef, doNotCallReason: row.doNotCallReason, visitStatus };
    return { kind: "faults", faults, ...(row.visitRef !== "" && isStop(stop) ? { stop } : {}) };
  }
  // Rows without a status say what they said before there was one.
  const content = JSON.stringify(visitStatus === null ? row : { ...row, visitStatus });
  return { kind: "visit", visit: { ...row, visitStatus, person: personOf(row), content } };
}

function need(faults: RowFault[], column: string, fault: string, remedy: string): null {
  if (!faults.some((known) => known.column === column)) faults.push({ column, fault, remedy });
  return null;
}

/** Trimmed; null when empty. Line breaks are for kept columns only, other control characters for none. */
function readText(
  column: string,
  raw: string | undefined,
  longest: number,
  faults: RowFault[],
): string | null {
  const text = raw?.trim() ?? "";
  if (text === "") return null;
  if (text.length > longest) {
    return need(
      faults,
      column,
      `the cell has more than ${longest} characters`,
      "shorten it, or mend the quotes",
    );
  }
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    const lineBreak = code === 10 || code === 13 || code === 9;
    // C1 too: a terminal takes U+009B for the start of a command.
    if ((code < 32 || (code >= 127 && code < 160)) && !(lineBreak && longest === longestKept)) {
      return need(faults, column, "the cell holds a line break or another control character", "take it out");
    }
  }
  return text;
}

function readPhoneCell(raw: string | undefined, faults: RowFault[]): string {
  const text = readText("phone", raw, longestText, faults);
  if (text === null && faults.some((fault) => fault.column === "phone")) return "";
  const reading = readPhone(text ?? "");
  if (reading.kind === "number") return reading.e164;
  need(faults, "phone", reading.fault, reading.remedy);
  return "";
}

function readTimeCell(text: string | null, context: RowContext, faults: RowFault[]): Date | null {
  if (text === null) return null;
  const reading = readVisitTime(text, context);
  return reading.kind === "time" ? reading.at : need(faults, "visit_at", reading.fault, reading.remedy);
}

function readNhsCell(text: string | null, faults: RowFault[]): string | null {
  if (text === null) return null;
  const fault = "that is no NHS number: ten digits of which the last checks the others (modulus 11)";
  return readNhsNumber(text) ?? need(faults, "nhs_number", fault, "correct it, or leave the cell empty");
}

const canonicalTag = remember((text): string | null => {
  // Two or three letters first: "English" is well formed as BCP 47, but no language.
  if (!/^[a-z]{2,3}(-|$)/i.test(text)) return null;
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}, 1000);

function readLanguage(text: string | null, faults: RowFault[]): string | null {
  if (text === null) return null;
  const remedy = "write a tag such as en-GB or cy-GB, or leave it empty";
  return canonicalTag(text) ?? need(faults, "language", "that is no language tag", remedy);
}

/** A word that we do not know is a reason all the same: whoever wrote it did not want the person called. */
function readReason(text: string | null): DoNotCallReason | null {
  if (text === null) return null;
  const word = text.toLowerCase().replace(/[\s-]+/g, "_");
  return doNotCallReasons.find((reason) => reason === word) ?? "other";
}

/** Unlike a reason, a word that we do not know may mean anything: "attended", "due". */
function readStatus(text: string | null, faults: RowFault[]): ListedStatus | null {
  if (text === null) return null;
  const fault = "that is neither withdrawn nor held";
  const known = listedStatuses.find((status) => status === text.toLowerCase());
  return known ?? need(faults, "visit_status", fault, "write one of the two, or leave the cell empty");
}

function readKept(cells: Readonly<Record<string, string>>, keep: readonly string[], faults: RowFault[]) {
  if (keep.length === 0) return {};
  const kept = keep.flatMap((column): [string, string][] => {
    const text = readText(column, cells[column], longestKept, faults);
    return text === null ? [] : [[column, text]];
  });
  // Not by assignment: a column headed __proto__ would be lost.
  return Object.fromEntries(kept);
}
