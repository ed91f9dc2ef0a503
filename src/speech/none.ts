import { AppError } from "#lib/errors.ts";
import type { SpeechEngine } from "#transcript/ports.ts";

/** Stories are kept and listened to, never turned into text. No job is queued for it; asking it is a mistake of ours. */
export const noEngine: SpeechEngine = {
  name: "none",
  model: "none",
  rough: false,
  transcribe: () => Promise.reject(new AppError("speech_engine_none", "there is no speech engine to ask")),
};
