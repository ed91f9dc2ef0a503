/** As much of SIP (RFC 3261) as a far end needs that is only ever called. */
export interface SipMessage {
  /** Of a request, e.g. "INVITE"; null in an answer. */
  method: string | null;
  /** Of an answer. */
  status: number | null;
  /** What a request is for, e.g. "sip:+447700900123@127.0.0.1:5060". */
  uri: string;
  /** By lower-case name, each in its order. */
  headers: ReadonlyMap<string, readonly string[]>;
  body: string;
}

/** Null where it is none. */
export function parseSip(text: string): SipMessage | null {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end < 0 ? undefined : end).split("\r\n");
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(first);
  const answer = /^SIP\/2\.0 (\d{3})/.exec(first);
  if (!request && !answer) return null;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (!name) continue;
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value ?? ""]);
  }
  return {
    method: request?.[1] ?? null,
    status: answer ? Number(answer[1]) : null,
    uri: request?.[2] ?? "",
    headers,
    body: end < 0 ? "" : text.slice(end + 4),
  };
}

export const header = (message: SipMessage, name: string): string => message.headers.get(name)?.[0] ?? "";

/** The user part of a sip URI: the number that was dialled. */
export const userOf = (uri: string): string => /sips?:([^@;>]*)@/.exec(uri)?.[1] ?? "";

export const tagOf = (value: string): string | null => /;\s*tag=([^;\s>]+)/.exec(value)?.[1] ?? null;

const reasons: Record<number, string> = {
  ...{ 100: "Trying", 180: "Ringing", 200: "OK", 481: "Call Does Not Exist", 486: "Busy Here" },
  487: "Request Terminated",
};

/** @param toTag ours; null only for 100 Trying and where we keep no call */
export function answerTo(
  request: SipMessage,
  status: number,
  toTag: string | null,
  more: { contact?: string; sdp?: string } = {},
): string {
  const to = header(request, "to");
  const sdp = more.sdp ?? "";
  return lines(
    `SIP/2.0 ${status} ${reasons[status] ?? "OK"}`,
    ...(request.headers.get("via") ?? []).map((via) => `Via: ${via}`),
    `From: ${header(request, "from")}`,
    `To: ${to}${toTag && !tagOf(to) ? `;tag=${toTag}` : ""}`,
    `Call-ID: ${header(request, "call-id")}`,
    `CSeq: ${header(request, "cseq")}`,
    ...(more.contact ? [`Contact: <${more.contact}>`] : []),
    ...(sdp ? ["Content-Type: application/sdp"] : []),
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    "",
    sdp,
  );
}

/** Our own goodbye, within the call that the INVITE began. */
export function byeFor(invite: SipMessage, toTag: string, contact: string, branch: string): string {
  const target = /<([^>]+)>/.exec(header(invite, "contact"))?.[1] ?? header(invite, "contact");
  return lines(
    `BYE ${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${contact.replace(/^sip:/, "")};rport;branch=z9hG4bK${branch}`,
    "Max-Forwards: 70",
    `From: ${header(invite, "to")};tag=${toTag}`,
    `To: ${header(invite, "from")}`,
    `Call-ID: ${header(invite, "call-id")}`,
    "CSeq: 1 BYE",
    "Content-Length: 0",
    "",
    "",
  );
}

const lines = (...all: string[]): string => all.join("\r\n");

/** Where the other side wants its sound, and as what it wants keys. */
export function readSdp(sdp: string): { host: string; port: number; keyType: number } | null {
  const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  const port = /^m=audio (\d+)/m.exec(sdp)?.[1];
  const keyType = /^a=rtpmap:(\d+) telephone-event\/8000/m.exec(sdp)?.[1];
  return host && port ? { host, port: Number(port), keyType: Number(keyType ?? 101) } : null;
}

/** A-law and keys, and nothing else. */
export const writeSdp = (port: number, keyType: number): string =>
  lines(
    "v=0",
    `o=far-end ${port} 1 IN IP4 127.0.0.1`,
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/AVP 8 ${keyType}`,
    "a=rtpmap:8 PCMA/8000",
    `a=rtpmap:${keyType} telephone-event/8000`,
    `a=fmtp:${keyType} 0-16`,
    "a=ptime:20",
    "a=sendrecv",
    "",
  );
