import { AppError } from "#lib/errors.ts";

/** @throws AppError `story_range_bad` unless from `from` up to, and without, `to` lies within so many bytes */
export function assertRange(from: number, to: number, size: number): void {
  const isWhole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
  if (isWhole && from >= 0 && from <= to && to <= size) return;
  throw new AppError("story_range_bad", "these bytes are not within the story", { from, to, size });
}
