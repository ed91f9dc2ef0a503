import type { Rule } from "../rule.ts";

/** The first place that fits is taken: one without a condition fits always. */
export const carryOnOrder: Rule = {
  name: "carry-on-order",
  about: "A place to carry on at is never taken, because one before it fits always.",
  find: ({ flow, source }) => {
    const places = flow.carryOn ?? [];
    const always = places.findIndex(({ without }) => without === undefined);
    if (always < 0 || always === places.length - 1) return [];
    return [
      {
        at: source.at(["carryOn", always]),
        what: `this place fits always, so that what is behind it is never taken`,
        instead: "add without: rating or story, or put it last",
      },
    ];
  },
};
