/** One answered call: what the far end does becomes line events, what the call wants becomes ARI requests. */
import type { Audio, JoinOrder, Line, LineEvent, RecordOptions } from "#call/line.ts";
import { playbackIdsOf } from "#call/line-events.ts";
import { type Clock, later } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriConnection } from "./ari-connection.ts";
import { type AriEvent, timeOf } from "./ari-events.ts";
import { EventQueue } from "./event-queue.ts";
import { LinePlayer, type Pieces, type PlayerWatch } from "./line-player.ts";
import { LineRecorder } from "./line-recorder.ts";
import { LineRequests } from "./line-requests.ts";
import { type Listening, talkDetect, toneDetect } from "./listening.ts";
import { SecondLeg, type SecondLegParts } from "./second-leg.ts";
import { Snoops } from "./snoops.ts";
import { ToneListeners } from "./tone-listeners.ts";

/** The media URIs that make up a piece, e.g. `["sound:/prompts/hello"]`; a pause may need several. */
export type MediaOf = (piece: Audio) => string[];

export interface AriLineOptions {
  channelId: string;
  connection: AriConnection;
  mediaOf: MediaOf;
  listening: Listening;
  clock: Clock;
  logger: Logger;
  /**
   * A call that came in: when it leaves our application, it has ended. Asterisk tells no ChannelDestroyed of those
   * (measured on 22.10.1); a recording's end it tells before.
   */
  cameIn?: boolean;
  /** What dials the number of somebody whom the caller is put through to. */
  dialling: SecondLegParts["dialling"];
  /** Who is told of prompts that Asterisk did not play; nobody, when not given. */
  playerWatch?: PlayerWatch | null;
  onEnd(): void;
}

/** Q.850: one of the two hung up. */
const normalClearing = 16;
/** The same digit twice within this is one key whose RFC 4733 end came doubled: no finger is as fast. */
const echoMs = 150;
/** An Asterisk that takes longer tells what the far end does as much later. */
const tellsWithinMs = 1_000;
const lookAgainMs = 200;
/** The next prompt mostly follows at once, or once something is written down: two packets that are missing are no dead line. */
const quietAfterMs = 40;
/** After the call's end, a recording may still have to tell its own (on the line's channel, it comes before). */
const lastWordsMs = 1_000;

export class AriLine implements Line {
  readonly channelId: string;
  readonly #options: AriLineOptions;
  readonly #queue: EventQueue;
  readonly #requests: LineRequests;
  readonly #snoops: Snoops;
  readonly #player: LinePlayer;
  readonly #recorder: LineRecorder;
  readonly #tones: ToneListeners;
  readonly #second: SecondLeg;
  #lastKey: { digit: string; atMs: number } | null = null;
  /** Takes back the silence that is about to be sent; null where none is. */
  #silenceDue: (() => void) | null = null;
  #hangUpAsked = false;
  #theyHangUp = false;
  #unseen = false;
  #ending: Extract<LineEvent, { kind: "hung-up" }> | null = null;

  constructor(options: AriLineOptions) {
    const { channelId, connection, clock, logger } = options;
    this.channelId = channelId;
    this.#options = options;
    this.#queue = new EventQueue(clock);
    const tell = (event: LineEvent) => this.#tell(event);
    const onQuiet = () => this.#quiet();
    this.#requests = new LineRequests(connection, channelId, logger);
    this.#snoops = new Snoops(channelId, this.#requests, clock);
    this.#player = new LinePlayer(channelId, this.#requests, this.#snoops, {
      ...{ tell, onQuiet, clock, watch: options.playerWatch ?? null },
    });
    this.#recorder = new LineRecorder(channelId, this.#requests, { clock, tell });
    this.#tones = new ToneListeners(channelId, this.#requests, this.#snoops);
    const { dialling } = options;
    this.#second = new SecondLeg({ channelId, requests: this.#requests, dialling, tell, clock, logger });
  }

  next(untilMs: number): Promise<LineEvent | null> {
    return this.#queue.next(untilMs);
  }

  /** A frozen Asterisk is noticed after 4.5 s only, when nothing has been heard of it (ari-link.ts): here at once. */
  async inSight(): Promise<boolean> {
    const { connection, clock } = this.#options;
    if (await connection.tells(tellsWithinMs)) return true;
    await clock.wait(lookAgainMs);
    return false;
  }

  play(id: string, audio: Audio[]): void {
    this.#noSilence();
    this.#player.play(id, piecesOf(audio, this.#options.mediaOf), { aside: this.#recorder.underPrompts });
  }

  stopPlaying(id: string): void {
    this.#player.stop(id);
  }

  startRecording(name: string, options: RecordOptions): void {
    this.#recorder.start(name, options);
  }

  stopRecording(name: string): void {
    this.#recorder.stop(name);
  }

  async takeUpRecording(name: string, options: RecordOptions): Promise<"running" | "ended" | "none"> {
    const found = await this.#recorder.takeUp(name, options);
    if (found === "running") void this.#listenAside();
    return found;
  }

  join(order: JoinOrder): void {
    if (this.#silenceDue) this.#sendSilence();
    this.#second.join(order);
  }

  part(): void {
    this.#second.part();
  }

  takeUpJoin(): Promise<boolean> {
    return this.#second.takeUp();
  }

  hangUp(): void {
    this.#hangUpAsked = true;
    void this.#hangUp();
  }

  /** Begins to listen for talk and tones, one of them at once. Nothing waits for it: the first words go out meanwhile. */
  listen(): void {
    const { listening, clock } = this.#options;
    void this.#requests.set(this.channelId, talkDetect(listening));
    const first = listening.tone.frequenciesHz[0];
    if (first !== undefined) void this.#requests.set(this.channelId, toneDetect(listening, first));
    this.#tones.start(listening, clock, (event) => this.#tell(event));
  }

  /**
   * Takes the line over from a process that died in the middle of the call. What that one was saying is stopped, for it
   * will be said anew. How it listens for talk stays set; to set it again could wait for a recording's end, and with it
   * all that is asked over this connection (measured: Asterisk does one after the other, on the channel's own thread).
   */
  takeOver(): void {
    for (const id of playbackIdsOf(this.channelId)) void this.#requests.send("DELETE", `playbacks/${id}`);
  }

  /**
   * The line's own detector told of talk that goes on to a process that died, or while nobody listened, and cannot be
   * set anew (see `takeOver`): another listens beside it, until the recording ends.
   */
  async #listenAside(): Promise<void> {
    const id = listenerOf(this.channelId);
    const open = await this.#snoops.open(id, "hears", (event) => {
      if (event.type === "ChannelTalkingStarted" || event.type === "ChannelTalkingFinished") this.take(event);
    });
    if (!open) return;
    if (this.#recorder.busy) await this.#requests.set(id, talkDetect(this.#options.listening));
    else await this.#snoops.close(id);
  }

  /** As `listen`, for a person who rang us: no machine is looked out for. */
  listenForTalk(): void {
    void this.#requests.set(this.channelId, talkDetect(this.#options.listening));
  }

  /** Takes an event of this channel, its playbacks and recordings. */
  take(event: AriEvent): void {
    switch (event.type) {
      case "ChannelDtmfReceived":
        this.#key(event.digit, this.#timeOf(event));
        break;
      case "PlaybackStarted":
        this.#player.started(event.playback, timeOf(event));
        break;
      case "PlaybackFinished":
        this.#player.finished(event.playback, timeOf(event));
        break;
      case "RecordingStarted":
      case "RecordingFinished":
      case "RecordingFailed":
        this.#recorder.take(event);
        break;
      case "ChannelTalkingStarted":
        this.#tones.hears();
        this.#tell({ kind: "talk-started", atMs: this.#timeOf(event) });
        break;
      case "ChannelTalkingFinished":
        this.#talkFinished(this.#timeOf(event), event.duration);
        break;
      case "ChannelToneDetected":
        this.#tell({ kind: "tone" });
        break;
      case "ChannelHangupRequest":
        this.#theyHangUp = true;
        break;
      case "StasisEnd":
        if (this.#options.cameIn) this.#hungUp(normalClearing, null);
        break;
      case "ChannelDestroyed":
        this.#hungUp(event.cause, event.tech_cause ?? null);
    }
  }

  /** The connection was lost: until `resume` has been through, what Asterisk tells is not all that there was. */
  outOfSight(): void {
    this.#unseen = true;
    this.#recorder.outOfSight();
  }

  /** The connection is back and so is the channel: what happened meanwhile is found out. */
  async resume(): Promise<void> {
    if (this.#hangUpAsked) return this.#hangUp();
    const playing = this.#player.resume(() => this.#recorder.isLive());
    await Promise.all([playing, this.#recorder.resume(), this.#second.resume()]);
    if (this.#unseen) this.#talkUnseen();
    this.#tones.hears(); // what they heard first may have been told to nobody
  }

  /** What had been lost is found out, for all calls, and the connection has held so long. */
  seenAgain(): void {
    this.#unseen = false;
  }

  /**
   * Talk that began or ended meanwhile was told to nobody. Whoever tells a story would be taken for silent: they are taken
   * for having spoken, and heard anew. Whoever has fallen silent, for a machine that talks on and on.
   */
  #talkUnseen(): void {
    const atMs = this.#options.clock.now().getTime();
    if (this.#recorder.busy) {
      this.#tell({ kind: "talk-started", atMs });
      void this.#listenAside();
    }
    this.#tell({ kind: "talk-finished", atMs, durationMs: 0 });
  }

  /** The connection is back, but the channel has gone while nobody listened. 127: interworking, unspecified. */
  goneMeanwhile(): void {
    this.#recorder.endAll();
    this.#hungUp(127, null);
  }

  lose(reason: string): void {
    this.#queue.end({ kind: "lost", reason });
    this.#clear();
  }

  /**
   * Between prompts Asterisk would send nothing at all: to networks on the way a dead line. The next prompt or recording
   * takes the silence's place by itself.
   */
  #quiet(): void {
    this.#noSilence();
    this.#silenceDue = later(this.#options.clock, quietAfterMs, () => this.#sendSilence());
  }

  #sendSilence(): void {
    this.#noSilence();
    if (this.#ending || this.#hangUpAsked || this.#recorder.busy || this.#queue.ended) return;
    void this.#requests.send("POST", `channels/${this.channelId}/silence`);
  }

  #noSilence(): void {
    this.#silenceDue?.();
    this.#silenceDue = null;
  }

  async #hangUp(): Promise<void> {
    const status = await this.#requests.send("DELETE", `channels/${this.channelId}`, { reason: "normal" });
    if (status === 404) this.goneMeanwhile();
  }

  /** A hang-up first ends what is being played and recorded; the call's own end may be told a good while later. */
  #tell(told: LineEvent): void {
    const hungUp = (this.#theyHangUp || this.#requests.channelGone) && isCutOff(told);
    const event = hungUp ? { ...told, hungUp } : told;
    this.#queue.push(event);
    if (event.kind === "recording-finished") void this.#snoops.close(listenerOf(this.channelId));
    if (event.kind === "recording-finished" && !this.#recorder.underPrompts) this.#player.endAside();
    if (event.kind === "recording-finished" && this.#ending && !this.#recorder.busy) this.#end(this.#ending);
  }

  #key(digit: string, atMs: number): void {
    if (!/^[0-9*#]$/.test(digit)) return;
    const last = this.#lastKey;
    this.#lastKey = { digit, atMs };
    if (last?.digit === digit && Math.abs(atMs - last.atMs) < echoMs) return;
    this.#tell({ kind: "key", digit, atMs });
    this.#tones.stop(); // machines press no keys
  }

  /** Asterisk tells it once the quiet has lasted; the talk itself ended so much earlier. */
  #talkFinished(toldAtMs: number, durationMs: number): void {
    const atMs = toldAtMs - this.#options.listening.talk.quietMs;
    this.#tell({ kind: "talk-finished", atMs, durationMs: Math.max(0, durationMs) });
  }

  /** A story cut short is still a story: the end of its recording is told before the call's. */
  #hungUp(cause: number, sipCode: number | null): void {
    if (this.#ending || this.#queue.ended) return;
    this.#player.over({ ours: this.#hangUpAsked });
    this.#ending = { kind: "hung-up", cause, sipCode };
    if (this.#recorder.busy) void this.#options.clock.wait(lastWordsMs).then(() => this.#recorder.endAll());
    else this.#end(this.#ending);
  }

  #end(ending: Extract<LineEvent, { kind: "hung-up" }>): void {
    this.#queue.end(ending);
    this.#clear();
  }

  #clear(): void {
    this.#noSilence();
    this.#snoops.clear(); // they end with the channel
    this.#second.clear();
    this.#tones.stop();
    this.#player.clear();
    this.#recorder.clear();
    if (this.#queue.dropped > 0) {
      const { logger } = this.#options;
      logger.warn(
        { channelId: this.channelId, dropped: this.#queue.dropped },
        "events came faster than they were used",
      );
    }
    this.#options.onEnd();
  }

  #timeOf(event: AriEvent): number {
    return timeOf(event) ?? this.#options.clock.now().getTime();
  }
}

/** The line's own pauses are as long as they are asked for; how long a recording is, nobody knows here. */
const piecesOf = (audio: readonly Audio[], mediaOf: MediaOf): Pieces => ({
  media: audio.flatMap((piece) => mediaOf(piece)),
  asked: audio.filter((piece) => "sound" in piece),
  otherMs: audio.some((piece) => "recording" in piece)
    ? null
    : audio.reduce((sum, piece) => sum + ("pauseMs" in piece ? piece.pauseMs : 0), 0),
});

const isCutOff = (event: LineEvent): boolean =>
  event.kind === "recording-finished" || (event.kind === "play-finished" && !event.complete);

const listenerOf = (channelId: string): string => `${channelId}-talk`;
