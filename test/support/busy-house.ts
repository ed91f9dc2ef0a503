/** A trust at work: people are being called all the while, and somebody of its telecoms sits at the pages. */
import type { Browser, Page } from "playwright-core";
import { expect, vi } from "vitest";
import { startCampaign } from "#postgres/campaigns.ts";
import { answer, hangUp, hear, monitor, press, ring, say, wait } from "#rehearsal/people/act.ts";
import type { Person } from "#rehearsal/people/person.ts";
import type { RehearsalOptions } from "#rehearsal/rehearsal.ts";
import { openBrowser } from "./browser.ts";
import { letCallsEnd, wasDialled } from "./calls-going.ts";
import { testPerson } from "./people.ts";
import { prepareSurvey, query, type Survey } from "./rehearsal.ts";

export interface BusyHouse {
  survey: Survey;
  /** Signed in as somebody of telecoms. */
  page: Page;
  address: string;
  open(path: string): Promise<unknown>;
  /** What the page says, once these words are among it. */
  says(words: string): Promise<string>;
  /** Presses the button of this name. */
  act(button: string): Promise<void>;
  /** How many calls are going on, and how many were answered so far. Like all above, it throws once nobody is left to call. */
  calls(): Promise<{ going: number; answered: number }>;
  /** Of the person with this number, by their visit's reference ("V-100"). */
  people: readonly Person[];
  /** No more calls begin; those that go on end. Then the house was never idle, and each call went as its person meant it to. */
  endWell(): Promise<number>;
  close(): Promise<void>;
}

/** A page that checks the whole draft is slow where other tests run besides. */
const slowMs = 120_000;

/**
 * Says who they are, rates, and tells a story in every third call. Each rating in turn. The last key differs from the
 * one before it: where a slow machine has not begun the next question, the same key again is a slip, and rightly dropped.
 */
function caller(tail: number): Person {
  const rating = 2 + (tail % 4);
  const rated = [ring(1), answer, monitor, hear(2), press("1"), hear(2), press(String(rating)), hear(1.5)];
  if (tail % 3 !== 0)
    return testPerson(`${tail}`, "rates, and has no more to say", { disposition: "partial", rating }, [
      ...[...rated, press("1"), hear(1), hangUp],
    ]);
  const story = ["story-01", "story-02", "story-03"][tail % 9 === 0 ? 0 : tail % 9 === 3 ? 1 : 2]!;
  return testPerson(`${tail}`, "rates and tells", { rating, shareConsent: false, story: [story] }, [
    ...[...rated, press("1"), hear(3), press("5"), hear(0), wait(1), say(story), wait(0.5), press("#")],
    ...[hear(2), press("1"), hear(3), press("2")],
  ]);
}

interface BusyOptions extends Pick<RehearsalOptions, "morePeople" | "staffNumbers"> {
  callsPerSecond?: number;
}

/** @param people how many can be called at most, of 07700 900100 and on; one every two seconds is, if nothing else is said */
export async function openBusyHouse(
  name: string,
  people: number,
  { morePeople = [], staffNumbers = [], callsPerSecond = 0.5 }: BusyOptions = {},
): Promise<BusyHouse> {
  const persons = Array.from({ length: people }, (_, index) => caller(100 + index));
  const survey = await prepareSurvey(
    persons.map(({ number }) => number),
    {
      ...{ name, speechEngine: "none", callsPerSecond, maxCalls: 12, staffNumbers },
      morePeople: [...persons, ...morePeople],
    },
  );
  let browser: Browser | undefined;
  try {
    const { rehearsal, campaign } = survey;
    const address = (await rehearsal.app.start()).address!;
    const links = await rehearsal.signInLinks(address);
    await startCampaign(rehearsal.pool, campaign.name);
    browser = await openBrowser();
    const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
    await page.goto(links.get("telecoms")!);
    const calls = async () => {
      await somebodyIsLeft(survey);
      return callsOf(survey);
    };
    const begun = async () => expect((await calls()).going).toBeGreaterThan(2);
    await vi.waitFor(begun, { timeout: 60_000, interval: 500 });
    return {
      ...{ survey, page, address, calls, people: persons },
      open: async (path) => {
        await somebodyIsLeft(survey);
        await page.goto(`${address}${path}`, { timeout: slowMs });
      },
      says: async (words) => {
        await somebodyIsLeft(survey);
        const main = page.locator("main").filter({ hasText: words });
        return (await main.innerText({ timeout: slowMs })).replace(/\s+/g, " ");
      },
      act: async (name) => {
        await somebodyIsLeft(survey);
        await page.getByRole("button", { name, exact: true }).click({ timeout: slowMs });
      },
      endWell: () => endWell(survey, persons),
      close: async () => {
        await browser?.close();
        await survey.stop();
      },
    };
  } catch (thrown) {
    await browser?.close();
    await survey.stop();
    throw thrown;
  }
}

/** "While people are being called" must be true, or it shows nothing. */
async function somebodyIsLeft(survey: Survey): Promise<void> {
  const [list] = await query<{ due: number; all: number }>(
    survey,
    "select count(*) filter (where status = 'due')::int as due, count(*)::int as all from visit",
  );
  if (list!.due > 0) return;
  throw new Error(
    `Nobody is left to call: all ${list!.all} people have been. Give openBusyHouse more of them.`,
  );
}

/** Between the end of one call and the beginning of the next nobody hears us: so long at most, however slow the machine. */
const longestIdleSeconds = 60;

async function neverIdle(survey: Survey): Promise<void> {
  const gaps = await query<{ from: Date; seconds: number }>(
    survey,
    `select max(ended) over before as from,
       extract(epoch from answered_at - max(ended) over before)::float as seconds
     from (select answered_at, coalesce(ended_at, now()) as ended from call
           union all select now(), now()) as going
     window before as (order by answered_at rows between unbounded preceding and 1 preceding)
     order by 2 desc nulls last limit 1`,
  );
  const { from, seconds } = gaps[0]!;
  expect(seconds, `seconds without any call, from ${from?.toISOString()}`).toBeLessThan(longestIdleSeconds);
}

async function callsOf(survey: Survey): Promise<{ going: number; answered: number }> {
  const [row] = await query<{ going: number; answered: number }>(
    survey,
    `select count(*) filter (where ended_at is null)::int as going, count(*)::int as answered from call`,
  );
  return row!;
}

interface Ended {
  ref: string;
  disposition: string;
  rating: number | null;
  share: boolean | null;
  /** Key and step, in order, e.g. "1 greeting, 4 question". */
  keys: string | null;
}

async function endWell(survey: Survey, people: readonly Person[]): Promise<number> {
  await somebodyIsLeft(survey);
  await neverIdle(survey);
  await letCallsEnd(survey);
  const ended = await query<Ended>(
    survey,
    `select right(v.visit_ref, 3) as ref, a.disposition, k.rating, k.share_consent as share,
       (select string_agg(p.digit || ' ' || p.step, ', ' order by p.sequence) from key_press p where p.call_id = k.id) as keys
     from attempt a join visit v on v.id = a.visit_id left join call k on k.attempt_id = a.id
     where ${wasDialled} order by 1`,
  );
  const meant = new Map(people.map(({ number, expect }) => [number.slice(-3), expect]));
  const otherwise = ended.filter(({ ref, disposition, rating, share }) => {
    const its = meant.get(ref)!;
    return its.disposition !== disposition || its.rating !== rating || its.shareConsent !== share;
  });
  expect(otherwise, "calls that went otherwise than their person meant").toEqual([]);
  return ended.length;
}
