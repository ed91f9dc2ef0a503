import { readSettings } from "#config.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import type { TranscriptBacklog } from "./ports.ts";

export const status = defineCommand({
  name: "transcribe status",
  summary: "How many stories wait for their words, how long, and why.",
  options: { json: { help: "for programs: one JSON object" } },
  notes: "Needs HEARBACK_DATABASE_URL.",
  examples: ["hearback transcribe status"],
  run: async (_operands, given, io) => {
    const database = await io.services.openDatabase(readSettings(["databaseUrl"], io.env));
    try {
      const backlog = await database.transcriptBacklog();
      if (given.json) say(io.stdout, JSON.stringify(backlog, null, 2));
      else for (const line of linesOf(backlog)) say(io.stdout, line);
      return 0;
    } finally {
      await database.close();
    }
  },
});

/** By the trouble's code (transcript/speech-trouble.ts). */
const troubles: Record<string, string> = {
  speech_quota: "the engine's quota is used up; they go on by themselves",
  speech_away: "the engine cannot be reached; they go on by themselves",
  speech_stumbled: "the engine does not answer; they go on by themselves",
  speech_misconfigured: "the engine refuses us: see serve's log for what to put right",
  speech_refused: "the engine takes no request of ours: see serve's log for what to put right",
  speech_unreadable: "the engine's answers cannot be read: see serve's log",
};

function linesOf({ waiting, oldestMs, heldBecause, again, givenUp }: TranscriptBacklog): string[] {
  const age = oldestMs === null ? "" : `, the oldest for ${spoken(oldestMs)}`;
  return [
    `new stories that wait for their words: ${waiting}${age}`,
    ...Object.entries(heldBecause).map(([code, count]) => `  ${count}: ${troubles[code] ?? code} (${code})`),
    `stories to be heard again: ${again}`,
    `given up: ${givenUp}${givenUp > 0 ? "; try them with: hearback transcribe --again --engine NAME --state failed" : ""}`,
  ];
}

function spoken(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
