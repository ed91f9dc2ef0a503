/** One look at the database a second for all who watch boards, however many they are; none while nobody does. */
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { BoardCount, BoardLine, BoardRoom } from "./board-ports.ts";

export interface Board {
  lines: readonly BoardLine[];
  counts: readonly BoardCount[];
}

export interface BoardHub {
  /**
   * Tells `onBoard` of this campaign at once and at every look from then on.
   * @returns what ends it; to be called once the viewer is gone
   */
  watch(campaignId: string, onBoard: (board: Board) => void): () => void;
  readonly watching: number;
  /** Nobody is told any more. */
  stop(): void;
}

const everyMs = 1_000;

interface Viewer {
  campaignId: string;
  onBoard(board: Board): void;
}

export function createBoardHub(
  room: Pick<BoardRoom, "look" | "counts">,
  clock: Clock,
  logger: Logger,
): BoardHub {
  const viewers = new Set<Viewer>();
  const stopped = new AbortController();
  let running = false;

  async function look(): Promise<void> {
    const ids = [...new Set([...viewers].map(({ campaignId }) => campaignId))];
    const [lines, counts] = await Promise.all([room.look(ids), room.counts(ids)]);
    for (const { campaignId, onBoard } of viewers) {
      const found = lines.get(campaignId);
      // Who came while we looked is told by the next one.
      if (found) onBoard({ lines: found, counts: counts.get(campaignId) ?? [] });
    }
  }

  async function run(): Promise<void> {
    while (viewers.size > 0 && !stopped.signal.aborted) {
      await look().catch((thrown: unknown) =>
        logger.warn({ problem: messageOf(thrown) }, "the board of calls could not be looked at"),
      );
      await clock.wait(everyMs, stopped.signal).catch(() => {});
    }
    running = false;
  }

  return {
    watch: (campaignId, onBoard) => {
      const viewer = { campaignId, onBoard };
      viewers.add(viewer);
      if (!running) {
        running = true;
        void run();
      }
      return () => void viewers.delete(viewer);
    },
    get watching() {
      return viewers.size;
    },
    stop: () => {
      viewers.clear();
      stopped.abort();
    },
  };
}
