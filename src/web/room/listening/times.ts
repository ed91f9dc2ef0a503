/** Times in a story as people type them and addresses carry them. Pure. */

/** "1:05", "1:05.5", "65" or "1:02:05" in milliseconds; null for what is none of these. */
export function timeTyped(typed: string): number | null {
  const match = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,4}(?:\.\d{1,3})?)$/.exec(typed.trim());
  if (!match) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  if (typed.includes(":") && Number(seconds) >= 60) return null;
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000);
}

/** As `timeTyped` takes it, to a tenth of a second: 1:05.5 */
export function typedTime(ms: number): string {
  const tenths = Math.round(ms / 100);
  const seconds = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${seconds < 10 ? "0" : ""}${seconds}`;
}
