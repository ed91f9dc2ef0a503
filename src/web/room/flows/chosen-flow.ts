/** A flow as the callers of one release meet it. */
import type { Flow } from "#flow/definition.ts";
import type { SpokenRelease, SpokenReleases } from "./ports.ts";

export interface ChosenFlow {
  flow: Flow;
  voice: SpokenRelease;
}

/**
 * Of the chosen release; where that has none such, or none is chosen, of the live one, else of the one on trial. Null:
 * nobody meets it.
 */
export async function chosenFlow(
  spoken: SpokenReleases,
  userId: string,
  of: { flow: string; release: number | null },
): Promise<ChosenFlow | null> {
  const places = [
    ...(of.release === null ? [] : [() => spoken.of(userId, of.release)]),
    () => spoken.of(userId, null),
    () => spoken.canary(userId),
  ];
  for (const look of places) {
    const voice = await look();
    const flow = voice?.flows.get(of.flow);
    if (voice && flow) return { voice, flow };
  }
  return null;
}
