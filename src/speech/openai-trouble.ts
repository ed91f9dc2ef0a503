/** HTTP statuses and broken connections as what they mean for a story. An answer's body is never quoted. */
import { SpeechTrouble, type TroubleKind } from "#transcript/speech-trouble.ts";
import type { Answer } from "./post-form.ts";

const WHOSE = "the speech server";

/** For every status but 200. */
export function troubleOfStatus({
  status,
  retryAfter,
  date,
}: Omit<Answer, "body" | "contentType">): SpeechTrouble {
  const { kind, remedy } = meaningOf(status);
  const message = `${WHOSE} answered with HTTP status ${status}${remedy ? `: ${remedy}` : ""}`;
  return new SpeechTrouble(kind, message, { retryAfterMs: retryAfterMs(retryAfter, date) });
}

function meaningOf(status: number): { kind: TroubleKind; remedy?: string } {
  if (status === 429) return { kind: "quota" };
  if (status === 401 || status === 403) return { kind: "misconfigured", remedy: "check HEARBACK_OPENAI_KEY" };
  if (status === 404 || status === 405)
    return { kind: "misconfigured", remedy: "check HEARBACK_OPENAI_URL and HEARBACK_OPENAI_MODEL" };
  if (status === 407 || status < 400) return { kind: "misconfigured", remedy: "check HEARBACK_OPENAI_URL" };
  if (status === 502 || status === 503) return { kind: "away" };
  if (status === 408 || status >= 500) return { kind: "stumbled" };
  return { kind: "refused", remedy: "check HEARBACK_OPENAI_MODEL and HEARBACK_OPENAI_FORMAT" };
}

/** Seconds, or a date by the server's own clock (RFC 9110 10.2.3); null for what is neither. */
function retryAfterMs(header: string | undefined, date: string | undefined): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header.trim())
    ? Number(header) * 1000
    : Date.parse(header) - Date.parse(date ?? "");
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

/** Node's codes for a certificate that is not trusted, and for a server that does not speak TLS. */
const NOT_TRUSTED = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/;

/** Where no whole answer came. @param late it was we who gave up waiting */
export function troubleOfFault(thrown: unknown, late: boolean): SpeechTrouble {
  const { code, syscall } = (thrown ?? {}) as { code?: unknown; syscall?: unknown };
  const told = typeof code === "string" ? ` (${code})` : "";
  if (late) return new SpeechTrouble("stumbled", `${WHOSE} gave no answer in time`);
  if (typeof code === "string" && NOT_TRUSTED.test(code))
    return new SpeechTrouble("misconfigured", `${WHOSE} is not trusted${told}: check HEARBACK_OPENAI_CA`);
  if (syscall === "connect" || syscall === "getaddrinfo")
    return new SpeechTrouble("away", `${WHOSE} cannot be reached${told}`);
  return new SpeechTrouble("stumbled", `${WHOSE} ended the connection before its answer was whole${told}`);
}
