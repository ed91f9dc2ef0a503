import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { repositoryFile } from "#rehearsal/repository.ts";

/** What is said in each sound of people/stories/: the reference for word error rates. */
export function storyTexts(): ReadonlyMap<string, string> {
  const { stories } = parse(readFileSync(repositoryFile("src/rehearsal/people/stories/stories.yaml"), "utf8")) as {
    stories: { id: string; text: string }[];
  };
  return new Map(stories.map(({ id, text }) => [id, text]));
}

/** The twelve that stand for all: story-01 to story-12. */
export const isOneOfTheTwelve = (id: string): boolean => /^story-\d\d$/.test(id);
