/** The events of ARI that we ask for, as they come, and how any text at all is turned into one without throwing. */

export interface AriChannel {
  id: string;
  name: string;
  /** "Down", "Ring", "Ringing", "Up" ... */
  state: string;
  dialplan: { app_name: string; app_data: string };
  /** Of whoever rings us: the number as the trunk gave it. */
  caller?: { number?: string };
}

export interface AriPlayback {
  id: string;
  /** `channel:<id>` */
  target_uri: string;
  state: string;
}

export interface AriRecording {
  name: string;
  /** `channel:<id>` */
  target_uri: string;
  state: string;
  /** Whole seconds of what was kept (trailing silence cut off). */
  duration?: number;
}

interface Stamped {
  /** ISO 8601 with the zone as +0000. */
  timestamp: string;
}

export type AriEvent = Stamped &
  (
    | { type: "StasisStart"; channel: AriChannel; args: string[] }
    | { type: "StasisEnd"; channel: AriChannel }
    | { type: "ChannelDtmfReceived"; channel: AriChannel; digit: string; duration_ms: number }
    | { type: "ChannelHangupRequest"; channel: AriChannel }
    /** `cause`: Q.850. `tech_cause`: the SIP status, where there was one (Asterisk 22). */
    | { type: "ChannelDestroyed"; channel: AriChannel; cause: number; tech_cause?: number }
    | { type: "ChannelStateChange"; channel: AriChannel }
    | { type: "Dial"; peer: AriChannel; dialstatus: string }
    | { type: "PlaybackStarted" | "PlaybackFinished"; playback: AriPlayback }
    | { type: "RecordingStarted" | "RecordingFinished" | "RecordingFailed"; recording: AriRecording }
    | { type: "ChannelTalkingStarted"; channel: AriChannel }
    | { type: "ChannelTalkingFinished"; channel: AriChannel; duration: number }
    | { type: "ChannelToneDetected"; channel: AriChannel }
  );

/** A telephone rings, or the network plays something in its place. */
export const tellsOfRinging = (event: AriEvent): boolean =>
  event.type === "Dial"
    ? /^(RINGING|PROGRESS)$/.test(event.dialstatus)
    : event.type === "ChannelStateChange" && event.channel.state === "Ringing";

/** Which field says whose event it is. */
const subjectOf = {
  StasisStart: "channel",
  StasisEnd: "channel",
  ChannelDtmfReceived: "channel",
  ChannelHangupRequest: "channel",
  ChannelDestroyed: "channel",
  ChannelStateChange: "channel",
  Dial: "peer",
  PlaybackStarted: "playback",
  PlaybackFinished: "playback",
  RecordingStarted: "recording",
  RecordingFinished: "recording",
  RecordingFailed: "recording",
  ChannelTalkingStarted: "channel",
  ChannelTalkingFinished: "channel",
  ChannelToneDetected: "channel",
} as const satisfies Record<AriEvent["type"], "channel" | "peer" | "playback" | "recording">;

/** What we have Asterisk tell us ourselves, to see that it tells us anything. */
const echoType = "ChannelUserevent";

/**
 * All that Asterisk is asked to send. RESTResponse must be among them: the filter holds back the answers to requests
 * over the websocket too (measured on 22.10.1: without it every request goes unanswered), and the notice that another
 * took over the application.
 */
export const wantedEvents: readonly string[] = [
  ...Object.keys(subjectOf),
  echoType,
  "ApplicationReplaced",
  "RESTResponse",
];

/** The answer to a request made over the websocket. */
export interface RestResponse {
  request_id: string;
  status_code: number;
  message_body?: string;
}

export type Incoming =
  | { kind: "event"; event: AriEvent; channelId: string }
  | { kind: "response"; response: RestResponse }
  | { kind: "echo"; name: string }
  /** Another instance connected under our application's name and has all its events from now on. */
  | { kind: "replaced" }
  /** A type we do not know or did not ask for: Asterisk was upgraded, perhaps. */
  | { kind: "unknown"; type: string }
  | { kind: "malformed" };

/** Reads one websocket message. Never throws, whatever it is given. */
export function readIncoming(text: string): Incoming {
  const message = parseObject(text);
  const type = message?.type;
  if (!message || typeof type !== "string") return { kind: "malformed" };
  if (type === "RESTResponse") return readResponse(message);
  if (type === "ApplicationReplaced") return { kind: "replaced" };
  if (type === echoType) return { kind: "echo", name: String(message.eventname) };
  if (!Object.hasOwn(subjectOf, type)) return { kind: "unknown", type };
  const channelId = channelOf(message, subjectOf[type as AriEvent["type"]]);
  if (channelId === null) return { kind: "malformed" };
  mend(message);
  return { kind: "event", event: message as unknown as AriEvent, channelId };
}

/**
 * What is not of the sort that its field should be becomes "nothing known", here at the door: a cause that is no cause
 * would otherwise reach a column of two bytes, whose refusal the dialler would ask for until the end of days.
 */
function mend(message: Record<string, unknown>): void {
  if (typeof message.timestamp !== "string") message.timestamp = "";
  if ("digit" in message && typeof message.digit !== "string") message.digit = "";
  if ("dialstatus" in message && typeof message.dialstatus !== "string") message.dialstatus = "";
  if (message.type === "ChannelDestroyed") {
    message.cause = wholeWithin(message.cause, 0, 127) ?? 0;
    message.tech_cause = wholeWithin(message.tech_cause, 100, 699);
  }
  if (message.type === "ChannelTalkingFinished")
    message.duration = wholeWithin(message.duration, 0, 1e9) ?? 0;
  const { recording } = message as { recording?: { duration?: unknown } };
  if (recording) recording.duration = wholeWithin(recording.duration, 0, 1e6);
}

const wholeWithin = (value: unknown, least: number, most: number): number | undefined =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most
    ? (value as number)
    : undefined;

/** Milliseconds since the epoch; null when Asterisk sent something else than a time. */
export function timeOf(event: { timestamp: string }): number | null {
  const time = Date.parse(String(event.timestamp).replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(time) ? null : time;
}

function readResponse(message: Record<string, unknown>): Incoming {
  const { request_id, status_code } = message;
  if (typeof request_id !== "string" || typeof status_code !== "number") return { kind: "malformed" };
  return { kind: "response", response: message as unknown as RestResponse };
}

function channelOf(message: Record<string, unknown>, field: string): string | null {
  const subject = message[field];
  if (typeof subject !== "object" || subject === null) return null;
  const { id, target_uri } = subject as { id?: unknown; target_uri?: unknown };
  if (field === "channel" || field === "peer") return typeof id === "string" ? id : null;
  if (typeof target_uri !== "string" || !target_uri.startsWith("channel:")) return null;
  return target_uri.slice("channel:".length);
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
