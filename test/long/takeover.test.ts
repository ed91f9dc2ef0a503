/**
 * A process that dies, or freezes, with live calls: another goes on with them. Two processes of `hearback serve` on one
 * Asterisk and one Postgres, as in a hospital.
 */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hear, hearOut, monitor, press, wait as waits } from "#rehearsal/people/act.ts";
import type { Person } from "#rehearsal/people/person.ts";
import type { Ringer } from "#rehearsal/people/ringer.ts";
import type { Hearback } from "../integration/hospital.ts";
import { patientPeople } from "../support/people.ts";
import { comes, gapsIn, type OpenHospital, openHospital } from "../support/serving-hospital.ts";

const { atReview, inStory, atReadBack, atQuestion, ringing, longAtQuestion } = patientPeople;
const morePeople = Object.values(patientPeople);

describe.concurrent("a process that is killed with live calls", () => {
  const people = [atReview, inStory, atReadBack, atQuestion];
  let hospital: OpenHospital;
  let survivor: Hearback & { owner: string };

  beforeAll(async () => {
    hospital = await openHospital({ morePeople });
    const { serve, campaignWith, until, isSteady, seen, areOver } = hospital;
    const killed = await serve();
    await campaignWith("killed", people);
    await until("claimed", (now) => now.size === people.length);
    survivor = await serve();
    await isSteady(survivor);
    await until("at their steps", (now) => {
      const step = (person: Person) => now.get(person.number)?.step;
      const told = now.get(inStory.number)?.recordingMs ?? 0;
      return (
        step(atReview) === "review" &&
        step(atReadBack) === "read-back" &&
        step(atQuestion) === "question" &&
        told > 3_000
      );
    });
    expect([...(await seen()).values()].map(({ owner }) => owner)).toEqual(people.map(() => killed.owner));
    killed.process.kill("SIGKILL");
    await areOver(people);
  });
  afterAll(() => hospital?.close());

  test("every call goes on in the other, to its end", async () => {
    const rows = await hospital.query<{
      phone: string;
      owner: string;
      disposition: string;
      takeovers: number;
    }>(
      `select v.visit_ref as phone, a.owner, a.disposition, a.takeovers
       from attempt a join visit v on v.id = a.visit_id order by 1`,
    );
    expect(rows).toEqual(
      people
        .map(({ number: phone }) => ({
          phone,
          owner: survivor.owner,
          disposition: "completed",
          takeovers: 1,
        }))
        .toSorted((a, b) => (a.phone < b.phone ? -1 : 1)),
    );
  });

  test("and each tells how long nobody held it", () => {
    const gaps = gapsIn(survivor);
    console.log(`gaps from the last sign of life to our next sound: ${gaps.join(", ")} ms`);
    expect(gaps).toHaveLength(people.length);
  });

  test("no key is lost", async () => {
    const keys = await Promise.all(people.map(hospital.keysOf));
    expect(keys).toEqual(["121#11", "131#11", "141#11", "151#11"]);
  });

  test("no word of a story is lost, and who told one noticed nothing", async () => {
    expect(await hospital.expectStory(inStory), "told in one go").toEqual({ parts: 1 });
    await hospital.expectStory(atReview);
  });

  test("nobody's telephone rings twice", () => {
    hospital.rangOnce(people);
  });
});

describe.concurrent("a process that is frozen, and wakes again", () => {
  const people = [ringing, longAtQuestion];
  let hospital: OpenHospital;
  let frozen: Hearback & { owner: string };
  let survivor: Hearback & { owner: string };

  beforeAll(async () => {
    hospital = await openHospital({ morePeople });
    const { serve, campaignWith, until, isSteady, seen, areOver } = hospital;
    frozen = await serve();
    await campaignWith("frozen", people);
    await until("claimed", (now) =>
      people.every(({ number }) => now.get(number)?.state === "dialing" || now.get(number)?.state === "live"),
    );
    survivor = await serve();
    await isSteady(survivor);
    await until("at the question", (now) => now.get(people[1]!.number)?.step === "question");
    expect((await seen()).get(ringing.number)?.state).toBe("dialing");
    frozen.process.kill("SIGSTOP");
    await wait(10_000);
    frozen.process.kill("SIGCONT");
    await areOver(people);
  });
  afterAll(() => hospital?.close());

  test("has lost its calls to the other, and ends itself", async () => {
    expect(await frozen.exited).not.toBe(0);
    const after = await hospital.seen();
    for (const { number } of people)
      expect(after.get(number)).toMatchObject({ owner: survivor.owner, state: "ended" });
  });

  test("disturbs no call, and rings nobody again", async () => {
    expect(await Promise.all(people.map(hospital.keysOf))).toEqual(["121#11", "151#11"]);
    hospital.rangOnce(people);
    for (const person of people) await hospital.expectStory(person);
    console.log(`gap after a freeze: ${gapsIn(survivor).join(", ")} ms`);
  });
});

describe("people who rang us, and whose process is killed", () => {
  const patient: Ringer = {
    id: "447700900070",
    from: atReview.number,
    acts: [
      ...[monitor, hearOut, press("1"), hearOut, press("1"), hear(2), waits(40)],
      ...[
        press("1"),
        hear(4),
        press("1"),
        hear(3),
        press("2"),
        hear(1),
        press("1"),
        hear(2),
        press("#"),
        hearOut,
      ],
    ],
  };
  const stranger: Ringer = {
    id: "447700900071",
    from: "+447700900071",
    acts: [monitor, hearOut, press("1"), hear(2), waits(40), press("9"), hearOut],
  };
  const callers = [patient, stranger];
  let hospital: OpenHospital;

  const calls = () =>
    hospital.query<{ step: string; owner: string; disposition: string | null; visit: boolean }>(
      `select flow_state ->> 'step' as step, owner, disposition, visit_id is not null as visit from call
       where direction = 'inbound' order by visit, answered_at`,
    );

  beforeAll(async () => {
    hospital = await openHospital({ morePeople, ringers: callers });
    const { serve, campaignWith, isSteady, rings } = hospital;
    const killed = await serve();
    await campaignWith("callers", [atReview], { ringing: false });
    const survivor = await serve();
    await isSteady(survivor);
    await Promise.all(callers.map(rings));
    await comes("at their steps", async () => {
      const steps = (await calls()).map(({ step }) => step);
      return steps.join() === "who,question";
    });
    for (const { owner } of await calls()) expect(owner).toBe(killed.owner);
    killed.process.kill("SIGKILL");
    await comes(
      "over",
      async () => {
        const ended = (await calls()).filter(({ disposition }) => disposition !== null);
        return ended.length === 4;
      },
      120_000,
    );
  });
  afterAll(() => hospital?.close());

  test("hear the greeting again, and say all that they wanted to", async () => {
    expect((await calls()).map(({ disposition, visit }) => [visit, disposition])).toEqual([
      [false, "interrupted"],
      [false, "opted_out"],
      [true, "interrupted"],
      [true, "completed"],
    ]);
  });
});
