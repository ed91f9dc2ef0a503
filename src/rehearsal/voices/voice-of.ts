/** The voice that says the stand-ins of a language. Loaded when first needed: an install may lack Pico's package. */
import { join } from "node:path";
import { telephoneRate, wideRate } from "#prompts/measures.ts";
import type { StandInVoice } from "./speak-prompt.ts";

export interface VoiceWanted {
  language: string;
  /** With what only telephones hear that speak G.722: twice the samples. */
  wide: boolean;
  /** Where voices are kept between runs. */
  voiceFolder: string;
  /** False: only with a voice that lies there already. Whoever runs a command may wait for one to be fetched. */
  mayDownload?: boolean;
}

const importPico = () => import("./pico.ts");

/**
 * Pico where it speaks the language; eSpeak NG for all others.
 * @throws Error where this machine has no voice for it; the message says what to do
 */
export async function voiceOf(wanted: VoiceWanted, loadPico = importPico): Promise<StandInVoice> {
  const speaking = wanted.language === "en-GB" ? await pico(wanted, loadPico) : await espeak(wanted);
  return { ...speaking, mostRate: wanted.wide ? wideRate : telephoneRate };
}

type Speaking = Omit<StandInVoice, "mostRate">;

async function pico(wanted: VoiceWanted, loadPico: typeof importPico): Promise<Speaking> {
  const { picoVoice } = await loadPico().catch((thrown: NodeJS.ErrnoException) => {
    throw thrown.code === "ERR_MODULE_NOT_FOUND" ? noPackage(wanted, thrown) : thrown;
  });
  const { hasPicoData, fetchPicoData } = await import("./fetch-pico-data.ts");
  const folder = join(wanted.voiceFolder, "pico");
  await ready(wanted, { isThere: () => hasPicoData(folder), fetch: () => fetchPicoData(folder) });
  return { speak: await picoVoice(folder), tail: "thank you", hisses: true };
}

async function espeak(wanted: VoiceWanted): Promise<Speaking> {
  const { espeakVoice, hasEspeak, fetchEspeak } = await import("./espeak.ts");
  const folder = join(wanted.voiceFolder, "espeak");
  await ready(wanted, { isThere: () => hasEspeak(folder), fetch: () => fetchEspeak(folder) });
  const tail = wanted.language.startsWith("cy") ? "diolch yn fawr" : "a";
  return { speak: espeakVoice(folder, wanted.language), tail, hisses: false };
}

async function ready(
  { language, mayDownload = true }: VoiceWanted,
  voice: { isThere(): Promise<boolean>; fetch(): Promise<void> },
): Promise<void> {
  if (mayDownload) await voice.fetch();
  else if (!(await voice.isThere()))
    throw new Error(
      `this machine has no voice for ${language} yet; hearback prompts say --language ${language} fetches it, once`,
    );
}

const noPackage = ({ language }: VoiceWanted, cause: Error): Error =>
  new Error(
    `this machine has no voice for ${language}: a package is missing that npm ci --omit=dev leaves out; run npm ci without it, then hearback prompts say --language ${language}, here or in another checkout`,
    { cause },
  );
