import { expect, test } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";
import { findSpeech } from "#transcript/voice-activity.ts";
import { findSpeechInThread } from "#transcript/voice-activity-thread.ts";
import { readSamples } from "../../support/heard.ts";

const story = (n: number) => readSamples(repositoryFile(`src/rehearsal/people/stories/story-0${n}.wav`));

test("stories that are looked at side by side each get their own speech, as without a thread", async () => {
  const stories = [1, 2, 3].map(story);
  const found = await Promise.all(stories.map(findSpeechInThread));
  expect(found).toEqual(stories.map((samples) => findSpeech(samples)));
  expect(found[0]).not.toEqual(found[1]);
  expect(found[0]!.length).toBeGreaterThan(0);
});

test("one that cannot be looked at is refused, and those after it are not", async () => {
  const nothing = null as unknown as Int16Array;
  const [bad, good] = await Promise.allSettled([findSpeechInThread(nothing), findSpeechInThread(story(1))]);
  expect(bad.status).toBe("rejected");
  expect(good).toMatchObject({ status: "fulfilled", value: findSpeech(story(1)) });
});
