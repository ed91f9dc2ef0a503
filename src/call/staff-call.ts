/**
 * One call to a telephone of the staff, to try a draft: held by the code that holds patients' calls. Nothing that comes of
 * it goes anywhere but into its own book.
 */
import type { Campaign } from "#campaign/campaign.ts";
import { longestCallSeconds } from "#campaign/longest-call.ts";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import { messageOf } from "#lib/errors.ts";
import type { Line, Place, Telephone } from "./line.ts";
import type { CallLog } from "./ports.ts";
import { type CallRunner, runCall } from "./run-call.ts";
import type { TrailStep } from "./trail.ts";
import type { CallVoice } from "./voices.ts";

/** A telephone that a draft may ring. */
export interface StaffNumber {
  /** E.164. */
  phone: string;
  /** As the staff call it; null: nobody said. */
  label: string | null;
}

/** What its recordings and its channel are named by. */
export const staffCallName = (id: string): string => `staff-${id}`;
const named = /^hb-staff-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-|$)/;
/** The staff call that a recording is of; null: it is none's. */
export const staffCallOf = (recording: string): string | null => named.exec(recording)?.[1] ?? null;

/** What is written down of one; implemented in postgres/staff-call-book.ts. Each acts on a call that is ours and open. */
export interface StaffCallNotes {
  ringing(id: string): Promise<void>;
  answered(id: string, at: Date): Promise<void>;
  steps(id: string, steps: readonly SeenStep[]): Promise<void>;
  ended(id: string, outcome: string, trail: readonly TrailStep[]): Promise<void>;
}

export interface SeenStep {
  step: string;
  at: Date;
}

export interface StaffCall {
  id: string;
  /** E.164, looked up among those allowed. */
  phone: string;
  place: Place;
  /** By which it goes, where staff have named trunks. */
  trunk: string | null;
  voice: CallVoice;
  /** Whose settings it is held by: none that is running, and none that counts. */
  campaign: Campaign;
  language: string;
  /** Of the visit, made up. */
  fields: Readonly<Record<string, string>>;
}

export interface StaffCallParts
  extends Pick<CallRunner, "clock" | "logger" | "hashPhone" | "allowNumbers" | "callbackTimes"> {
  telephone: Pick<Telephone, "dial">;
  notes: StaffCallNotes;
  /** Ends a channel that rings, or is up. */
  hangUp(node: string, channelId: string): Promise<void>;
  removeRecording(node: string, name: string): Promise<void>;
  dispositionOf(seen: { rang: boolean; cause: number; sipCode: number | null }): string;
}

export interface RunningStaffCall {
  /** Ends it, whether it rings or talks; may be asked again. */
  end(): void;
  /** When it is written down; never rejects. `sipCode` is null where somebody answered. */
  over: Promise<{ disposition: string; sipCode: number | null }>;
}

/** The call is dialled at once. */
export function makeStaffCall(parts: StaffCallParts, call: StaffCall): RunningStaffCall {
  const making = new Making(parts, call);
  return { end: () => making.end(), over: making.run() };
}

class Making {
  readonly #parts: StaffCallParts;
  readonly #call: StaffCall;
  readonly #channelId: string;
  readonly #recordings: string[] = [];
  readonly #steps: SeenStep[] = [];
  #trail: readonly TrailStep[] = [];
  #line: Line | null = null;
  #endAsked = false;
  /** Notes are written in their order. */
  #noted: Promise<void> = Promise.resolve();

  constructor(parts: StaffCallParts, call: StaffCall) {
    this.#parts = parts;
    this.#call = call;
    this.#channelId = `hb-${staffCallName(call.id)}`;
  }

  end(): void {
    this.#endAsked = true;
    const { node } = this.#call.place;
    if (this.#line) this.#line.hangUp();
    else this.#parts.hangUp(node, this.#channelId).catch(this.#tell("a staff call could not be ended"));
  }

  async run(): ReturnType<typeof this.dialled> {
    const { id } = this.#call;
    const found = await this.dialled().catch((thrown) => {
      this.#tell("a staff call broke off")(thrown);
      return { disposition: "failed", sipCode: null };
    });
    await this.#throwRecordingsAway();
    this.#note(() => this.#parts.notes.ended(id, found.disposition, this.#trail));
    await this.#noted;
    return found;
  }

  async dialled(): Promise<{ disposition: string; sipCode: number | null }> {
    const { telephone, notes, dispositionOf } = this.#parts;
    const { id, phone, place, trunk, campaign } = this.#call;
    const { callerNumber, ringSeconds } = campaign.settings;
    const order = {
      ...{ attemptId: staffCallName(id), channelId: this.#channelId, phone, callerNumber, ringSeconds },
      ...{ maxCallSeconds: longestCallSeconds(campaign.settings), node: place.node },
      ...(trunk === null ? {} : { trunk }),
    };
    const outcome = await telephone.dial(order, () => this.#note(() => notes.ringing(id)));
    if (outcome.kind === "unknown") return { disposition: "unknown", sipCode: null };
    if (outcome.kind === "not-answered") {
      const disposition = this.#endAsked ? "ended_by_us" : dispositionOf(outcome);
      return { disposition, sipCode: this.#endAsked ? null : outcome.sipCode };
    }
    this.#line = outcome.line;
    // Whoever wanted it over, while the telephone was just being picked up.
    if (this.#endAsked) outcome.line.hangUp();
    this.#note(() => notes.answered(id, outcome.answeredAt));
    const { disposition } = await this.#talk(outcome.line, outcome.answeredAt);
    return { disposition, sipCode: null };
  }

  #talk(line: Line, answeredAt: Date) {
    const { campaign, voice, fields } = this.#call;
    const { clock, logger, hashPhone, allowNumbers, callbackTimes } = this.#parts;
    const runner: CallRunner = {
      ...{ clock, logger, hashPhone, allowNumbers, callbackTimes, log: this.#log() },
      voices: { live: voice, ofNewCall: async () => voice, of: async () => voice },
      fieldsOf: async () => fields,
      onStep: (_, step) => this.#came(step),
    };
    return runCall(runner, { attempt: this.#attempt(), campaign, line, answeredAt });
  }

  /** For the code of real calls; the names tell whose it is, and no row has its id. */
  #attempt(): ClaimedAttempt {
    const { id, campaign, language } = this.#call;
    const name = staffCallName(id);
    return {
      ...{ id: name, visitId: name, campaignId: campaign.id, number: 1, reason: "first", language },
      ...{ counted: 0, uncountedInARow: 0, again: false },
    };
  }

  #log(): CallLog {
    return {
      begin: async () => {},
      keep: async () => {},
      partBegun: async ({ name }) => void this.#recordings.push(name),
      partEnded: async () => {},
      end: async ({ trail = [] }) => {
        this.#trail = trail;
      },
    };
  }

  #came(step: string): void {
    if (this.#steps.at(-1)?.step === step) return;
    this.#steps.push({ step, at: this.#parts.clock.now() });
    const steps = [...this.#steps];
    this.#note(() => this.#parts.notes.steps(this.#call.id, steps));
  }

  async #throwRecordingsAway(): Promise<void> {
    const { node } = this.#call.place;
    for (const name of this.#recordings)
      await this.#parts
        .removeRecording(node, name)
        // The sweep finds it.
        .catch(this.#tell("a recording of a staff call was not thrown away yet"));
  }

  /** A note that cannot be written keeps no call waiting. */
  #note(write: () => Promise<void>): void {
    this.#noted = this.#noted.then(write).catch(this.#tell("how a staff call stands was not written"));
  }

  #tell(what: string) {
    return (thrown: unknown) =>
      this.#parts.logger.error({ callId: this.#call.id, problem: messageOf(thrown) }, what);
  }
}
