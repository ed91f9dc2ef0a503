/** One campaign season in pretend time: lists come, calls go out, everything goes wrong, and the book is closed. */
import type { Campaign } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import type { ClaimedAttempt, ImportedVisit } from "#campaign/ports.ts";
import { BookOfRings, type Broken, mayRingAt } from "./book-of-rings.ts";
import { type Chance, createChance } from "./chance.ts";
import { Instance, type Pace } from "./instance.ts";
import type { Office } from "./office.ts";
import { listOf, type Townsman, town } from "./people.ts";
import { PretendNetwork } from "./pretend-network.ts";
import { PretendTime } from "./pretend-time.ts";

export interface WorldOptions {
  seed: number;
  /** Lists come until so many calls have gone out. */
  calls: number;
  office(time: PretendTime): Promise<Office>;
  pace?: Pace;
  onProgress?(calls: number): void;
}

export interface WorldEnd {
  seed: number;
  from: string;
  days: number;
  calls: number;
  visits: number;
  promises: { made: number; inTime: number };
  mishaps: Record<string, number>;
  outcomes: Record<string, number>;
  broken: (Broken & { history: string[] })[];
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Around both changes of the clocks, Easter, and Christmas. */
const starts = [
  "2026-03-23",
  "2026-10-19",
  "2026-03-30",
  "2026-12-14",
  "2026-08-24",
  "2027-03-22",
  "2026-10-22",
];
const drainDays = 9;
const mostLists = 40;

export async function runWorld(options: WorldOptions): Promise<WorldEnd> {
  return new World(options).run();
}

class World {
  readonly #options: WorldOptions;
  readonly #chance: Chance;
  readonly #time: PretendTime;
  readonly #book = new BookOfRings();
  readonly #network: PretendNetwork;
  readonly #people: Townsman[];
  readonly #who = new Map<string, { phone: string; person: string }>();
  readonly #histories = new Map<string, string[]>();
  readonly #mishaps: Record<string, number> = {};
  readonly #lists: { campaign: Campaign; visits: ImportedVisit[] }[] = [];
  readonly #startMs: number;
  readonly #perDay: number;
  #office!: Office;
  #campaigns: Campaign[] = [];
  #instances: Instance[] = [];
  #visits = 0;
  #named = 0;
  #mischief = true;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#chance = createChance(options.seed);
    this.#startMs = Date.parse(`${this.#chance.pick(starts)}T06:00:00Z`);
    this.#time = new PretendTime(this.#startMs);
    this.#network = new PretendNetwork(this.#time, this.#chance, this.#book, (id, what) =>
      this.#tell(id, what),
    );
    this.#perDay = Math.max(60, Math.ceil(options.calls / 14));
    this.#people = town(this.#chance, this.#perDay * 6);
  }

  async run(): Promise<WorldEnd> {
    const { calls, onProgress, seed } = this.#options;
    this.#office = await this.#options.office(this.#time);
    await this.#found();
    let days = 0;
    for (; this.#network.dialled < calls && days < mostLists; days += 1) {
      await this.#import();
      this.#plotTheDay();
      await this.#time.runUntil(this.#startMs + (days + 1) * dayMs);
      onProgress?.(this.#network.dialled);
    }
    this.#mischief = false;
    await this.#calm();
    for (const end = days + drainDays; days < end; days += 1)
      await this.#time.runUntil(this.#startMs + (days + 1) * dayMs);
    const nowMs = this.#time.nowMs;
    this.#book.close(await this.#office.standing(), nowMs);
    for (const instance of this.#instances) instance.kill();
    return {
      ...{
        seed,
        days,
        from: new Date(this.#startMs).toISOString().slice(0, 10),
        calls: this.#network.dialled,
      },
      ...{ visits: this.#visits, mishaps: this.#mishaps, outcomes: this.#network.counts },
      promises: { made: this.#book.promised, inTime: this.#book.kept },
      broken: this.#book.broken.map((each) => ({
        ...each,
        history: this.#histories.get(each.visitId) ?? [],
      })),
    };
  }

  // ---- what there is -----------------------------------------------------------------------------------------

  async #found(): Promise<void> {
    const manners = [
      {},
      { retryPolicy: { maxAttempts: 2 }, expiresAfterDays: 5 },
      { contactBudget: this.#chance.pick([null, { surveys: 2, days: 14 }]) },
    ];
    for (const [n, manner] of manners.entries()) {
      const settings = parseSettings({
        ...{ callerNumber: "01632 960100", callsPerSecond: 100, maxCalls: 200, ...manner },
      });
      const rehearsal = false;
      this.#campaigns.push(
        await this.#office.create({ name: `simulated ${n}`, trust: "RXX", unit: "all", rehearsal, settings }),
      );
    }
    for (let n = 0; n < 2 + this.#chance.below(2); n += 1) this.#startInstance();
  }

  #startInstance(): void {
    this.#named += 1;
    const instance: Instance = new Instance({
      ...{ owner: `app-${this.#named}`, office: this.#office, time: this.#time, chance: this.#chance },
      ...{ book: this.#book, network: this.#network, whoIs: (visitId: string) => this.#who.get(visitId)! },
      pace: this.#options.pace ?? { idlePollMs: 45_000, leaseMs: 120_000 },
      onClaimed: (attempt: ClaimedAttempt, of: Instance) => this.#mischief && this.#meddle(attempt, of),
      onReplaced: () => {
        this.#count("replaced");
        this.#replace(instance);
      },
    });
    this.#instances.push(instance);
    instance.start();
  }

  #replace(instance: Instance): void {
    this.#instances = this.#instances.filter((other) => other !== instance);
    this.#time.after(20_000 + this.#chance.below(400_000), () => this.#startInstance());
  }

  async #import(share = 0.85): Promise<void> {
    for (const campaign of this.#campaigns) {
      const count = Math.ceil((share * this.#perDay) / this.#campaigns.length);
      for (let left = count; left > 0; left -= 1000) {
        const visits = listOf(
          this.#chance,
          this.#people,
          Math.min(left, 1000),
          this.#visits,
          this.#time.nowMs,
        );
        this.#visits += visits.length;
        await this.#add(campaign, visits);
        if (this.#chance.happens(0.3)) this.#lists.push({ campaign, visits });
      }
    }
    if (share < 0.5) return;
    this.#lateList();
    // Somebody sends yesterday's file again.
    const again = this.#lists.length > 0 && this.#chance.happens(0.5) ? this.#chance.pick(this.#lists) : null;
    if (again) await this.#time.outside(() => this.#office.add(again.campaign.id, again.visits));
  }

  /** Calls are under way when the day's hours end. */
  #lateList(): void {
    for (let minute = 0; minute < 16 * 60; minute += 1) {
      const atMs = this.#time.nowMs + minute * 60_000;
      if (!mayRingAt(atMs) || mayRingAt(atMs + 60_000)) continue;
      this.#time.at(atMs + this.#chance.below(60_000), () => this.#staff(() => this.#import(0.15)));
    }
  }

  async #add({ id, settings }: Campaign, visits: ImportedVisit[]): Promise<void> {
    await this.#time.outside(() => this.#office.add(id, visits));
    const ids = await this.#time.outside(() =>
      this.#office.idsOf(
        id,
        visits.map(({ visitRef }) => visitRef),
      ),
    );
    for (const visit of visits) {
      const visitId = ids.get(visit.visitRef)!;
      this.#who.set(visitId, { phone: visit.phone, person: visit.person });
      const from = visit.visitAt?.getTime() ?? this.#time.nowMs;
      this.#book.knows(visitId, {
        ...{ campaignId: id, maxAttempts: settings.retryPolicy.maxAttempts, budget: settings.contactBudget },
        ...{
          expiresAtMs: from + settings.expiresAfterDays * dayMs,
          byNumber: !visit.nhsNumber && !visit.givenName,
        },
      });
      this.#tell(visitId, "imported");
      if (!visit.doNotCallReason) continue;
      this.#book.stays(visitId, this.#time.nowMs - hourMs);
      this.#book.optedOut(this.#time.nowMs, { person: visit.person });
    }
  }

  // ---- what goes wrong ---------------------------------------------------------------------------------------

  /** Some of everything, spread over the day. */
  #plotTheDay(): void {
    const chance = this.#chance;
    const some = (most: number, act: () => void) => {
      for (let times = chance.below(most + 1); times > 0; times -= 1)
        this.#time.after(chance.below(15 * hourMs), () => this.#mischief && act());
    };
    some(2, () => this.#killOne());
    some(2, () => this.#freezeOne());
    some(2, () => this.#stepAClock());
    some(1, () => this.#pauseOne());
    some(1, () => this.#stopAll());
    some(Math.ceil(this.#perDay / 60), () => this.#optOut(chance.pick(this.#people).phone));
    some(Math.ceil(this.#perDay / 40), () => this.#moveOne());
  }

  #killOne(instance = this.#chance.pick(this.#instances)): void {
    if (!instance || this.#instances.length < 2) return;
    this.#count("killed");
    instance.kill();
    this.#replace(instance);
  }

  #freezeOne(): void {
    this.#count("frozen");
    this.#chance.pick(this.#instances)?.freeze(1_000 + this.#chance.below(300_000));
  }

  /** An hour on or back, or a few seconds; set right again later. */
  #stepAClock(): void {
    const instance = this.#chance.pick(this.#instances);
    if (!instance) return;
    this.#count("clock stepped");
    instance.clock.offsetMs = this.#chance.pick([-hourMs, hourMs, -3_000, 1_500, 90_000]);
    this.#time.after(this.#chance.below(hourMs), () => {
      instance.clock.offsetMs = 0;
    });
  }

  /** Between the claim and the ring, when only the last check can help. */
  #meddle({ visitId, campaignId }: ClaimedAttempt, instance: Instance): void {
    const how = this.#chance.weighted({ freeze: 5, optOut: 5, move: 5, pause: 1, stop: 1, kill: 1 });
    this.#count(`between claim and ring: ${how}`);
    if (how === "freeze") instance.freeze(this.#chance.below(300_000));
    else if (how === "optOut") this.#optOut(this.#who.get(visitId)!.phone);
    else if (how === "move") this.#moveOne(visitId);
    else if (how === "pause") this.#pauseOne(this.#campaigns.find(({ id }) => id === campaignId)!, 600_000);
    else if (how === "stop") this.#stopAll(300_000);
    else if (this.#instances.includes(instance)) this.#killOne(instance);
    // Frozen, so that whatever changed is committed before its own commit is tried.
    if (how !== "freeze" && how !== "kill") instance.freeze(7_000 + this.#chance.below(10_000));
  }

  #pauseOne(campaign = this.#chance.pick(this.#campaigns), mostMs = 6 * hourMs): void {
    this.#count("paused");
    this.#staff(async () => {
      await this.#office.move(campaign, "paused");
      this.#book.paused(campaign.id, this.#time.nowMs);
    });
    this.#time.after(this.#chance.below(mostMs), () => this.#staff(() => this.#resume(campaign)));
  }

  async #resume(campaign: Campaign): Promise<void> {
    this.#book.paused(campaign.id, null);
    await this.#office.move(campaign, "running");
  }

  #stopAll(mostMs = hourMs): void {
    this.#count("all stopped");
    this.#staff(async () => {
      await this.#office.stopAll(true);
      this.#book.stopped(this.#time.nowMs);
    });
    this.#time.after(this.#chance.below(mostMs), () => this.#staff(() => this.#goOn()));
  }

  async #goOn(): Promise<void> {
    this.#book.stopped(null);
    await this.#office.stopAll(false);
  }

  #optOut(phone: string): void {
    this.#count("opted out");
    this.#staff(async () => {
      await this.#office.optOut(phone);
      this.#book.optedOut(this.#time.nowMs, { phone });
    });
  }

  #lately(): string {
    const ids = [...this.#who.keys()];
    return ids[ids.length - 1 - this.#chance.below(Math.min(ids.length, this.#perDay * 3))]!;
  }

  #moveOne(id = this.#lately()): void {
    const how = this.#chance.pick(["hold", "withdraw"] as const);
    this.#count(how === "hold" ? "held" : "withdrawn");
    this.#staff(async () => {
      const moved = await this.#office.moveVisit(id, how);
      this.#tell(id, `${how}: ${moved}`);
      if (moved) this.#book.stays(id, this.#time.nowMs);
      if (moved && how === "hold") this.#time.after(this.#chance.below(2 * dayMs), () => this.#release(id));
    });
  }

  #release(id: string): void {
    this.#staff(async () => {
      this.#book.stays(id, null);
      await this.#office.moveVisit(id, "release");
      this.#tell(id, "released");
    });
  }

  #staff(work: () => Promise<void>): void {
    void this.#time.outside(work);
  }

  /** Everything as it should be, so that what is left must come to its end. */
  async #calm(): Promise<void> {
    for (const instance of this.#instances) instance.clock.offsetMs = 0;
    for (const campaign of this.#campaigns) await this.#resume(campaign);
    await this.#goOn();
  }

  #count(mishap: string): void {
    this.#mishaps[mishap] = (this.#mishaps[mishap] ?? 0) + 1;
  }

  #tell(visitId: string, what: string): void {
    const line = `${new Date(this.#time.nowMs).toISOString()} ${what}`;
    const history = this.#histories.get(visitId);
    if (history) history.push(line);
    else this.#histories.set(visitId, [line]);
  }
}
