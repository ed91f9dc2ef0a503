/** The jobs `transcribe` and `transcribe-again`: an engine in trouble costs a story time, never one of its tries. */
import { AppError, messageOf } from "#lib/errors.ts";
import { createEngineGate, type EngineGate, type GateVisit } from "./engine-gate.ts";
import type { SpeechEngine, TranscriptOrder, TranscriptOrders } from "./ports.ts";
import { patience, SpeechTrouble } from "./speech-trouble.ts";
import { type TranscribeOutcome, type TranscribeStories, transcribeStory } from "./transcribe.ts";

export interface TranscribeInTurn extends Omit<TranscribeStories, "engine"> {
  /** Of this name; null: the one that hears new stories. Throws AppError where its settings are wrong or missing. */
  engineOf(name: string | null): SpeechEngine;
  orders: TranscriptOrders;
}

/** @returns "later" where the story was put back: the engine is in trouble, or the process stops */
export type TranscribeInTurnJob = (
  order: TranscriptOrder,
  signal: AbortSignal,
) => Promise<TranscribeOutcome | "later">;

export function createTranscribeInTurn(deps: TranscribeInTurn): TranscribeInTurnJob {
  const gates = new Map<string, EngineGate>();
  const gateOf = (name: string): EngineGate => {
    const gate = gates.get(name) ?? createEngineGate(deps.clock);
    gates.set(name, gate);
    return gate;
  };
  return async (order, signal) => {
    try {
      const visit = await gateOf(order.engine ?? deps.engineOf(null).name).enter(signal);
      return await duringVisit(deps, visit, order, signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      await deps.orders.later(order, 0);
      return "later";
    }
  };
}

async function duringVisit(
  deps: TranscribeInTurn,
  visit: GateVisit,
  order: TranscriptOrder,
  signal: AbortSignal,
): Promise<TranscribeOutcome | "later"> {
  let [answered, engine] = [false, null as SpeechEngine | null];
  let trouble: SpeechTrouble | null = null;
  try {
    engine = engineFor(deps, order);
    const attentive = watched(engine, () => {
      answered = true;
    });
    return await transcribeStory({ ...deps, engine: attentive }, { storyId: order.storyId, signal });
  } catch (thrown) {
    if (!(thrown instanceof SpeechTrouble) || signal.aborted) throw thrown;
    trouble = thrown;
  } finally {
    if (trouble === null) {
      if (answered) visit.answered();
      else visit.left();
    }
  }
  return putBack(deps, { visit, order, engine, trouble });
}

interface Setback {
  visit: GateVisit;
  order: TranscriptOrder;
  /** Null where there is none to ask. */
  engine: SpeechEngine | null;
  trouble: SpeechTrouble;
}

async function putBack(
  { rows, orders, logger }: TranscribeInTurn,
  { visit, order, engine, trouble }: Setback,
): Promise<"failed" | "later"> {
  const because = trouble.code;
  const { storyId } = order;
  const pauseMs = visit.troubled(trouble);
  const tries = await orders.hold(order, { because, blamed: visit.healthy });
  if (engine !== null && visit.healthy && tries >= patience[trouble.kind].triesOfAStory) {
    logger.error({ storyId, engine: engine.name, code: because, tries }, "a story could not be transcribed");
    await rows.failed(storyId, engine, because);
    return "failed";
  }
  const fields = { engine: order.engine ?? engine?.name, code: because, pauseMs, problem: trouble.message };
  logger.warn(fields, "the speech engine is in trouble; stories wait");
  await orders.later(order, pauseMs);
  return "later";
}

function engineFor(deps: TranscribeInTurn, { engine }: TranscriptOrder): SpeechEngine {
  try {
    return deps.engineOf(engine);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    throw new SpeechTrouble("misconfigured", messageOf(thrown));
  }
}

const watched = (engine: SpeechEngine, onAnswer: () => void): SpeechEngine => ({
  ...engine,
  transcribe: async (samples, signal) => {
    const answer = await engine.transcribe(samples, signal);
    onAnswer();
    return answer;
  },
});
