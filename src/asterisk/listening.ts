/** How a line listens for talk and for an answering machine's beep. */

export interface Listening {
  talk: {
    /** Talk has ended after so much quiet: above the pauses between words, below those between answers. */
    quietMs: number;
    /**
     * Mean amplitude (of 32767) from which a 20 ms frame is sound. Measured on A-law speech: 128 follows speech 20 dB
     * under normal whole, and loses most of it 30 dB under; 64 follows that too, but hears line noise of -52 dBm0.
     */
    threshold: number;
  };
  tone: {
    /**
     * One detector each, some 50 Hz wide. A channel has room for one (a second replaces the first), so all but the
     * first listen on a snoop channel of their own.
     */
    frequenciesHz: number[];
    /** A tone counts after this long. Measured: none of 45 s of speech by three voices holds any for 150 ms. */
    shortestMs: number;
    /** The beep comes at the start of a call; after this, or after the first key, the snoop channels are let go. */
    forMs: number;
  };
}

export const usualListening: Listening = {
  talk: { quietMs: 800, threshold: 128 },
  tone: { frequenciesHz: [1000, 1400, 850, 440], shortestMs: 200, forMs: 45_000 },
};

/** The channel function that detects talk, and its value. */
export function talkDetect({ talk }: Listening): { variable: string; value: string } {
  return { variable: "TALK_DETECT(set)", value: `${talk.quietMs},${talk.threshold}` };
}

/** The channel function that detects one tone from the far end (r: received frames only), and its value. */
export function toneDetect({ tone }: Listening, frequencyHz: number): { variable: string; value: string } {
  return { variable: `TONE_DETECT(${frequencyHz},${tone.shortestMs},r)`, value: "" };
}
