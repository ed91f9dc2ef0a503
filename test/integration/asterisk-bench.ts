/** Two real Asterisk, a connection and a telephone on them: what the asterisk-*.test.ts files stand on. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { type AriTelephone, type AriTelephoneOptions, createAriTelephone } from "#asterisk/ari-telephone.ts";
import type { DialOutcome, Line, LineEvent } from "#call/line.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { type Carrier, prepareCarrier } from "#rehearsal/asterisk/carrier.ts";
import { type Ivr, prepareIvr } from "#rehearsal/asterisk/ivr.ts";
import { reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { wait } from "#rehearsal/people/act.ts";
import { ringersDialplan } from "#rehearsal/people/dialplan.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const beeps = [1000, 1400, 850, 440];

const personWithBeep = (_hertz: number, index: number) => `exten => person-13${index},1,Answer()
 same => n,Wait(2)
 same => n,Playback(people/beep-${index})
 same => n,Wait(60)
`;

/** What they hear is written with all that a line can carry; then they say something. */
const personWhoHearsWide = (digits: string) => `exten => person-${digits},1,Answer()
 same => n,MixMonitor(person-${digits}-both.wav16,r(person-${digits}.wav16))
 same => n,Wait(9.5)
 same => n,Playback(people/story)
 same => n,Wait(60)
`;

/** Says something for half a second after a tone of ours, and #; then what they think of it. Any key skips words of ours. */
const says = (sound: string, verdict: string) => ` same => n,SendDTMF(5)
 same => n,Wait(1.5)
 same => n,Playback(people/${sound})
 same => n,Wait(0.5)
 same => n,SendDTMF(#)
 same => n,Wait(1.5)
 same => n,SendDTMF(${verdict})
 same => n,Wait(1.5)
`;

/** Pretend people by the last three digits; the others are Asterisk's own answers. */
const people = `[people]
exten => _+441632960X.,1,Goto(person-\${EXTEN:-3},1)
exten => person-100,1,Ringing()
 same => n,Wait(0.3)
 same => n,Answer()
 same => n,Wait(60)
exten => person-101,1,Busy(1)
exten => person-102,1,Ringing()
 same => n,Wait(60)
exten => person-103,1,Ringing()
 same => n,Wait(0.5)
 same => n,Hangup(21)
exten => person-105,1,Congestion(1)
exten => person-106,1,Hangup(1)
exten => person-108,1,Answer()
 same => n,Wait(0.5)
 same => n,SendDTMF(15*0#,120,100)
 same => n,Wait(60)
exten => person-120,1,Answer()
 same => n,MixMonitor(\${UNIQUEID}-both.wav,r(heard.wav))
 same => n,Wait(0.5)
 same => n,Playback(people/story)
 same => n,Wait(60)
exten => person-140,1,Answer()
 same => n,Wait(0.5)
 same => n,SendDTMF(5)
 same => n,Wait(1)
${says("beep-3", "2")}${says("beep-2", "1")}${says("beep-1", "1")} same => n,Wait(60)
exten => person-142,1,Answer()
 same => n,Wait(4.8)
 same => n,SendDTMF(#,200,160)
 same => n,Wait(60)
exten => person-121,1,Answer()
 same => n,Wait(0.5)
 same => n,Playback(people/story)
 same => n,Hangup()
exten => person-151,1,Answer()
 same => n,Wait(2)
 same => n,SendDTMF(1,200,120)
 same => n,Wait(4)
 same => n,SendDTMF(1,200,120)
 same => n,Wait(60)
exten => person-150,1,Answer()
 same => n,Wait(1.5)
 same => n,SendDTMF(2,200,120)
 same => n,Wait(2)
 same => n,SendDTMF(0312,200,120)
 same => n,Wait(2)
 same => n,SendDTMF(1,200,120)
 same => n,Wait(60)
${["160", "161"].map(personWhoHearsWide).join("")}${beeps.map(personWithBeep).join("")}`;

/** Two who can ring us, and then say nothing. */
const ringers = [1, 2].map((n) => ({ id: `patient-${n}`, from: `+44770090008${n}`, acts: [wait(20)] }));

export interface Bench {
  ivr: Ivr;
  carrier: Carrier;
  connection: AriConnection;
  telephone: AriTelephone;
  story: Int16Array;
  prompts: { short: Int16Array; long: Int16Array };
  dial(lastDigits: string, ringSeconds?: number, onRinging?: () => void): Promise<DialOutcome>;
  answered(lastDigits: string): Promise<Line>;
  stop(): Promise<void>;
}

export interface BenchOptions {
  /** Of the Asterisk that we drive, instead of dialplans/asterisk. */
  templates?: string;
  /** What the far end takes, best first. */
  codecs?: readonly string[];
}

export async function startBench({ templates, codecs }: BenchOptions = {}): Promise<Bench> {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  const dir = mkdtempSync(repositoryFile(".hearback/test/ari-"));
  const packages = await installPackages({ into: repositoryFile(".hearback/packages") });
  const ports = { ivr: await reservePorts({ maxCalls: 20 }), carrier: await reservePorts({ maxCalls: 20 }) };
  const soundsFolder = join(dir, "sounds");
  const story = writeCarrierSounds(soundsFolder);
  const carrier = prepareCarrier({
    ...{ dir: join(dir, "carrier"), packages, ports: ports.carrier, ivrSipPort: ports.ivr.sip },
    ...{ peopleDialplan: people + ringersDialplan(ringers, "+441632960000"), soundsFolder },
    ...(codecs ? { codecs } : {}),
  });
  const trunk = { host: "127.0.0.1", port: ports.carrier.sip };
  const ivr = await prepareIvr({
    ...{ dir: join(dir, "ivr"), packages, ports: ports.ivr, trunk },
    ...(templates ? { templates } : {}),
  });
  const prompts = { short: voice(1, 0.8), long: voice(2, 5) };
  for (const [name, samples] of Object.entries(prompts))
    writeALaw(join(ivr.soundsDir, `${name}.alaw`), samples);
  writeALaw(join(ivr.soundsDir, "pause.alaw"), new Int16Array(4_000));
  await Promise.all([ivr.start(), carrier.start()]);

  const { connection, telephone } = connectTo(ivr, newName("hb"));
  await connection.start();
  const dial: Bench["dial"] = (lastDigits, ringSeconds = 20, onRinging = () => {}) => {
    const attemptId = newName("bench");
    const numbers = { phone: `+441632960${lastDigits}`, callerNumber: "+441632960999" };
    const order = {
      attemptId,
      channelId: `hb-${attemptId}`,
      ...numbers,
      ringSeconds,
      maxCallSeconds: 120,
      node: "asterisk",
    };
    return telephone.dial(order, onRinging);
  };
  return {
    ...{ ivr, carrier, connection, telephone, story, prompts, dial },
    answered: async (lastDigits) => {
      const outcome = await dial(lastDigits);
      if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
      return outcome.line;
    },
    stop: async () => {
      telephone.close();
      await connection.stop();
      await Promise.all([ivr.close(), carrier.close()]);
      ports.ivr.release();
      ports.carrier.release();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Another instance of ours on the same Asterisk. */
export function connectTo(
  ivr: Ivr,
  app: string,
  options: Partial<Pick<AriTelephoneOptions, "fileOf" | "trunk">> = {},
): { connection: AriConnection; telephone: AriTelephone } {
  const access = { url: ivr.ariUrl, user: ivr.ariUser, password: ivr.ariPassword, app };
  const shared = { clock: systemClock, logger: silentLogger };
  const connection = new AriConnection({ ...access, ...shared });
  const telephone = createAriTelephone({
    ...{ connection, trunk: "trunk", ...shared, ...options },
    mediaOf: (piece) => {
      if ("prompt" in piece) return [`sound:${piece.prompt}`];
      return "pauseMs" in piece ? ["sound:pause"] : [`recording:${piece.recording}`];
    },
  });
  return { connection, telephone };
}

/** How like this sound is what person 120 heard; their Asterisk closes the file some time after the call. */
export const likenessOfHeard = ({ carrier }: Bench, sound: Int16Array): number =>
  findWithin(sound, readWav(readFileSync(join(carrier.monitorDir, "heard.wav"))).samples).correlation;

/** The channels that an Asterisk has; those that listen for us end a moment after the call. */
export const channelsOf = (connection: AriConnection): Promise<unknown[]> =>
  connection.operation("channels.list", (client) => client.channels.list());

/** All events until `enough`, or within `withinMs`. */
export async function listen(
  line: Line,
  withinMs: number,
  enough: (event: LineEvent) => boolean = () => false,
): Promise<LineEvent[]> {
  const seen: LineEvent[] = [];
  for (const until = performance.now() + withinMs; ; ) {
    const event = await line.next(until);
    if (!event) return seen;
    seen.push(event);
    if (enough(event) || event.kind === "hung-up" || event.kind === "lost") return seen;
  }
}

function writeCarrierSounds(folder: string): Int16Array {
  mkdirSync(folder);
  const story = voice(3, 5);
  writeALaw(join(folder, "story.alaw"), story);
  for (const [index, hertz] of beeps.entries()) {
    writeALaw(join(folder, `beep-${index}.alaw`), tone(hertz, 0.4));
  }
  return story;
}

const writeALaw = (path: string, samples: Int16Array) => writeFileSync(path, encodeALaw(samples));

/** Sound that swells and fades four times a second like speech, no two seeds alike: what is found of it is it. */
function voice(seed: number, seconds: number): Int16Array {
  let state = seed * 2_654_435_761;
  let low = 0;
  return Int16Array.from({ length: Math.round(seconds * 8_000) }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    low += 0.3 * (state / 2 ** 31 - low);
    return low * 9_000 * (0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * index) / 8_000));
  });
}

function tone(hertz: number, seconds: number): Int16Array {
  return Int16Array.from({ length: seconds * 8_000 }, (_, index) => {
    return 8_000 * Math.sin((2 * Math.PI * hertz * index) / 8_000);
  });
}
