import { type Trunk, writtenBy } from "#dialplan/trunks/trunk-book.ts";
import { AppError } from "#lib/errors.ts";

/** How the far end wants numbers: +447700900123, 447700900123, or (United Kingdom) 07700900123. */
export type NumberForm = "e164" | "e164-digits" | "uk-national";

/**
 * The one place where something to dial is made. A checked number goes into a fixed template; nothing else that a
 * person or a file wrote ever reaches Asterisk's dialling.
 * @param phone E.164
 * @param trunk the PJSIP endpoint of the carrier
 * @param form how the far end wants numbers, or the trunk as staff have described it
 * @throws AppError undialable, without the number
 */
export function dialStringFor(phone: string, trunk: string, form: NumberForm | Trunk): string {
  if (!/^[a-z][a-z0-9-]{0,39}$/i.test(trunk)) {
    throw new AppError("undialable", `"${trunk}" is no name of a trunk: letters, digits and - only`);
  }
  return `PJSIP/${written(checked(phone), form)}@${trunk}`;
}

/** The number shown to the person called. @throws AppError undialable */
export function callerIdFor(callerNumber: string): string {
  return `<${checked(callerNumber)}>`;
}

function checked(phone: string): string {
  if (!/^\+[1-9][0-9]{6,14}$/.test(phone)) throw new AppError("undialable", "a number is not in E.164 form");
  return phone;
}

function written(phone: string, form: NumberForm | Trunk): string {
  if (typeof form === "object") return plain(writtenBy(form, phone));
  if (form === "e164") return phone;
  if (form === "e164-digits") return phone.slice(1);
  if (!phone.startsWith("+44")) {
    throw new AppError(
      "undialable",
      "a number outside the United Kingdom has no form on a trunk that takes UK ones",
    );
  }
  return `0${phone.slice(3)}`;
}

/** Whatever staff have written: Asterisk gets digits, and a + before them at most. */
function plain(written: string): string {
  if (!/^\+?[0-9]{3,20}$/.test(written))
    throw new AppError("undialable", "what trunks.conf makes of a number is none: + and 3 to 20 digits");
  return written;
}
