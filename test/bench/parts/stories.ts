/** Part 6: how soon a story can be heard, and what an engine that is slow, fails or is away does to calls. */
import { setTimeout as wait } from "node:timers/promises";
import { json, startHttpSpeechServer, words } from "../../support/http-speech-server.ts";
import { type Batch, type BatchOrder, batchByHearback } from "../calls/batch.ts";
import { warmUp } from "../calls/duel.ts";
import { type House, raiseHouse, since } from "../calls/house.ts";
import { keptCalls } from "../calls/kept.ts";
import { handsetPauseMs, storyMs } from "../calls/the-call.ts";
import type { Bench, Figure, Measured, Part } from "../part.ts";
import { curveOf, distributionOf } from "../statistics.ts";

const slowMs = 5_000;

/** What the engine does with what it is asked. */
type Mood = "well" | "slow" | "failing or away";

export const stories: Part = {
  ...{ number: 6, name: "stories", title: "Stories: how soon they can be heard, and read" },
  method: [
    "Hang-up to playable: from the goodbye at the far end to the row that lets people play the story, its sound by then copied out of Asterisk, read back and compared.",
    `The same calls, after a warm-up, while the speech engine, a server on this machine, answers at once, takes ${slowMs / 1000} s for each story, and by turns fails and is away (hangs up on whoever asks): their time from key to prompt is compared with that beside a good one.`,
    "When the slow engine answers at once again, a queue has built up, and throughput is how fast its stories get their words: Hearback's own work of reading, asking and writing, two stories at a time, bounded by no feed. When the engine is back, the time until no story waits is told, in which lies the pause for which Hearback leaves an engine alone (twice as long after each failure, five minutes at most).",
  ],
  limits: [
    "A story that waits for its words is a row and a job, and its sound lies on the disk as every story's does: nothing bounds the queue but the disk. An engine that is away for an hour costs what it costs here for a minute, sixty times over; the queue's order and its commits do not depend on its length.",
    "A real engine takes seconds of its own for a story, and is then what bounds throughput.",
  ],
  run: async (bench) => {
    const server = await startHttpSpeechServer();
    bench.undo(() => server.stop());
    let cure = new AbortController();
    const be = (mood: Mood) => {
      cure.abort();
      cure = new AbortController();
      server.answering = answeringAs(mood, cure.signal);
      server.posts.length = 0;
    };
    const atOnce = bench.quick ? 10 : 100;
    const house = await raiseHouse(bench, {
      maxCalls: atOnce,
      environment: {
        ...{ HEARBACK_SPEECH_ENGINE: "openai-compatible", HEARBACK_OPENAI_URL: server.url },
        HEARBACK_OPENAI_MODEL: "bench",
      },
    });
    be("well");
    await warmUp(house, bench);
    return measure(bench, house, be, atOnce);
  },
};

/** @param cured aborts when the mood is over: who is asked to wait is then answered */
function answeringAs(mood: Mood, cured: AbortSignal): typeof words {
  if (mood === "well") return words;
  if (mood === "slow")
    return (post, response, number) =>
      void wait(slowMs, undefined, { signal: cured })
        .catch(() => {})
        .then(() => words(post, response, number));
  return (_post, response, number) =>
    number % 2 === 0
      ? json(response, { error: { message: "out of order" } }, 500)
      : void response.socket?.destroy();
}

async function measure(
  bench: Bench,
  house: House,
  be: (mood: Mood) => void,
  atOnce: number,
): Promise<Measured> {
  const before = house.cpu();
  const order: BatchOrder = {
    ...{ calls: atOnce, atOnce, perSecond: atOnce / 8, storyMs },
    ...{ wordsLater: true, signal: bench.signal },
  };
  bench.progress(`${atOnce} at once, the engine is well`);
  const well = await batchByHearback(house, order);
  await untilWritten(house, bench);
  const playable = await hangUpToPlayable(house, well);
  const figures: Figure[] = [
    ...distributionFigures(playable, atOnce),
    { name: "key to prompt, p99, engine well", value: keyToPrompt(well).p99, unit: "ms" },
  ];
  for (const mood of bench.quick ? (["slow"] as const) : (["slow", "failing or away"] as const)) {
    be(mood);
    bench.progress(`${atOnce} at once, the engine is ${mood}`);
    const batch = await batchByHearback(house, order);
    const slower = await hangUpToPlayable(house, batch);
    figures.push(
      { name: `key to prompt, p99, engine ${mood}`, value: keyToPrompt(batch).p99, unit: "ms" },
      { name: `hang-up to playable, p95, engine ${mood}`, value: distributionOf(slower).p95, unit: "ms" },
      { name: `stories waiting, engine ${mood}`, value: await waiting(house), unit: "" },
    );
    if (mood === "slow") {
      be("well");
      const { count, seconds } = await untilWritten(house, bench);
      const name = `stories written down a second, from a queue of ${count}`;
      figures.push({ name, value: count / seconds, unit: "" });
    }
  }
  be("well");
  bench.progress("the engine is back");
  const { seconds, left } = await untilWritten(house, bench);
  figures.push(
    { name: "until no story waits, engine back", value: seconds, unit: "s" },
    { name: "stories without words then", value: left, unit: "", goal: { atMost: 0 } },
  );
  return {
    ...{ figures, cpuSeconds: since(house.cpu(), before), notes: [] },
    charts: [
      {
        ...{ name: "6-playable", title: `Hang-up to playable, ${atOnce} calls at once` },
        ...{ x: "ms", y: "share of stories", goalX: 2_000 },
        series: [{ name: "stories", points: curveOf(playable) }],
      },
    ],
  };
}

function distributionFigures(playable: readonly number[], atOnce: number): Figure[] {
  const { p50, p95, max } = distributionOf(playable);
  const name = (what: string) => `hang-up to playable, ${what}, ${atOnce} at once`;
  return [
    { name: name("p50"), value: p50, unit: "ms" },
    { name: name("p95"), value: p95, unit: "ms", goal: { atMost: 2_000 } },
    { name: name("longest"), value: max, unit: "ms" },
  ];
}

const keyToPrompt = ({ calls }: Batch) =>
  distributionOf(
    calls.flatMap(({ keyToPromptMs }) => (keyToPromptMs === null ? [] : [keyToPromptMs - handsetPauseMs])),
  );

/** Infinite where a story was not kept: it meets no goal. */
async function hangUpToPlayable(house: House, { calls, campaignId }: Batch): Promise<number[]> {
  const kept = new Map((await keptCalls(house, campaignId!)).map((call) => [call.index, call]));
  return calls.map(({ index, endedAtMs }) => {
    const playableAtMs = kept.get(index)?.playableAtMs ?? Number.POSITIVE_INFINITY;
    return Math.max(0, playableAtMs - endedAtMs);
  });
}

async function waiting({ pool }: House): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    "select count(*)::int as count from transcript where state = 'waiting'",
  );
  return rows[0]!.count;
}

/** Until all have their words, or it takes too long. @returns how many waited, and how many still do */
async function untilWritten(house: House, { quick, signal }: Bench) {
  const beganMs = performance.now();
  const untilMs = beganMs + (quick ? 60_000 : 300_000);
  const count = await waiting(house);
  let left = count;
  for (; left > 0 && performance.now() < untilMs; left = await waiting(house))
    await wait(50, undefined, { signal });
  return { count, seconds: (performance.now() - beganMs) / 1000, left };
}
