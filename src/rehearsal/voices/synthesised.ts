/** Whose a prompt's sound is, and whether it is to be spoken (again). A person's recording is never overwritten. */

/** What was spoken here, by prompt id: the words, and the hash of the file made then. */
export type Spoken = Record<string, { text: string; sha256: string }>;

export type Task = "speak" | "keep" | "leave-a-persons";

export function taskFor(prompt: {
  id: string;
  text: string;
  /** Of the file that is there now, if there is one. */
  sha256: string | undefined;
  spoken: Spoken;
  again: boolean;
}): Task {
  const { sha256, text, again } = prompt;
  const ours = prompt.spoken[prompt.id];
  if (sha256 === undefined) return "speak";
  if (sha256 !== ours?.sha256) return "leave-a-persons";
  return ours.text !== text || again ? "speak" : "keep";
}
