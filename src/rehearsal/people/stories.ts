import { readSpeeches } from "./stories/speeches.ts";

/** What is said in each sound of people/stories/: the reference for word error rates. */
export const storyTexts = async (): Promise<ReadonlyMap<string, string>> =>
  new Map((await readSpeeches()).map(({ id, text }) => [id, text]));

/** The twelve that stand for all: story-01 to story-12. */
export const isOneOfTheTwelve = (id: string): boolean => /^story-\d\d$/.test(id);
