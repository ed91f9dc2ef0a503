/**
 * Google Cloud Speech-to-Text, version 2, through Google's own client. Sound goes inline, in pieces that its limit for
 * an answer at once allows, so that no story ever lies in a bucket there.
 */
import type { v2 } from "@google-cloud/speech";
import { encodeALaw } from "#lib/audio/g711.ts";
import { AppError } from "#lib/errors.ts";
import type { SpeechEngine } from "#transcript/ports.ts";
import { SpeechTrouble } from "#transcript/speech-trouble.ts";
import { readAnswer } from "./google-answer.ts";
import { troubleOf } from "./google-trouble.ts";

export interface GoogleOptions {
  project: string;
  /** "eu", "europe-west2" ...: where the sound is processed, and part of the server's name. */
  location: string;
  model: string;
  /** "_": none of the project's own, everything is in the request. */
  recogniser: string;
  language: string;
  /** Names of wards, drugs and so on, which it would hardly expect. */
  phrases: readonly string[];
  /** A key file; null: by the client's own means (Application Default Credentials). */
  credentials: string | null;
  /** For tests only: another server, without TLS. */
  client?: ConstructorParameters<typeof v2.SpeechClient>[0];
  timeoutMs?: number;
}

type Client = InstanceType<typeof v2.SpeechClient>;

/** It takes a minute (or 10 MB) at once: https://cloud.google.com/speech-to-text/v2/quotas. */
const LONGEST_PIECE_MS = 55_000;
const SHORTEST = 800; // samples, 100 ms: shorter than any word
/** How much likelier a phrase becomes, 0 to 20; Google advises to try from 10 on. */
const BOOST = 10;

/**
 * Errors: SpeechTrouble, by the gRPC status; the abort's reason. The client's own retries are off: for 60 s they would
 * hide what is wrong behind "Total timeout exceeded" (DEPENDENCIES.md 4.1).
 */
export function createGoogle(options: GoogleOptions): SpeechEngine {
  const { model, timeoutMs = 60_000 } = options;
  const client = connectOnce(options);
  return {
    name: "google",
    model,
    rough: false,
    longestPieceMs: LONGEST_PIECE_MS,
    transcribe: async (samples, signal) => {
      signal.throwIfAborted();
      if (samples.length < SHORTEST) return { text: "", words: [], confidence: null };
      const asked = ask(client, toRequest(options, samples), timeoutMs);
      return readAnswer(await unlessAborted(asked, signal), samples.length / 8);
    },
  };
}

type Request = Parameters<Client["recognize"]>[0];

function toRequest(options: GoogleOptions, samples: Int16Array): NonNullable<Request> {
  const { project, location, recogniser, model, language, phrases } = options;
  const inlinePhraseSet = { phrases: phrases.map((value) => ({ value, boost: BOOST })) };
  return {
    recognizer: `projects/${project}/locations/${location}/recognizers/${recogniser}`,
    config: {
      // A story is kept as A-law, so this is what was said, byte for byte, and half of what 16 bits would be.
      explicitDecodingConfig: { encoding: "ALAW", sampleRateHertz: 8000, audioChannelCount: 1 },
      model,
      languageCodes: [language],
      features: {
        enableWordTimeOffsets: true,
        enableWordConfidence: true,
        enableAutomaticPunctuation: true,
        profanityFilter: false, // what a patient said is not ours to tidy
        maxAlternatives: 1,
      },
      ...(phrases.length > 0 ? { adaptation: { phraseSets: [{ inlinePhraseSet }] } } : {}),
    },
    content: encodeALaw(samples),
  };
}

async function ask(client: () => Promise<Client>, request: NonNullable<Request>, timeoutMs: number) {
  const connected = await client();
  try {
    const [answer] = await connected.recognize(request, { timeout: timeoutMs, retry: null });
    return answer;
  } catch (thrown) {
    throw troubleOf(thrown);
  }
}

/**
 * Loaded and connected with the first story: a second, and 40 MB, that the commands do without. Where the credentials
 * cannot be read the next story tries anew, so that staff may put them right meanwhile.
 */
function connectOnce(options: GoogleOptions): () => Promise<Client> {
  let connecting: Promise<Client> | null = null;
  return () => {
    connecting ??= connect(options).catch((thrown) => {
      connecting = null;
      throw thrown;
    });
    return connecting;
  };
}

/** Without `initialize` before, the client throws bad credentials where nobody can catch them, and the process ends. */
async function connect({ location, project, credentials, client }: GoogleOptions): Promise<Client> {
  const { v2 } = await import("@google-cloud/speech");
  const apiEndpoint = location === "global" ? "speech.googleapis.com" : `${location}-speech.googleapis.com`;
  const key = credentials === null ? {} : { keyFilename: credentials };
  const connected = new v2.SpeechClient({ apiEndpoint, projectId: project, ...key, ...client });
  keepQuiet(connected);
  try {
    await connected.initialize();
  } catch {
    throw new SpeechTrouble("misconfigured", "Google's credentials are missing or cannot be read");
  }
  return connected;
}

/** With GOOGLE_SDK_NODE_LOGGING set, the client would write requests and answers, a patient's words, to standard error. */
function keepQuiet(client: Client): void {
  const loud = client as unknown as { _log: { info: unknown } };
  if (typeof loud._log?.info !== "function")
    throw new AppError(
      "speech_client_changed",
      "this @google-cloud/speech logs in a way that we do not know",
    );
  loud._log = { info: () => {} };
}

/** The client has no way to end a call; what it says later is for nobody. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
