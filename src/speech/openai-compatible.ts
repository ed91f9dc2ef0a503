/**
 * Any server with OpenAI's `/v1/audio/transcriptions`: a hospital's own (whisper.cpp, speaches, vLLM ...) or a hosted
 * one. https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
import { writeWav } from "#lib/audio/wav.ts";
import type { SpeechEngine } from "#transcript/ports.ts";
import { readAnswer } from "./openai-answer.ts";
import { troubleOfFault, troubleOfStatus } from "./openai-trouble.ts";
import { postForm } from "./post-form.ts";

export interface OpenAiCompatibleOptions {
  /** What stands before `/v1/audio/transcriptions`. */
  url: string;
  model: string;
  /** As a bearer token; null where the server asks for none. */
  key: string | null;
  /** PEM text of the authority that signed the server's certificate; null: those that Node trusts. */
  ca: string | null;
  /** `verbose_json` has times of words and a confidence; some servers and models know `json` only. */
  format: "json" | "verbose_json";
  /** "en-GB" is sent as "en": Whisper knows languages, not countries. */
  language: string;
  phrases: readonly string[];
  /** For an answer, in ms of the sound's length; tests take less. */
  timeoutMs?: (soundMs: number) => number;
}

const SHORTEST = 800; // samples, 100 ms: shorter than any word
/** Shorter than what transcribe.ts allows, so that a slow server is known as the server's fault. */
const patientFor = (soundMs: number): number => 30_000 + 4 * soundMs;
/** Whisper reads the last 224 tokens of a prompt, about four letters each. */
const LONGEST_PROMPT = 800;

/** Errors: SpeechTrouble; the abort's reason. */
export function createOpenAiCompatible(options: OpenAiCompatibleOptions): SpeechEngine {
  const { model, key, ca, timeoutMs = patientFor } = options;
  const url = new URL(`${options.url.replace(/\/+$/, "")}/v1/audio/transcriptions`);
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  return {
    name: "openai-compatible",
    model,
    rough: false,
    transcribe: async (samples, signal) => {
      signal.throwIfAborted();
      if (samples.length < SHORTEST) return { text: "", words: [], confidence: null };
      const soundMs = samples.length / 8;
      const enough = AbortSignal.timeout(timeoutMs(soundMs));
      const post = {
        url,
        headers,
        ca,
        form: toForm(options, samples),
        signal: AbortSignal.any([signal, enough]),
      };
      const answer = await postForm(post).catch((thrown) => {
        throw signal.aborted ? signal.reason : troubleOfFault(thrown, enough.aborted);
      });
      if (answer.status !== 200) throw troubleOfStatus(answer);
      return readAnswer(answer, soundMs);
    },
  };
}

function toForm(
  { model, format, language, phrases }: OpenAiCompatibleOptions,
  samples: Int16Array,
): FormData {
  const form = new FormData();
  const wav = writeWav({ sampleRate: 8000, samples });
  form.set("file", new Blob([wav as Uint8Array<ArrayBuffer>], { type: "audio/wav" }), "story.wav");
  form.set("model", model);
  form.set("response_format", format);
  form.set("temperature", "0");
  form.set("language", language.split("-")[0]!);
  if (format === "verbose_json") {
    form.append("timestamp_granularities[]", "word");
    form.append("timestamp_granularities[]", "segment");
  }
  const prompt = promptOf(phrases);
  if (prompt !== "") form.set("prompt", prompt);
  return form;
}

/** Whole phrases, the first ones, as a list that Whisper takes for what was said before. */
function promptOf(phrases: readonly string[]): string {
  let prompt = "";
  for (const phrase of phrases) {
    const longer = prompt === "" ? phrase : `${prompt}, ${phrase}`;
    if (longer.length > LONGEST_PROMPT) break;
    prompt = longer;
  }
  return prompt;
}
