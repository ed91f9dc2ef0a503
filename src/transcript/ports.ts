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
  /** The longest sound that it takes at once; without it `LONGEST_PIECE_MS` (speech-pieces.ts). */
  readonly longestPieceMs?: number | undefined;
  /** Throws SpeechTrouble where the trouble is the engine's and the story may be shown to it again. `samples`: 16-bit mono at 8000 Hz. */
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

/** A story that is to be heard. */
export interface TranscriptOrder {
  storyId: string;
  /** Heard again by this engine; null: by the one that hears new stories. */
  engine: string | null;
}

export interface TranscriptOrders {
  /**
   * Notes why the story has no words yet; it stays waiting.
   * @param held `because`: the trouble's code; `blamed`: the story may be at fault
   * @returns how often it was blamed
   */
  hold(order: TranscriptOrder, held: { because: string; blamed: boolean }): Promise<number>;
  /** Its job is put back, to run once `delayMs` are over; what it had of tries it has again. */
  later(order: TranscriptOrder, delayMs: number): Promise<void>;
}
