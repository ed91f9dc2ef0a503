/** Whether live calls leave room for rehearsals beside them: pure. */

/** One Asterisk, and the calls that are rung or held there. */
export interface LiveLoad {
  calls: number;
  /** Null: nobody set one. */
  maxCalls: number | null;
}

/** For how many calls an Asterisk is laid out where nobody says (docker/asterisk/start.sh has ports for so many). */
export const usualCapacity = 100;
const share = 0.5;

/** False while calls fill half of any machine, or more. */
export const leavesRoomForRehearsals = (nodes: readonly LiveLoad[]): boolean =>
  nodes.every(({ calls, maxCalls }) => calls < share * (maxCalls ?? usualCapacity));
