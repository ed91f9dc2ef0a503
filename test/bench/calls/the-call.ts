/** The call that is measured, in numbers. */

/** After a key, until anything is said: of flows/fft.yaml and extensions.conf alike (a test holds both to it). */
export const handsetPauseMs = 500;
export const storyMs = 8_000;
/** So much of the question is heard before the key. */
export const pressAfterMs = 500;
