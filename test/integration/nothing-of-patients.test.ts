/** Ten thousand made-up identifiers go through everything that writes a log or an error, and none comes out. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeToken } from "#access/token.ts";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import { createDialer } from "#campaign/dialer.ts";
import { readNhsNumber } from "#campaign/nhs-number.ts";
import { systemClock } from "#lib/clock.ts";
import { createLogger, type Logger } from "#lib/logger.ts";
import { openDatabase } from "#open-database.ts";
import { createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createJobRunner, queueKeepStory } from "#postgres/jobs.ts";
import { createTranscribeInTurn } from "#transcript/transcribe-in-turn.ts";
import { type TestApi, testApi } from "../support/api.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { importVisits, newLedger, settings, visit } from "../support/survey.ts";
import { answered, FakeTelephone } from "../unit/campaign/dialer-fakes.ts";
import { hearback } from "../unit/cli/run-command.ts";

const pad = (index: number, length: number) => String(index).padStart(length, "0");
const letters = (index: number) => [...pad(index, 5)].map((digit) => "abdegimoru"[Number(digit)]).join("");
const many = <T>(count: number, of: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => of(i));

/** Ofcom's drama numbers, but for the one that our own remedies name as an example. */
const numbers = [
  ...many(999, (i) => `07700 900${pad(i + 1, 3)}`),
  ...many(1_000, (i) => `01632 960${pad(i, 3)}`),
];
/** No word of any language, nor of this program. */
const names = many(4_001, (i) => `Zqx${letters(i)}`);
/** Of the range that is never given to anybody. */
const nhsNumbers = many(30_000, (i) => `99900${pad(i, 5)}`)
  .filter((text) => readNhsNumber(text) !== null)
  .slice(0, 2_000);
const words = many(1_500, (i) => `the nurse wvk${letters(i)} was kind`);
const tokens = many(500, () => makeToken().token);
const seeded = [...numbers, ...names, ...nhsNumbers, ...words, ...tokens];
const any = <T>(of: readonly T[], index: number): T => of[index % of.length]!;

const folder = mkdtempSync(join(tmpdir(), "hearback-logs-"));
const logFile = join(folder, "log");
/** Whatever people and other systems were told of what went wrong. */
const errors: string[] = [];
let database: TestDatabase;
let logger: Logger;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  logger = createLogger({ level: "debug", file: logFile });
  api = await testApi(database.pool, { logger });
});
afterAll(async () => {
  await api.web.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What an error may quote of the person it happened with. */
const hostile = (index: number): Error => {
  const [name, number] = [any(names, index), any(numbers, index)];
  return any(
    [
      new Error(`invalid input syntax for type uuid: "${name}"`),
      new Error(`PJSIP/${number.replaceAll(" ", "")}@trunk answered 503`),
      new Error(`duplicate key: (phone)=(${number}, ${name})`),
      new SyntaxError(`Unexpected token, ..."name": "${name}"... is not valid JSON`),
      new TypeError(`'${any(words, index)}' is not what was expected`),
      new Error(`${any(nhsNumbers, index)} with Bearer ${any(tokens, index)} was refused`),
    ],
    index,
  );
};

/** Ten digits by which a number is known, however it is written. */
const tenDigits = (number: string) => number.replaceAll(" ", "").slice(-10);
const secretOf = (token: string) => token.slice(16);
const wordOf = (text: string) => text.split(" ")[2]!;
const sought = new Set([
  ...[...numbers, ...nhsNumbers].map(tenDigits),
  ...[...names, ...words.map(wordOf), ...tokens.map(secretOf)],
]);

/** Of these, those that stand somewhere in what came out. */
function found(out: string): string[] {
  const digits = out.replace(/(\d)[ ()./-]+(?=\d)/g, "$1").matchAll(/(?=(\d{10}))/g);
  const others = out.matchAll(/(?=((?:Zqx|wvk)[a-z]{5}|[\w-]{43}))/g);
  return [...digits, ...others].map(([, text]) => text!).filter((text) => sought.has(text));
}

test("ten thousand there are, each of its own", () => {
  expect(new Set(seeded).size).toBe(10_000);
  expect(
    found(`x ${numbers[7]!.replace(" ", "-")} "${names[9]}" ${nhsNumbers[3]} ${words[1]} ${tokens[2]}`),
  ).toHaveLength(5);
});

test("lists, good and bad, by command and by API", async () => {
  const rows = many(2_000, (i) => [
    `R${i}`,
    any(numbers, i),
    any(names, i),
    any(nhsNumbers, i),
    any(words, i),
  ]);
  const bad = many(500, (i) => {
    const [name, number, nhs] = [any(names, i + 2_000), any(numbers, i), any(nhsNumbers, i)];
    return any(
      [
        [`B${i}`, name, number, nhs, ""],
        [name, number, nhs, name, number, name, nhs],
        [`B${i}`, `${number}9`, name, `${nhs}1`, any(words, i)],
        [`R${i}`, any(numbers, i + 1), name, nhs, any(words, i)],
        [number, number, name, name, any(tokens, i)],
      ],
      i,
    );
  });
  const asCsv = (list: string[][]) =>
    ["visit_ref,phone,given_name,nhs_number,note", ...list.map((cells) => cells.join(","))].join("\n");
  await createCampaign(database.pool, { name: "lists", trust: "T", unit: "U", rehearsal: true, settings });
  const env = { HEARBACK_DATABASE_URL: database.url, HEARBACK_DATA_KEY: Buffer.alloc(32, 7).toString("hex") };
  const run = async (...args: string[]) => {
    const ran = await hearback(args, { env, services: { openDatabase } });
    errors.push(ran.stdout, ran.stderr);
    return ran.status;
  };
  for (const [name, list] of Object.entries({ good: rows, bad: [...rows, ...bad] })) {
    const file = join(folder, `${name}.csv`);
    writeFileSync(file, asCsv(list));
    expect(await run("import", file, "--campaign", "lists", "--keep", "note")).toBe(name === "good" ? 0 : 1);
  }
  await run("import", join(folder, "bad.csv"), "--campaign", "lists");
  await run("opt-out", "add", "--phone", numbers[1]!);
  await run("opt-out", "add", "--phone", `${numbers[1]}9`);
  await run("opt-out", "add", "--nhs-number", nhsNumbers[1]!.replace(/.$/, "x"));
  const headers = { "content-type": "text/csv" };
  const sent = await api.post("/campaigns/lists/imports?keep=note", asCsv(bad) as unknown as object, headers);
  expect(sent.status).toBe(422);
  errors.push(sent.text);
});

test("requests that are refused, and requests that fail", async () => {
  const ask = async (asked: Parameters<TestApi["ask"]>[0]) => void errors.push((await api.ask(asked)).text);
  for (let i = 0; i < 300; i += 1) {
    const [name, number] = [any(names, i), any(numbers, i)];
    const url = any(
      [
        `/api/v1/visits/${encodeURIComponent(number)}`,
        `/api/v1/opt-outs?after=${name}`,
        `/api/v1/results?after=${name}&campaign=${encodeURIComponent(number)}`,
        `/api/v1/nowhere/${name}?phone=${encodeURIComponent(number)}`,
      ],
      i,
    );
    await ask({ method: "GET", url, token: any(tokens, i) });
    errors.push((await api.get(url.slice("/api/v1".length))).text);
    const body = any<object>(
      [{ phone: `${number}9` }, { phone: name }, { [name]: number }, { nhsNumber: `${any(nhsNumbers, i)}x` }],
      i,
    );
    errors.push((await api.post("/opt-outs", body, { "idempotency-key": `${name} ${number}` })).text);
    errors.push((await api.post("/campaigns", { name, settings: { callerNumber: name } })).text);
  }
  let failures = 0;
  const broken = new Proxy(database.pool, {
    get: (target, key) => {
      const fails = key === "connect" || key === "query";
      const sql = (statement: unknown) => JSON.stringify(statement ?? "");
      if (!fails) return Reflect.get(target, key, target);
      return (...args: [never]) => {
        if (key === "query" && sql(args[0]).includes("api_token")) return target.query(...args);
        failures += 1;
        return Promise.reject(hostile(failures));
      };
    },
  });
  const failing = await testApi(broken, { logger, pool: broken }).catch(() => null);
  for (let i = 0; failing && i < 100; i += 1) errors.push((await failing.get("/visits/x")).text);
  await failing?.web.close();
  const stricken = await testApi(database.pool, { logger, pool: broken });
  for (let i = 0; i < 100; i += 1) {
    errors.push((await stricken.get(`/campaigns/of-${i}`)).text);
    errors.push((await stricken.get("/results")).text);
  }
  await stricken.web.close();
  expect(failures).toBeGreaterThan(100);
});

test("calls that go wrong in every way", async () => {
  const { pool } = database;
  const name = "calls";
  const manner = { ...settings, callingHours: alwaysOpen, callsPerSecond: 100, maxCalls: 100 };
  const { id } = await createCampaign(pool, {
    name,
    trust: "T",
    unit: "U",
    rehearsal: true,
    settings: manner,
  });
  const list = many(150, (i) =>
    visit({
      phone: `+44${any(numbers, i + 10)
        .replaceAll(" ", "")
        .slice(1)}`,
      givenName: any(names, i),
    }),
  );
  await importVisits(pool, id, list);
  await startCampaign(pool, name);
  const telephone = new FakeTelephone(systemClock);
  let calls = 0;
  let ended = 0;
  const all = Promise.withResolvers<void>();
  telephone.answerAll = async (order) => {
    calls += 1;
    if (calls % 3 === 0) throw hostile(calls);
    if (calls % 3 === 1) return { kind: "unknown", reason: `the order for "${order.phone}" went astray` };
    return answered();
  };
  const dialer = createDialer({
    ...{
      ledger: newLedger(pool),
      telephone,
      clock: systemClock,
      log: logger,
      allowNumbers: new Set<string>(),
    },
    runCall: () => Promise.reject(hostile(calls)),
    dispositionOf: () => "no_answer",
    ...{ faultsOf: () => [], gate: () => null, freeCapacity: () => 100 },
    onEvent: ({ kind }) => {
      if (kind !== "ended" && kind !== "refused") return;
      ended += 1;
      if (ended === list.length) all.resolve();
    },
  });
  dialer.start();
  await all.promise;
  await dialer.stop({ withinMs: 10_000 });
  expect(calls).toBe(150);
});

test("jobs and speech engines that quote what they were given", async () => {
  const done = Promise.withResolvers<void>();
  let tries = 0;
  const failing = async () => {
    tries += 1;
    if (tries === 60) done.resolve();
    throw hostile(tries);
  };
  const tasks = { "keep-story": failing };
  const runner = await createJobRunner(database.pool, tasks, { concurrency: 4, owner: "test", logger });
  for (let i = 0; i < 60; i += 1) await queueKeepStory(database.pool, `call-${i}`);
  await done.promise;
  await runner.stop();
  const rows = {
    audioKey: async () => "story.wav",
    noWords: async () => undefined,
    done: async () => undefined,
    failed: async () => undefined,
  };
  for (let i = 0; i < 60; i += 1) {
    const transcribe = createTranscribeInTurn({
      ...{ rows, clock: systemClock, logger, orders: { later: async () => undefined } },
      readAudio: async () => new Int16Array(8_000),
      findSpeech: () => [{ fromMs: 0, toMs: 1_000 }],
      engineOf: () => ({
        name: "test",
        model: "m",
        rough: false,
        transcribe: () => Promise.reject(hostile(i)),
      }),
    } as unknown as Parameters<typeof createTranscribeInTurn>[0]);
    await transcribe({ storyId: "s", engine: null } as never, new AbortController().signal).catch(() => {});
  }
});

test("fields that should never have been passed", () => {
  for (const [index, secret] of seeded.entries()) {
    const fields: object[] = [
      { phone: secret, transcript: secret, words: [secret], body: { text: secret } },
      { problem: `"${secret}"`, error: { message: secret }, visit: { givenName: secret } },
      { [secret]: secret },
    ];
    logger.warn(any(fields, index), "passed by mistake");
    logger.child(any(fields, index + 1)).info({}, "passed by mistake");
  }
  for (const secret of [...numbers, ...nhsNumbers, ...tokens])
    logger.error({ callId: secret.replaceAll(" ", ""), because: secret, problem: secret }, `rang ${secret}`);
});

test("and none of them is in the log, nor in what anybody was told", async () => {
  logger.info({}, "the last line");
  // It is written a little later.
  await expect.poll(() => readFileSync(logFile, "utf8"), { timeout: 30_000 }).toContain("the last line");
  const log = readFileSync(logFile, "utf8");
  const told = errors.join("\n");
  // That something was written at all, and by whom.
  const said = [
    "API request",
    "could not be answered",
    "the call broke off",
    "nobody can say",
    "a job, or the queue",
  ];
  for (const words of [...said, "could not be transcribed", "passed by mistake"])
    expect(log).toContain(words);
  expect(log.split("\n").length).toBeGreaterThan(20_000);
  expect(told.length).toBeGreaterThan(50_000);
  expect(found(log)).toEqual([]);
  expect(found(told)).toEqual([]);
});
