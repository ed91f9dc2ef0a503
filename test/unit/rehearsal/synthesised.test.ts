import { expect, test } from "vitest";
import { taskFor } from "#rehearsal/voices/synthesised.ts";

const spoken = { hello: { text: "Hello.", sha256: "aa" } };
const hello = { id: "hello", text: "Hello.", sha256: "aa", spoken, again: false };

test("a prompt without a sound is spoken, even if it had one", () => {
  expect(taskFor({ ...hello, sha256: undefined })).toBe("speak");
  expect(taskFor({ ...hello, id: "new", sha256: undefined })).toBe("speak");
});

test("what was spoken with the same words is kept, until all is to be spoken again", () => {
  expect(taskFor(hello)).toBe("keep");
  expect(taskFor({ ...hello, again: true })).toBe("speak");
});

test("changed words are spoken", () => {
  expect(taskFor({ ...hello, text: "Good day." })).toBe("speak");
});

test("a person's recording is left alone, whatever is asked", () => {
  const theirs = { ...hello, sha256: "bb", text: "Good day.", again: true };
  expect(taskFor(theirs)).toBe("leave-a-persons");
  expect(taskFor({ ...theirs, id: "never-spoken-here" })).toBe("leave-a-persons");
});
