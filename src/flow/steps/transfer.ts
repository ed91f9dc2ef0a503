import type { TransferStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { StepHandler } from "./handler.ts";

/** Puts the caller through to a person. Who hangs up in that talk has had it. */
export const transfer: StepHandler<TransferStep> = {
  enter(step, { state, context }) {
    // Another process goes on with a call in which two people may be talking.
    if (state.talking) return { kind: "command", command: { kind: "stay-joined" } };
    const { to, ringSeconds } = step;
    const say = spoken(step.say, state, context);
    return { kind: "command", command: { kind: "transfer", say, to, ringSeconds } };
  },

  resume(step, { state }, input) {
    if (input.kind !== "transferred") return { kind: "again", counts: false };
    const talking = { talking: false };
    switch (input.outcome) {
      case "joined":
        return {
          kind: "command",
          command: { kind: "stay-joined" },
          state: { talking: true, disposition: step.disposition ?? state.disposition },
        };
      case "parted":
        return { kind: "go", to: step.next, on: "next", state: talking };
      case "closed":
        return step.closed === undefined
          ? { kind: "go", to: step.failed, on: "failed", state: talking }
          : { kind: "go", to: step.closed, on: "closed", state: talking };
      case "failed":
        return { kind: "go", to: step.failed, on: "failed", state: talking };
    }
  },
};
