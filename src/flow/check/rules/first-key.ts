import { edgesOf } from "../../edges.ts";
import { languagesOf } from "../languages.ts";
import type { Checked, Found, Rule } from "../rule.ts";
import { waitsForCaller } from "../silent.ts";
import { speechMs } from "../speech-length.ts";

const mostMs = 12_000;

/**
 * Nobody is talked at for longer than 12 s before a key of theirs answers anything.
 *
 * What counts: all that is said, pauses included, by steps that only speak (`play` and its like), one after another, from
 * the beginning of the call or from the caller's last key, up to the first step that takes a key or a story; along the
 * longest way, in the slowest language. What does not: the words of that step itself, whose keys act from their first
 * word; and words after which no question comes (a goodbye), because there no key is waited for.
 */
export const lateKey: Rule = {
  name: "late-first-key",
  about: "More than 12 seconds are said before the first key that answers anything.",
  follows: true,
  find: (checked) => {
    if (!checked.prompts) return [];
    return languagesOf(checked.flow, checked.prompts).flatMap((language) => tooLate(checked, language));
  },
};

interface Way {
  ms: number;
  steps: readonly string[];
}

function tooLate(checked: Checked, language: string): Found[] {
  const { flow, source } = checked;
  const before = longestBefore(checked, language);
  return Object.entries(flow.steps).flatMap(([name, step]) => {
    if (!waitsForCaller(step)) return [];
    const { ms, steps } = before(name);
    if (ms <= mostMs) return [];
    const said = `${(ms / 1000).toFixed(1)} s are said (${steps.join(", ")})`;
    return [
      {
        at: source.at(["steps", steps.at(-1)!, "say"]),
        what: `${said} before the first key of "${name}" acts, more than 12 s, in ${language}`,
        instead: "say less, or let a key be pressed in between",
      },
    ];
  });
}

/** The longest speech on any way to a step since the last that waited for the caller. */
function longestBefore(checked: Checked, language: string): (name: string) => Way {
  const { flow } = checked;
  const names = Object.keys(flow.steps);
  const none: Way = { ms: 0, steps: [] };
  const known = new Map<string, Way>();
  const before = (name: string): Way => {
    const told = known.get(name);
    if (told) return told;
    known.set(name, none); // a circle is another rule's
    const ways = names.flatMap((other): Way[] => {
      const step = flow.steps[other]!;
      if (waitsForCaller(step) || !edgesOf(flow, other).some(({ to }) => to === name)) return [];
      const { ms, steps } = before(other);
      const said = "say" in step ? speechMs(step.say, language, checked) : 0;
      return [{ ms: ms + said, steps: said > 0 ? [...steps, other] : steps }];
    });
    const longest = ways.reduce((best, way) => (way.ms > best.ms ? way : best), none);
    known.set(name, longest);
    return longest;
  };
  return before;
}
