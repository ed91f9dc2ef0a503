/** The benchmark's far end as a process of its own, spoken with by IPC; ends when its parent does. */
import { CallerExchange } from "#rehearsal/walks/caller-exchange.ts";
import { Jitter } from "./jitter.ts";
import { indexOf } from "./numbers.ts";
import { type CallTimes, type Manner, SurveyCall } from "./survey-call.ts";

export type ToFarEnd = { kind: "begin"; manner: Manner } | { kind: "take" };
export type FromFarEnd =
  | { kind: "up"; port: number }
  | { kind: "begun" }
  | { kind: "over"; call: CallTimes }
  | { kind: "taken"; jitterCounts: number[]; lost: number; most: number };

const tell = (message: FromFarEnd) => process.send!(message);
const exchange = await CallerExchange.open();
let manner: Manner | null = null;
let jitter = new Jitter();
let [live, most] = [0, 0];

exchange.expectAnybody((number) => {
  const index = indexOf(number);
  if (index === null || manner === null) return null;
  most = Math.max(most, ++live);
  return new SurveyCall(index, manner, jitter, (call) => {
    live -= 1;
    tell({ kind: "over", call });
  });
});

process.on("message", (message: ToFarEnd) => {
  if (message.kind === "begin") {
    manner = message.manner;
    jitter = new Jitter();
    most = live;
    tell({ kind: "begun" });
  } else tell({ kind: "taken", jitterCounts: jitter.counts, lost: jitter.lost, most });
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C in the terminal is for our parent, which ends us in its order.
process.on("SIGINT", () => {});
tell({ kind: "up", port: exchange.port });
