/** Texts that may quote what somebody typed, said or is, made fit for the log. */

/** Ids, moments (ISO 8601) and Asterisk's own ids, whose digits are no person's; then tokens; then runs of digits. */
const marked = new RegExp(
  [
    "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\d{4}-\\d\\d-\\d\\d(?:T[\\d:.]+Z?)?|\\b1\\d{9}\\.\\d{1,6}\\b)",
    "(\\b(?:hb_[0-9a-f]{12}_|Bearer\\s+|Basic\\s+|sk-)[\\w.~+/=-]+|\\b[\\w-]{40,}\\b)",
    "([+(]?\\d[\\d \\u00a0()./-]{5,}\\d)",
  ].join("|"),
  "gi",
);
const address = /[^\s"'<>]+@[^\s"'<>]+\.[a-z]{2,}/gi;
/** Telephone and NHS numbers have more, however they are grouped. */
const mostDigits = 8;
const longest = 2_000;

/** Without tokens, and without runs of so many digits as a telephone or NHS number has. */
export const withoutNumbers = (text: string): string =>
  text.slice(0, longest).replace(marked, (found, id?: string, token?: string) => {
    if (id !== undefined) return id;
    if (token !== undefined) return "[token]";
    return found.replace(/\D/g, "").length > mostDigits ? "[number]" : found;
  });

const KEPT_OUT = "[kept out]";
/** A file of ours: nobody's name is in its path. */
const path = /'(\/[\w./-]+)'/g;

/**
 * Also without addresses of e-mail, and without whatever is quoted: from the first mark to the last, for what is quoted
 * may hold such marks itself.
 */
export const withoutValues = (text: string): string =>
  withoutNumbers(
    text
      .slice(0, longest)
      .replace(address, "[address]")
      .replace(path, "$1")
      .replace(/["“«](?:.*["”»]|.*)/s, `"${KEPT_OUT}"`)
      .replace(/(^|[\s(=:])'(?:.*'|.*)/s, `$1'${KEPT_OUT}'`)
      .replace(/`[^`\w-][^`]*`|`[\w-]+[^`\w-][^`]*`/g, `\`${KEPT_OUT}\``)
      .replace(/=\(.*\)/s, `=(${KEPT_OUT})`),
  );

/** May be written as an id: it is made of what ids are made of, and no number of a person's stands in it. */
export const isHarmlessId = (text: string): boolean =>
  /^[\w.:@/-]{1,200}$/.test(text) && !personal.test(text.replace(uuids, ""));
const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const personal =
  /(?<![0-9a-f])(?:(?:\+|00)?44|0)[1-9]\d{8,9}(?![0-9a-f])|(?<![\w.-])\d{10}(?![\w.-])|\bhb_[0-9a-f]{12}_/i;
