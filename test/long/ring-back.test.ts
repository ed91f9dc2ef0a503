/** People ring the number that rang them, on real telephones: real Asterisks, real sound, at night. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startCampaign } from "#postgres/campaigns.ts";
import {
  type Act,
  hangUp,
  hear,
  hearOut,
  monitor,
  press,
  refuse,
  ring,
  say,
  wait,
} from "#rehearsal/people/act.ts";
import type { Ringer } from "#rehearsal/people/ringer.ts";
import {
  cut,
  hearing,
  joined,
  lengthMs,
  monitored,
  placeOf,
  prompt,
  silence,
  stretches,
} from "../support/heard.ts";
import { testPerson } from "../support/people.ts";
import {
  carrierCalls,
  prepareSurvey,
  query,
  resultsByRef,
  type Survey,
  spoken,
  storedAudio,
  tracesOf,
  untilOver,
} from "../support/rehearsal.ts";

const patient = testPerson("070", "rejects the call, and rings back", { disposition: "no_answer" }, [
  ring(1),
  refuse(21),
]);
const [stranger, withheldNumber] = ["+447700900071", "+447700900072"];
const itIsMe: Act[] = [hearOut, press("1"), hearOut, press("1")];
const ringers: Ringer[] = [
  {
    id: "447700900070",
    from: patient.number,
    acts: [
      ...[monitor, ...itIsMe, hear(4), press("2"), hear(1.5), press("1")],
      ...[hear(3), press("5"), hear(0), wait(1), say("story-09"), wait(0.5), press("#")],
      ...[hear(2), press("1"), hear(3), press("1")],
    ],
  },
  // Learns nothing, and hangs up in the middle of a word.
  { id: "447700900073", from: "+447700900073", acts: [monitor, hear(4), hangUp] },
  { id: "447700900071", from: stranger, acts: [monitor, hearOut, press("9"), hearOut] },
  {
    id: "ring-900072",
    from: null,
    acts: [monitor, hearOut, press("9"), hearOut, press("07700900072#"), hearOut, press("1"), hearOut],
  },
];
const ended = `select disposition from call where direction = 'inbound' and ended_at is not null order by disposition`;

let survey: Survey;
beforeAll(async () => {
  survey = await prepareSurvey([patient.number], { name: "ring-back", morePeople: [patient], ringers });
  await survey.rehearsal.app.start();
  await startCampaign(survey.rehearsal.pool, survey.campaign.name);
  await untilOver(survey, 60_000);
  // Night falls.
  const otherDay = ((new Date().getUTCDay() + 3) % 7) + 1;
  const days = { [otherDay]: ["10:00", "10:15"] };
  const closed = JSON.stringify({ ...survey.campaign.settings.callingHours, days });
  await query(survey, `update campaign set settings = jsonb_set(settings, '{callingHours}', $1)`, [closed]);
  await query(survey, "delete from permitted_span");
  await Promise.all(ringers.map(({ id }) => survey.rehearsal.network.carrier!.ring(id)));
  const all = ["completed", "hung_up", "opted_out", "opted_out"].map((disposition) => ({ disposition }));
  await vi.waitFor(async () => expect(await query(survey, ended)).toEqual(all), {
    ...{ timeout: 150_000, interval: 500 },
  });
}, 300_000);
afterAll(() => survey?.stop());

/** Those with a voice in them. */
const inPieces = (samples: Int16Array, ms: number): Int16Array[] =>
  Array.from({ length: Math.floor(lengthMs(samples) / ms) }, (_, n) =>
    cut(samples, n * ms, (n + 1) * ms),
  ).filter((piece) => stretches(piece).length > 0);

const heardBy = (index: number) => monitored(survey, ringers[index]!.id).heard;

it("a patient whom we missed rings back and is a patient like any other", async () => {
  await untilOver(survey, 60_000);
  const [result] = (await resultsByRef(survey)).values();
  expect(result).toMatchObject({
    ...{ channel: "voice", disposition: "completed", rating: 2, share_consent: true, attempts: 1 },
    transcript_state: "done",
  });
  const stored = await storedAudio(survey.rehearsal.pool, result!.recording_uri!);
  // In pieces: a busy machine's telephone may send a frame late, and those who ring us have one leg more.
  const pieces = inPieces(spoken("story-09"), 500);
  const found = pieces.filter((piece) => placeOf(piece, stored).correlation > 0.9);
  expect(found.length / pieces.length, "of the story in what was kept").toBeGreaterThan(0.8);
  const { attempts, keys } = await tracesOf(survey, result!.visit_ref);
  expect(
    attempts.map(({ reason, disposition, dialed_at }) => [reason, disposition, dialed_at !== null]),
  ).toEqual([
    ["first", "no_answer", true],
    ["ring_back", "completed", false],
  ]);
  expect(keys.map(({ digit, step }) => `${step} ${digit}`).slice(0, 3)).toEqual([
    "greeting 1",
    "who 1",
    "question 2",
  ]);
});

it("everybody hears the same greeting, whoever rings, and a key within twelve seconds of speech", () => {
  const greeting = joined(
    ...[prompt("hello"), silence(500), prompt("ring-back-reached"), prompt("trust-northfield")],
    ...[prompt("ring-back-what"), prompt("ring-back-keys")],
  );
  const listeners = [0, 2, 3];
  const places = listeners.map((index) => hearing(greeting, heardBy(index), 0, 4_000));
  // All three the very same. A busy machine may send a frame late; other words would be unlike in nearly every piece.
  for (const { weak, pieces } of places) expect(weak.length / pieces, weak.join()).toBeLessThan(0.25);
  const keyed = ["hello", "ring-back-reached", "trust-northfield", "ring-back-what"].map(
    (id) => prompt(id).length,
  );
  expect(keyed.reduce((sum, length) => sum + length) / 8_000).toBeLessThan(8);
});

it("strangers opt out, with a number that is shown, and with one that is keyed; it is written nowhere", async () => {
  expect(await query(survey, "select scope, source from opt_out")).toEqual([
    { scope: "number", source: "ring_back" },
    { scope: "number", source: "ring_back" },
  ]);
  const { rehearsal, campaign } = survey;
  const list = [stranger, withheldNumber].map((number) => `L-${number.slice(-3)},${number}`).join("\n");
  await rehearsal.importList(
    campaign,
    (async function* () {
      yield Buffer.from(`visit_ref,phone\n${list}\n`);
    })(),
  );
  const suppressed =
    "select suppressed(phone_hmac, person_hmac) as off from visit where visit_ref like 'L-%'";
  expect(await query(survey, suppressed)).toEqual([{ off: true }, { off: true }]);
  const written = "select from call where flow_state::text like '%7700900072%'";
  expect(await query(survey, written)).toEqual([]);
  expect(await query(survey, "select digit from key_press where step = 'key-number'")).toEqual([
    { digit: "1" },
  ]);
});

it("nobody was rung again", async () => {
  const { carrier } = survey.rehearsal.network;
  const rung = carrierCalls(carrier!.cdrFile).filter(({ number }) => number === patient.number);
  expect(rung).toHaveLength(1);
  const open = "select from attempt where state in ('intent', 'dialing', 'live', 'unknown')";
  expect(await query(survey, open)).toEqual([]);
});
