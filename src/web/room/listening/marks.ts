/** When in a story its parts begin and its keys were pressed. Pure. */
import type { PressedKey, StoryPart } from "./ports.ts";

export interface Mark {
  atMs: number;
  text: string;
}

/** A key that ends a recording comes a moment behind its last sound. */
const behindMs = 2_000;

/** In the order of the story; what was pressed before it, between its parts or after it is none of it. */
export function marksOf(parts: readonly StoryPart[], keys: readonly PressedKey[]): Mark[] {
  const begins = parts.map(({ startMs }, i) => ({
    atMs: startMs,
    text:
      i === 0 ? "The question was asked; the story begins" : "Asked whether there is more; the story goes on",
  }));
  const pressed = keys.flatMap(({ digit, pressedAt }) => {
    const part = parts.findLast(({ begunAt }) => begunAt <= pressedAt);
    if (!part) return [];
    const intoMs = pressedAt.getTime() - part.begunAt.getTime();
    if (intoMs > part.durationMs + behindMs) return [];
    return [{ atMs: part.startMs + Math.min(intoMs, part.durationMs), text: `Key ${digit} was pressed` }];
  });
  return [...begins, ...pressed].toSorted((a, b) => a.atMs - b.atMs);
}
