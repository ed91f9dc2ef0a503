/** Makes the calls that staff ask for to try a draft ("Call me now"): one look at what is wanted, again and again. */
import { dispositionOf } from "#asterisk/cause-codes.ts";
import type { Place } from "#call/line.ts";
import type { CallRunner } from "#call/run-call.ts";
import { makeStaffCall, type RunningStaffCall, type StaffCall, staffCallOf } from "#call/staff-call.ts";
import type { CallVoice } from "#call/voices.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { mayDial } from "#campaign/phone-number.ts";
import { isRefusal } from "#campaign/trunk-breaker.ts";
import { readFlows } from "#flow/check/check-flows.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import { createPeriodic } from "#lib/periodic.ts";
import { contentsOf, type Hashes } from "#postgres/release-files.ts";
import { createStaffCallBook, type OpenStaffCall, type StaffCallBook } from "#postgres/staff-call-book.ts";
import { voiceOf } from "#storage/release-voice.ts";
import { installByContent } from "#storage/telephone-prompts.ts";
import type { Starting } from "./app-start.ts";

const lookEveryMs = 300;
const sweepEveryMs = 60_000;
/** The channel of a dead instance's call is hung up: by then its recording has ended. */
const sweepSoonMs = 2_000;
const endWithinMs = 5_000;

/** @returns how many go on */
export function makeStaffCalls(starting: Starting, runner: CallRunner): () => number {
  const { options, order, logger } = starting;
  if (options.onlyCampaign) return () => 0;
  const desk = new StaffCalls(starting, runner);
  let told = "";
  const look = async () => {
    await desk.look();
    told = "";
  };
  const watch = createPeriodic(clock, lookEveryMs, look, (thrown) => {
    const problem = messageOf(thrown);
    if (problem !== told) logger.error({ problem }, "what staff want to hear could not be looked at");
    told = problem;
  });
  const stop = async () => {
    await watch.stop();
    await desk.endAll();
  };
  order.add("calls to the staff", stop, endWithinMs);
  watch.start();
  return () => desk.live;
}

class StaffCalls {
  readonly #starting: Starting;
  readonly #runner: CallRunner;
  readonly #book: StaffCallBook;
  readonly #live = new Map<string, RunningStaffCall>();
  #sweepAtMs = 0;

  constructor(starting: Starting, runner: CallRunner) {
    this.#starting = starting;
    this.#runner = runner;
    this.#book = createStaffCallBook(starting.parts.pool, starting.parts.owner);
  }

  get live(): number {
    return this.#live.size;
  }

  /** @throws what the first of them came to grief by, once all have been looked at */
  async look(): Promise<void> {
    const open = await this.#book.open();
    const thrown: unknown[] = [];
    for (const call of open) await this.#tend(call).catch((why) => void thrown.push(why));
    if (clock.monotonicMs() >= this.#sweepAtMs) {
      this.#sweepAtMs = clock.monotonicMs() + sweepEveryMs;
      await this.#sweep(new Set(open.map(({ id }) => id)));
    }
    if (thrown.length > 0) throw thrown[0];
  }

  async endAll(): Promise<void> {
    for (const call of this.#live.values()) call.end();
    await Promise.all([...this.#live.values()].map(({ over }) => over));
  }

  async #tend({ id, standing, endAsked, node, channelId }: OpenStaffCall): Promise<void> {
    const live = this.#live.get(id);
    if (standing === "too-late") await this.#book.refuse(id, "no Hearback took it in time");
    else if (standing === "waiting" && endAsked) await this.#book.refuse(id, "ended before it rang");
    else if (standing === "waiting") await this.#take(id);
    else if (standing === "ours" && live && endAsked) live.end();
    else if (standing === "ours" && !live) await this.#book.close(id, "unknown");
    else if (standing === "dead") {
      // No other goes on with it: whoever holds the telephone should not listen to silence.
      // Where its Asterisk is away, too, it is over: as long as it stood open, nobody else could be rung there.
      if (node && channelId) await this.#hangUp(node, channelId).catch(() => {});
      await this.#book.close(id, "instance-died");
      this.#sweepAtMs = clock.monotonicMs() + sweepSoonMs;
    }
  }

  /** Left waiting where there is no room, or no place in the trunk's pace, just now. */
  async #take(id: string): Promise<void> {
    const { telephone, trunkPace } = this.#starting.parts;
    const because = this.#starting.watching.notDialling();
    if (because !== null) return this.#book.refuse(id, because);
    const wanted = telephone.ready ? await this.#prepared(id) : null;
    if (!wanted) return;
    if ("because" in wanted) return this.#book.refuse(id, wanted.because);
    const place = telephone.reserve();
    if (!place) return;
    let trunks: readonly string[] = [];
    try {
      trunks = await trunkPace.take(1);
      if (trunks.length > 0 && (await this.#claim(id, place))) {
        this.#make({ ...wanted, id, place, trunk: trunkPace.chooses ? trunks[0]! : null });
        return;
      }
    } catch (thrown) {
      this.#giveBack(place, trunks);
      throw thrown;
    }
    this.#giveBack(place, trunks);
  }

  #giveBack(place: Place, trunks: readonly string[]): void {
    place.giveBack();
    if (trunks.length > 0) this.#starting.parts.trunkPace.giveBack(trunks);
  }

  async #claim(id: string, { node }: Place): Promise<boolean> {
    const claimed = await this.#book.claim(id, node);
    if (claimed.kind === "ours") return true;
    if (claimed.kind === "refused") await this.#book.refuse(id, claimed.because);
    return false;
  }

  async #prepared(
    id: string,
  ): Promise<Omit<StaffCall, "id" | "place" | "trunk"> | { because: string } | null> {
    const wanted = await this.#book.wanted(id);
    if (!wanted) return null;
    const { files, flow, language, fields, phoneHmac } = wanted;
    const { settings, options } = this.#starting;
    const hmac = phoneHmac.toString("hex");
    const number = settings.staffNumbers.find(({ phone }) => this.#runner.hashPhone(phone) === hmac);
    const allowNumbers = this.#runner.allowNumbers;
    if (!number || !mayDial(number.phone, { rehearsal: options.rehearsal !== undefined, allowNumbers }).ok)
      return {
        because: "the Hearback that took it does not know that number: HEARBACK_STAFF_NUMBERS differs",
      };
    const campaign = await this.#campaign(flow, language);
    if (!campaign) return { because: noCallerNumber };
    try {
      return { phone: number.phone, campaign, language, fields, voice: await this.#voice(files, flow) };
    } catch (thrown) {
      return { because: messageOf(thrown) };
    }
  }

  /** As the newest campaign speaks. Whom a caller is put through to must be one of the staff as well. */
  async #campaign(flow: string, language: string): Promise<Campaign | null> {
    const { parts, settings: house, options } = this.#starting;
    const { callers } = parts.trunkBook;
    const like = await this.#book.campaignWith(flow);
    const named = (like && callers.get(like.trust)) || (like?.settings.callerNumber ?? "");
    const callerNumber = named || ([...callers.values()][0] ?? "");
    if (callerNumber === "") return null;
    const settings = like?.settings ?? parseSettings({ callerNumber });
    const allowed = new Set(house.staffNumbers.map(({ phone }) => phone));
    const transfers = Object.fromEntries(
      Object.entries(settings.transfers).filter(([, { number }]) => allowed.has(number)),
    );
    return {
      ...{ id: like?.id ?? "staff", name: "staff", trust: like?.trust ?? "", unit: "", status: "draft" },
      ...{ rehearsal: options.rehearsal !== undefined },
      settings: { ...settings, flow, language, callerNumber, transfers },
    };
  }

  /** Others of its flows may be half written still: they are left out. */
  async #voice(hashes: Hashes, flow: string): Promise<CallVoice> {
    const { settings, parts, logger } = this.#starting;
    const files = await contentsOf(parts.pool, hashes);
    const { flows } = readFlows(files);
    const whole = new Map(
      [...files].filter(([path]) => !path.startsWith("flows/") || flows.has(nameOfFlow(path))),
    );
    const soundsFolders = settings.nodes.map(({ soundsFolder }) => soundsFolder);
    await installByContent(whole, soundsFolders);
    const missing = (prompt: string, language: string) =>
      logger.warn({ prompt, language }, `a prompt is missing in a call to the staff of flow ${flow}`);
    const watch = { fellBack: () => {}, missing };
    return voiceOf(whole, { release: null, language: "en-GB", rehearsal: true, watch });
  }

  #make(call: StaffCall): void {
    const { parts } = this.#starting;
    const running = makeStaffCall(
      {
        ...{ ...this.#runner, telephone: parts.telephone, notes: this.#book.notes, dispositionOf },
        hangUp: (node, channelId) => this.#hangUp(node, channelId),
        removeRecording: (node, name) => this.#nodeNamed(node).spool.remove(name),
      },
      call,
    );
    this.#live.set(call.id, running);
    void running.over.then((ended) => {
      this.#live.delete(call.id);
      call.place.giveBack();
      parts.trunkPace.told(call.trunk, isRefusal(ended));
    });
  }

  #nodeNamed(name: string) {
    const node = this.#starting.parts.telephone.nodes.find((each) => each.name === name);
    if (!node) throw new Error(`there is no node ${name}`);
    return node;
  }

  async #hangUp(node: string, channelId: string): Promise<void> {
    const path = `channels/${encodeURIComponent(channelId)}`;
    await this.#nodeNamed(node).connection.request("DELETE", path, { reason: "normal" });
  }

  /** What a process left that died in such a call, or could not remove. */
  async #sweep(open: ReadonlySet<string>): Promise<void> {
    for (const { spool, connection } of this.#starting.parts.telephone.nodes) {
      if (connection.state !== "ready") continue;
      for (const name of await spool.list()) {
        const call = staffCallOf(name);
        if (call !== null && !open.has(call)) await spool.remove(name);
      }
    }
  }
}

const nameOfFlow = (path: string): string => path.replace(/^flows\//, "").replace(/\.yaml$/, "");
const noCallerNumber =
  "nobody has said which number to show: make a campaign with a caller number, or name one in asterisk/trunks.conf";
