/** Dials by ARI: the order goes out once, and what became of it is read from events, or found out, or unknown. */
import type { IncomingCall } from "#call/incoming.ts";
import type { DialOrder, DialOutcome, JoinOrder, LeftCall } from "#call/line.ts";
import type { Trunk } from "#dialplan/trunks/trunk-book.ts";
import { type Clock, inTime } from "#lib/clock.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriConnection, AriState } from "./ari-connection.ts";
import type { AriChannel, AriEvent } from "./ari-events.ts";
import { AriLine, type MediaOf } from "./ari-line.ts";
import { DialAttempt } from "./dial-attempt.ts";
import { callerIdFor, dialStringFor, type NumberForm } from "./dial-string.ts";
import { inboundWord, incomingCall, isCheckCall } from "./incoming.ts";
import { type Listening, usualListening } from "./listening.ts";
import { hangUpOrphans, type IsAbandoned, listChannels, ownerVariable, sweepRegularly } from "./orphans.ts";
import type { SoundFile } from "./unheard.ts";

export interface AriTelephoneOptions {
  /** Of the Asterisk, for calls that come in. */
  name?: string;
  connection: AriConnection;
  /** The PJSIP endpoint of the carrier. */
  trunk: string;
  numberForm?: NumberForm;
  /** As staff have described them; an order may name one. */
  trunks?: readonly Trunk[];
  /** Staff have taken it out of use; none is, when not given. */
  isTrunkOut?: (trunk: string) => boolean;
  mediaOf: MediaOf;
  /** A sound as it lies where this Asterisk looks for it; where nobody can say, what is not heard is not noticed. */
  fileOf?: (sound: string) => SoundFile | null;
  clock: Clock;
  logger: Logger;
  listening?: Listening;
  /** Calls are given up when Asterisk cannot be reached for so long; should they still be up later, they are ended. */
  lostAfterMs?: number;
  /** Of channels that are not our application's; none is, when not given. */
  isAbandoned?: IsAbandoned;
}

/** After the ringing time, Asterisk has so long to say how it ended. */
const verdictWithinMs = 10_000;
const sweepEveryMs = 30_000;

export class AriTelephone {
  readonly #options: AriTelephoneOptions;
  readonly #attempts = new Map<string, DialAttempt>();
  readonly #lines = new Map<string, AriLine>();
  readonly #closed = new AbortController();
  #away = new AbortController();
  #draining = false;
  /** Channels that the last sweep found. */
  #strangers: ReadonlySet<string> = new Set();
  #onIncoming: ((call: IncomingCall) => void) | null = null;
  #onUnheard: ((channelId: string, prompts: readonly string[]) => void) | null = null;

  /** Made before the connection is started, so that it sees the first connection too. */
  constructor(options: AriTelephoneOptions) {
    this.#options = options;
    const { connection, clock } = options;
    connection.onConnected((_node, restarted) => this.#compare(restarted));
    connection.onChange((state) => this.#changed(state));
    connection.onUnclaimed((channelId, event) => {
      if (event.type === "StasisStart") this.#arrived(channelId, event);
    });
    void sweepRegularly(clock, sweepEveryMs, this.#closed.signal, async () => {
      await this.sweep();
    });
  }

  get ready(): boolean {
    return this.#options.connection.state === "ready" && !this.#draining && !this.#closed.signal.aborted;
  }

  /** From here on calls to us are taken; until then they hear the dialplan's apology. */
  onIncoming(take: (call: IncomingCall) => void): void {
    this.#onIncoming = take;
  }

  /** From here on told of each prompt that a call should have heard, and Asterisk did not play. */
  onUnheard(tell: (channelId: string, prompts: readonly string[]) => void): void {
    this.#onUnheard = tell;
  }

  get callsUp(): number {
    return this.#lines.size;
  }

  /** Calls that ring, or are up. */
  get callsUnderWay(): number {
    return this.#attempts.size + this.#lines.size;
  }

  /** No new calls; those that are up go on. */
  drain(): void {
    this.#draining = true;
  }

  /** Hangs up what nobody holds, and lets go of what hung up without a word. Done by itself every half minute, and after each connection. */
  async sweep(): Promise<void> {
    const { connection } = this.#options;
    if (connection.state !== "ready") return;
    const held = [...this.#lines];
    const channels = await listChannels(connection);
    const ids = new Set(channels.map(({ id }) => id));
    for (const [id, line] of held) if (!ids.has(id)) line.goneMeanwhile();
    await this.#sweep(channels);
  }

  close(): void {
    this.#closed.abort();
    this.#away.abort();
  }

  /**
   * @throws AppError telephone_not_ready, undialable, dial_refused: the order certainly did not go out
   */
  async dial(order: DialOrder, onRinging: () => void): Promise<DialOutcome> {
    const { connection, clock } = this.#options;
    const { channelId } = order;
    if (!this.ready) throw new AppError("telephone_not_ready", "no call may be started now", { channelId });
    const request = dialRequest(order, this.#options);
    if (connection.owns(channelId)) throw new AppError("dial_refused", "this channel exists", { channelId });
    const attempt = new DialAttempt(onRinging, () => ({
      line: this.#answer(channelId, order.trunk ?? this.#options.trunk, (line) => line.listen()),
      answeredAt: clock.now(),
    }));
    const outcome = this.#follow(channelId, attempt, order.ringSeconds * 1000 + verdictWithinMs);
    void this.#send(channelId, request, attempt);
    return outcome;
  }

  /**
   * A call that a process dialled which is no more, under the application that this telephone speaks for: to be asked
   * before the connection is started, which tells what became of it. One that rings still may be answered yet.
   */
  takeUp({ channelId, wasUp, withinMs, onRinging }: LeftCall): Promise<DialOutcome> {
    const attempt = new DialAttempt(onRinging, (channel) => ({
      line: this.#answer(channelId, this.#trunkOf(channel), (line) => {
        line.takeOver();
        if (!wasUp) line.listen();
      }),
      answeredAt: this.#options.clock.now(),
    }));
    if (this.#options.connection.state === "ready") void this.#find(channelId, attempt);
    return this.#follow(channelId, attempt, withinMs);
  }

  /** Until it is answered, or fails, or nobody can say. */
  async #follow(channelId: string, attempt: DialAttempt, overdueMs: number): Promise<DialOutcome> {
    const { connection, clock } = this.#options;
    this.#attempts.set(channelId, attempt);
    const detach = connection.attach(channelId, (event) => attempt.take(event));
    const settled = new AbortController();
    try {
      void clock.wait(overdueMs, settled.signal).then(
        () => this.#overdue(channelId, attempt),
        () => {},
      );
      const outcome = await attempt.outcome;
      // Should it still ring somewhere, it must not be answered by nobody.
      if (outcome.kind === "unknown") void this.#refuse(channelId);
      return outcome;
    } finally {
      settled.abort(inTime);
      this.#attempts.delete(channelId);
      detach(); // changes nothing where a line has taken over
    }
  }

  /** Once, whatever comes of it: a second request after a lost answer could ring the patient twice. */
  async #send(
    channelId: string,
    { query, variables }: ReturnType<typeof dialRequest>,
    attempt: DialAttempt,
  ): Promise<void> {
    const { connection, logger } = this.#options;
    crashPoint("before-originate");
    try {
      const { status } = await connection.request("POST", `channels/${channelId}`, query, {
        json: { variables },
      });
      crashPoint("after-originate");
      if (status === 400)
        attempt.refuse(new AppError("dial_refused", "Asterisk refused to dial", { channelId }));
      else if (status >= 400) attempt.settle({ kind: "unknown", reason: `Asterisk answered ${status}` });
    } catch (thrown) {
      logger.warn(
        { channelId, problem: messageOf(thrown) },
        "nobody knows whether the order to dial went out",
      );
      // With the connection gone too, the next one brings the truth (see #compare).
      if (connection.state === "ready") await this.#find(channelId, attempt);
    }
  }

  /** A channel that we did not dial: somebody rings us, or a call was answered that we had given up. */
  #arrived(channelId: string, { channel, args }: AriEvent & { type: "StasisStart" }): void {
    if (args[0] !== inboundWord) return void this.#refuse(channelId);
    if (isCheckCall(channel)) return void this.#passCheck(channelId);
    const { name = "", connection, logger } = this.#options;
    const call = incomingCall(
      connection,
      name,
      channel,
      args,
      this.#hold(channelId, { trunk: this.#options.trunk, cameIn: true }),
      logger,
    );
    if (this.#onIncoming) this.#onIncoming(call);
    else call.apologise();
  }

  /** The process that chose the trunk of a call taken over is no more: its channel is named after it. */
  #trunkOf({ name }: AriChannel): string {
    const { trunk, trunks = [] } = this.#options;
    const of = /^PJSIP\/(.+)-[0-9a-f]+$/.exec(name)?.[1];
    return trunks.find((each) => each.name === of)?.name ?? trunk;
  }

  /** The line takes over the channel's events from the attempt: one handler for each channel. */
  #answer(channelId: string, trunk: string, begin: (line: AriLine) => void): AriLine {
    const line = this.#hold(channelId, { trunk });
    begin(line);
    return line;
  }

  #hold(channelId: string, { trunk, cameIn = false }: { trunk: string; cameIn?: boolean }): AriLine {
    const { connection, mediaOf, fileOf, clock, logger, listening = usualListening } = this.#options;
    const unheard = (prompts: readonly string[]) => this.#onUnheard?.(channelId, prompts);
    const line: AriLine = new AriLine({
      ...{ channelId, connection, mediaOf, clock, logger, listening, cameIn },
      dialling: (order, tried) => joinRequest(order, trunk, tried, this.#options),
      playerWatch: fileOf ? { fileOf, unheard } : null,
      onEnd: () => {
        detach();
        this.#lines.delete(channelId);
      },
    });
    const detach = connection.attach(channelId, (event) => line.take(event));
    this.#lines.set(channelId, line);
    return line;
  }

  async #overdue(channelId: string, attempt: DialAttempt): Promise<void> {
    await this.#find(channelId, attempt);
    attempt.settle({ kind: "unknown", reason: "no word from Asterisk long after the ringing time" });
  }

  async #find(channelId: string, attempt: DialAttempt): Promise<void> {
    const result = await this.#options.connection.request("GET", `channels/${channelId}`).catch(() => null);
    if (result?.status === 200) attempt.found(result.body as AriChannel);
    else if (result?.status === 404) attempt.found(null);
  }

  // ---- when the connection comes and goes -------------------------------------------------------------------

  /** Brings what we hold and what Asterisk holds to agree. */
  async #compare(restarted: boolean): Promise<void> {
    if (restarted) this.#loseAll("Asterisk was restarted");
    const channels = await listChannels(this.#options.connection);
    const byId = new Map(channels.map((channel) => [channel.id, channel]));
    for (const [id, attempt] of this.#attempts) attempt.found(byId.get(id) ?? null);
    await Promise.all(
      [...this.#lines].map(([id, line]) => (byId.has(id) ? line.resume() : line.goneMeanwhile())),
    );
    // Beside what may be done now: it asks the database whose the others are, and calls must not wait for that.
    void this.#sweep(channels).catch((thrown) => {
      const problem = messageOf(thrown);
      this.#options.logger.warn({ problem }, "channels that nobody holds could not be looked for");
    });
  }

  async #sweep(found: AriChannel[]): Promise<void> {
    // One that was not dialled may just be coming in, and its first event on the way: a sweep later it is known.
    const channels = found.filter(({ id }) => id.startsWith("hb-") || this.#strangers.has(id));
    this.#strangers = new Set(found.map(({ id }) => id));
    const { connection, isAbandoned = async () => false } = this.#options;
    const orphans = await hangUpOrphans(connection, channels, isAbandoned);
    if (orphans.length === 0) return;
    this.#options.logger.warn({ channelIds: orphans }, "channels that nobody held were hung up");
  }

  #changed(state: AriState): void {
    this.#away.abort();
    this.#away = new AbortController();
    const { clock, lostAfterMs = 10_000 } = this.#options;
    if (state === "fenced") this.#loseAll("another instance took over");
    if (state === "stopped") this.#loseAll("the connection to Asterisk was stopped");
    if (state === "ready") for (const line of this.#lines.values()) line.seenAgain();
    if (state !== "lost") return;
    for (const line of this.#lines.values()) line.outOfSight();
    void clock.wait(lostAfterMs, this.#away.signal).then(
      () => this.#loseAll(`Asterisk has been out of reach for ${lostAfterMs / 1000} s`),
      () => {},
    );
  }

  #loseAll(reason: string): void {
    for (const attempt of this.#attempts.values()) attempt.settle({ kind: "unknown", reason });
    for (const line of [...this.#lines.values()]) line.lose(reason);
  }

  /** Whoever sent it hangs up; where they do not, the next sweep does. */
  async #passCheck(channelId: string): Promise<void> {
    const path = `channels/${encodeURIComponent(channelId)}/answer`;
    await this.#options.connection.request("POST", path).catch(() => {});
  }

  async #refuse(channelId: string): Promise<void> {
    const path = `channels/${encodeURIComponent(channelId)}`;
    await this.#options.connection.request("DELETE", path, { reason: "normal" }).catch(() => {});
  }
}

/** Made before the connection is started, so that it sees the first connection too. */
export const createAriTelephone = (options: AriTelephoneOptions): AriTelephone => new AriTelephone(options);

/** @throws AppError undialable */
const dialRequest = (order: DialOrder, options: AriTelephoneOptions) =>
  legRequest({ ...order, appArgs: "dialled" }, options);

/**
 * By the trunk of the call itself, then by the others that staff have named, but by none that they have taken out of use;
 * null where there is no further one.
 * @throws AppError undialable
 */
function joinRequest(order: JoinOrder, own: string, tried: number, options: AriTelephoneOptions) {
  const others = (options.trunks ?? []).map(({ name }) => name).filter((name) => name !== own);
  const { isTrunkOut = () => false } = options;
  const inUse = [own, ...others].filter((name) => !isTrunkOut(name));
  // Where all are out of use, who is still in a call goes on by its own: it is the last that it carries.
  const trunk = (inUse.length > 0 ? inUse : [own])[tried];
  if (trunk === undefined) return null;
  // Until it is answered; from then on the talk's own time counts (second-leg.ts).
  const maxCallSeconds = order.ringSeconds + order.talkSeconds;
  return legRequest({ ...order, trunk, maxCallSeconds, appArgs: "joined" }, options);
}

interface Leg
  extends Omit<JoinOrder, "talkSeconds" | "restSeconds">,
    Pick<DialOrder, "maxCallSeconds" | "trunk"> {
  appArgs: string;
}

/** @throws AppError undialable */
function legRequest(leg: Leg, options: AriTelephoneOptions) {
  const { connection, numberForm = "e164", trunks = [] } = options;
  const trunk = leg.trunk ?? options.trunk;
  const described = trunks.find(({ name }) => name === trunk);

  return {
    query: {
      endpoint: dialStringFor(leg.phone, trunk, described ?? numberForm),
      app: connection.app,
      appArgs: leg.appArgs,
      callerId: callerIdFor(leg.callerNumber),
      timeout: leg.ringSeconds,
      formats: "alaw",
    },
    // A fixed list of names. Never PJSIP_HEADER: Asterisk deadlocks on it here (asterisk#1936).
    variables: { "TIMEOUT(absolute)": String(leg.maxCallSeconds), [ownerVariable]: connection.app },
  };
}
