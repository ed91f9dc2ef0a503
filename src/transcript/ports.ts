/** Speech to text, behind one port; one file per engine in speech/. */
export interface TranscribedWord {
  word: string;
  fromMs: number;
  toMs: number;
  /** 0 to 1; null where the engine gives none. */
  confidence: number | null;
}

export interface Transcription {
  text: string;
  words: TranscribedWord[];
  confidence: number | null;
}

export interface SpeechEngine {
  /** As kept with each transcript, e.g. `pocketsphinx`. */
  readonly name: string;
  readonly model: string;
  /** For rehearsals only: every place that shows its words says so. */
  readonly rough: boolean;
  /** `samples`: 16-bit mono at 8000 Hz. */
  transcribe(samples: Int16Array, signal: AbortSignal): Promise<Transcription>;
}

export interface TranscriptRows {
  /** The story's audio key in the store; null when it is gone (deleted meanwhile). */
  audioKey(storyId: string): Promise<string | null>;
  done(
    storyId: string,
    engine: { name: string; model: string; rough: boolean },
    result: Transcription,
  ): Promise<void>;
  noWords(storyId: string, engine: { name: string; model: string; rough: boolean }): Promise<void>;
  failed(
    storyId: string,
    engine: { name: string; model: string; rough: boolean },
    reason: string,
  ): Promise<void>;
}
