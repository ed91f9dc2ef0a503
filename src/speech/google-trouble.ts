/** gRPC statuses (https://grpc.io/docs/guides/status-codes/) as what they mean for a story. */
import { SpeechTrouble, type TroubleKind } from "#transcript/speech-trouble.ts";

interface Meaning {
  kind: TroubleKind;
  name: string;
  /** What staff can do about it. */
  remedy?: string;
}

const meanings: Record<number, Meaning> = {
  3: {
    kind: "refused",
    name: "INVALID_ARGUMENT",
    remedy: "check HEARBACK_GOOGLE_MODEL, HEARBACK_GOOGLE_LOCATION and HEARBACK_SPEECH_LANGUAGE",
  },
  4: { kind: "stumbled", name: "DEADLINE_EXCEEDED" },
  5: {
    kind: "misconfigured",
    name: "NOT_FOUND",
    remedy: "check HEARBACK_GOOGLE_PROJECT, HEARBACK_GOOGLE_LOCATION and HEARBACK_GOOGLE_RECOGNISER",
  },
  7: {
    kind: "misconfigured",
    name: "PERMISSION_DENIED",
    remedy: "the account needs the role Cloud Speech Client, and the project the Speech-to-Text API",
  },
  8: { kind: "quota", name: "RESOURCE_EXHAUSTED", remedy: "the project's quota is used up for now" },
  9: {
    kind: "misconfigured",
    name: "FAILED_PRECONDITION",
    remedy: "check the project's billing and its API",
  },
  11: { kind: "refused", name: "OUT_OF_RANGE" },
  // Also what the client makes of an answer that comes twice, or not at all.
  12: { kind: "stumbled", name: "UNIMPLEMENTED", remedy: "check HEARBACK_GOOGLE_LOCATION" },
  13: { kind: "stumbled", name: "INTERNAL" },
  14: { kind: "away", name: "UNAVAILABLE" },
  16: { kind: "misconfigured", name: "UNAUTHENTICATED", remedy: "check HEARBACK_GOOGLE_CREDENTIALS" },
};
const UNKNOWN: Meaning = { kind: "stumbled", name: "no status that we know" };

/** Google's own text is not passed on: nobody promises what stands in it. */
export function troubleOf(thrown: unknown): SpeechTrouble {
  const { code } = (thrown ?? {}) as { code?: unknown };
  const { kind, name, remedy } = (typeof code === "number" ? meanings[code] : undefined) ?? UNKNOWN;
  const shown = typeof code === "number" ? ` ${code}` : "";
  return new SpeechTrouble(kind, `Google answered with${shown} (${name})${remedy ? `: ${remedy}` : ""}`, {
    retryAfterMs: retryAfterMs(thrown),
  });
}

/** google.rpc.RetryInfo, where the client has decoded one. */
function retryAfterMs(thrown: unknown): number | null {
  const { statusDetails } = (thrown ?? {}) as { statusDetails?: unknown };
  if (!Array.isArray(statusDetails)) return null;
  for (const detail of statusDetails as ({ retryDelay?: { seconds?: unknown; nanos?: unknown } } | null)[]) {
    const { seconds, nanos } = detail?.retryDelay ?? {};
    const ms = Number(seconds ?? 0) * 1000 + Number(nanos ?? 0) / 1e6;
    if (detail?.retryDelay && Number.isFinite(ms) && ms > 0) return Math.ceil(ms);
  }
  return null;
}
