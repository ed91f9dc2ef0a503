/** What a walk's own process and the instance that began it tell each other. */
import type { ReleaseFiles } from "./files.ts";
import type { WalkJobProgress } from "./walk-jobs.ts";
import type { WalksReport } from "./walk-report.ts";

export type ToWalk =
  /** `asteriskFolder`: where an Asterisk for rehearsals is; null: among the checkout's own packages. */
  | { kind: "begin"; files: ReleaseFiles; asteriskFolder: string | null }
  /** Live calls leave room, or need the machine; none is begun before it was told once. */
  | { kind: "may-go-on"; yes: boolean }
  | { kind: "stop" };

export type FromWalk =
  | { kind: "progress"; progress: WalkJobProgress }
  | { kind: "report"; report: WalksReport }
  /** There is no report. */
  | { kind: "trouble"; problem: string };
