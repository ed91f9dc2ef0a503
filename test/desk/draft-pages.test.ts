/** Every file of the draft on pages, without a script: changed, tested, checked, put back; nobody's work is lost. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hidden, links, tight, typedIn } from "../support/page-text.ts";
import { publishDraft, sam, shippedFiles, uncheckedDesk } from "../support/releases.ts";
import { type Answered, type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let tess: Visitor;
let tom: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  tess = await room.visitor("telecoms", "Tess Example");
  tom = await room.visitor("telecoms", "Tom Example");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});
beforeEach(() => uncheckedDesk(db.pool).discard(sam));

const files = "/releases/draft/files";
async function opened(visitor: Visitor, address: string) {
  const { text: html } = await visitor.get(address);
  return { html, text: typedIn(html), hash: hidden(html, "hash"), seen: hidden(html, "seen") };
}
/** Opened, changed and saved, as somebody does it. */
async function changed(
  visitor: Visitor,
  address: string,
  from: string | RegExp,
  to: string,
): Promise<string> {
  const { text, hash } = await opened(visitor, address);
  const typed = text.replace(from, to);
  expect(typed, `${address} has ${from}`).not.toBe(text);
  const saved = await visitor.post(address, { text: typed, hash, act: "save" });
  expect(saved.headers.location).toBe(`${address}?done=saved`);
  return typed;
}
const draftFiles = async (): Promise<ReleaseFiles> => (await uncheckedDesk(db.pool).draft()).files;
const rowOf = (html: string, path: string): string =>
  tight((html.match(/<tr[\s\S]*?<\/tr>/g) ?? []).find((row) => row.includes(`<code>${path}</code>`)) ?? "");

describe("the files of the draft", () => {
  it("are all listed with what each changes for calls, its faults, and who saved it", async () => {
    const { text } = await tess.get(files);
    const written = [...shippedFiles().keys()].filter((path) => /\.(yaml|conf)$/.test(path));
    expect(written.length).toBeGreaterThan(20);
    for (const path of written) expect(rowOf(text, path), path).toContain("As calls have it");
    await changed(tess, `${files}/asterisk/hooks.conf`, /$/, "; a note\n[loose\n");
    const after = (await tom.get(files)).text;
    expect(rowOf(after, "asterisk/hooks.conf")).toMatch(/Changed .*[1-9]\d* faults? .*Tess Example/);
    for (const link of links(after).filter((href) => /^\/(flows|releases\/draft\/files)\//.test(href)))
      expect((await tess.get(link)).status, link).toBeLessThan(400);
  });

  it("begin a flow from a small one or from a copy, whole: no fault, every branch tested", async () => {
    const named = await tess.post(`${files}/new-flow`, { name: "Ward Round", title: "x", from: "" });
    expect([named.status, tight(named.text).includes("Enter a name of a-z")]).toEqual([400, true]);
    for (const [name, from] of [
      ["ward-round", ""],
      ["ward-visit", "appointment"],
    ] as const) {
      const made = await tess.post(`${files}/new-flow`, { name, title: `The "${name}"`, from });
      expect(made.headers.location).toBe(`/flows/${name}/edit?done=made`);
      const { html, text, hash } = await opened(tess, `/flows/${name}/edit`);
      expect(text).toContain(`flow: ${name}\ntitle: "The \\"${name}\\""\n`);
      expect(tight(html)).toContain("No fault was found in this flow.");
      const ran = await tess.post(`/flows/${name}/edit`, { text, hash, act: "run" });
      expect(tight(ran.text)).toMatch(/All \d+ calls went as written, and every branch is walked\./);
    }
    const twice = await tess.post(`${files}/new-flow`, { name: "ward-round", title: "x", from: "" });
    expect(tight(twice.text)).toContain("There is a flow named ward-round already");
  });

  it("are taken out with their tests, and put back from their saves", async () => {
    await changed(tess, "/flows/running-late/edit", "title: ", "title: My ");
    const { text } = await tess.get(`${files}/remove?path=flows/running-late.yaml`);
    expect(tight(text)).toContain("Its tests go with it");
    const hashes = [...text.matchAll(/name="hash" value="(\w+)"/g)].map(([, hash]) => hash!);
    const stale = { path: "flows/running-late.yaml", hash: [hashes[0]!, "0".repeat(64)] };
    expect((await tess.post(`${files}/remove`, stale)).headers.location).toBe(`${files}?done=kept`);
    const gone = await tess.post(`${files}/remove`, { path: "flows/running-late.yaml", hash: hashes });
    expect(gone.headers.location).toBe(`${files}?done=removed`);
    expect([...(await draftFiles()).keys()].filter((path) => path.startsWith("flows/running-late"))).toEqual(
      [],
    );
    expect(rowOf((await tess.get(files)).text, "flows/running-late.test.yaml")).toContain("Taken out");
    const saves = await tess.get(`${files}/flows/running-late.yaml/saves`);
    const [version] = [...saves.text.matchAll(/name="version" value="(\w+)"/g)].map(([, hash]) => hash!);
    const back = await tom.post(`${files}/flows/running-late.yaml/saves`, { seen: "", version: version! });
    expect(back.headers.location).toBe("/flows/running-late/edit?done=restored");
    expect((await opened(tess, "/flows/running-late/edit")).text).toContain("title: My ");
  });
});

describe("flow tests", () => {
  const tests = `${files}/flows/fft.test.yaml`;
  it("are run as they are typed, and told: what was expected, what came, which branch none takes", async () => {
    const { text, hash } = await opened(tess, tests);
    const fine = await tess.post(tests, { text, hash, act: "run" });
    expect(tight(fine.text)).toMatch(/All \d+ calls went as written, and every branch is walked/);
    const wrong = text.replace("rating: 1", "rating: 2");
    const ran = await tess.post(tests, { text: wrong, hash, act: "run" });
    expect(tight(ran.text)).toMatch(/1 of \d+ calls went otherwise than written/);
    expect(tight(ran.text)).toMatch(/Where Step \S+, line \d+ Expected .*2.* But .*1/);
    expect(typedIn(ran.text), "nothing typed is lost").toBe(wrong);
    const calls = text.slice(0, text.indexOf("\n  - name:", text.indexOf("- name:") + 10) + 1);
    const few = await tess.post(tests, { text: calls, hash, act: "run" });
    expect(tight(few.text)).toMatch(/No call goes this way yet.* Step review, key 4, to story-deleted/);
  });

  it("show what a changed flow breaks, with the way to the line that expects it", async () => {
    const { text, hash } = await opened(tess, "/flows/fft/edit");
    const typed = text.replace('{ key: "2", next: hear-story }', '{ key: "7", next: hear-story }');
    const ran = await tess.post("/flows/fft/edit", { text: typed, hash, act: "run" });
    const link = links(ran.text).find((href) => href.startsWith(`${tests}?line=`))!;
    const { html } = await opened(tess, link);
    expect(tight(html)).toMatch(/Line \d+ reads: /);
  });
});

describe("a dialplan", () => {
  it("is edited with the guard's and the linter's findings at their lines", async () => {
    const address = `${files}/asterisk/hooks.conf`;
    const { text, hash } = await opened(tess, address);
    expect(tight((await tess.get(address)).text)).toContain("No fault was found in this file.");
    const typed = text.replace(
      /(\[before-inbound\]\n(?:.*\n)*?)(exten|same)/,
      "$1exten => 5,1,System(ls)\n$2",
    );
    expect(typed).not.toBe(text);
    const line = typed.split("\n").findIndex((row) => row.includes("System(ls)")) + 1;
    const told = await tess.post(address, { text: typed, hash, act: "check" });
    expect(tight(told.text)).toContain(`Line ${line} `);
    const asked = JSON.parse((await tess.post(`${address}/check`, { text: typed })).text);
    expect(asked.faults).toContainEqual(expect.objectContaining({ line, level: "fault" }));
    expect(asked.status).toMatch(/^\d+ faults?\. It can be saved, and not published\./);
  });

  it("tells of a trunk what is wrong with its numbers", async () => {
    const address = `${files}/asterisk/trunks.conf`;
    const typed = `${(await opened(tess, address)).text}[northfield]\ntype = trust\ncaller = 01632 960000\n`;
    const asked = JSON.parse((await tess.post(`${address}/check`, { text: typed })).text);
    expect(asked.faults.map(({ line }: { line: number }) => line)).toContain(typed.split("\n").length - 1);
  });
});

describe("the words of a prompt", () => {
  const words = "/prompts/words/goodbye";
  it("are changed in both languages, and nothing else of the manifest, comments too", async () => {
    const before = new TextDecoder().decode((await draftFiles()).get("prompts/manifest.yaml"));
    const { html } = await opened(tess, words);
    const typed = { "text-en-GB": 'Good "bye",\r\n  now.', "text-cy-GB": "Hwyl nawr.", notes: "" };
    const saved = await tess.post(words, { ...typed, seen: hidden(html, "seen"), act: "save" });
    expect(saved.headers.location).toBe(`${words}?done=saved`);
    const after = new TextDecoder().decode((await draftFiles()).get("prompts/manifest.yaml"));
    const differing = after.split("\n").filter((line, i) => line !== before.split("\n")[i]);
    expect(differing.join("\n")).toContain('"Good \\"bye\\", now."');
    expect(differing.length).toBeLessThan(3);
    expect(tight((await tess.get(words)).text), "the sound is the old one").toMatch(
      /Goodbye says other words/,
    );
    const noted = await opened(tess, words);
    await tess.post(words, { ...typed, notes: "warmly", seen: hidden(noted.html, "seen"), act: "save" });
    expect((await tess.get("/prompts/en-GB/goodbye")).text).toContain("For the speaker: warmly");
  });

  it("are lost by nobody: whoever is second sees theirs beside their own", async () => {
    const [mine, theirs] = [await opened(tess, words), await opened(tom, words)];
    const other = await opened(tom, "/prompts/words/hello");
    await tom.post("/prompts/words/hello", {
      "text-en-GB": "Hi.",
      seen: hidden(other.html, "seen"),
      act: "save",
    });
    await tom.post(words, { "text-en-GB": "Tom says bye.", seen: hidden(theirs.html, "seen"), act: "save" });
    const form = { "text-en-GB": "Tess says bye.", seen: hidden(mine.html, "seen") };
    const refused = await tess.post(words, { ...form, act: "save" });
    expect(refused.status).toBe(409);
    expect(tight(refused.text)).toContain("Tom says bye.");
    expect(refused.text).toContain("Tess says bye.");
    const over = await tess.post(words, {
      ...form,
      theirs: hidden(refused.text, "theirs"),
      act: "save-over",
    });
    expect(over.headers.location).toBe(`${words}?done=saved`);
    const now = new TextDecoder().decode((await draftFiles()).get("prompts/manifest.yaml"));
    expect([now.includes("Tess says bye."), now.includes("Hi.")]).toEqual([true, true]);
  });

  it("are begun for a new prompt", async () => {
    expect((await tess.post("/prompts/words", { id: "No Id" })).headers.location).toBe(
      "/prompts?wrong=id#new",
    );
    const made = await tess.post("/prompts/words", { id: "ward-closed" });
    expect(made.headers.location).toBe("/prompts/words/ward-closed?done=added");
    const { html } = await opened(tess, "/prompts/words/ward-closed");
    await tess.post("/prompts/words/ward-closed", {
      ...{ "text-en-GB": "The ward is closed.", seen: hidden(html, "seen"), act: "save" },
    });
    const { text } = await tess.get("/prompts/en-GB/ward-closed");
    expect(tight(text)).toContain("The ward is closed.");
  });
});

describe("saves", () => {
  it("are listed with who, when and what each changed, and any is put back", async () => {
    const address = "/flows/ring-back/edit";
    const first = (await opened(tess, address)).text;
    await changed(tess, address, "title: ", "title: One ");
    await changed(tom, address, "title: One", "title: Two");
    const saves = await tess.get(`${files}/flows/ring-back.yaml/saves`);
    expect(tight(saves.text)).toMatch(
      /Tom Example.*- title: One .*\+ title: Two .*Tess Example.*as it lay in the folders/,
    );
    const version = hashOf(new TextEncoder().encode(first));
    const seen = hidden(saves.text, "seen");
    const late = await tess.post(`${files}/flows/ring-back.yaml/saves`, { seen: "0".repeat(64), version });
    expect(late.status).toBe(409);
    await tess.post(`${files}/flows/ring-back.yaml/saves`, { seen, version });
    expect((await opened(tess, address)).text).toBe(first);
    for (const path of ["flows/none.yaml", "flows/..%2fx", "prompts/secret.wav"])
      expect((await tess.get(`${files}/${path}/saves`)).status, path).toBe(404);
    const other = hashOf((await draftFiles()).get("flows/fft.yaml")!);
    const foreign = await tess.post(`${files}/flows/ring-back.yaml/saves`, { seen, version: other });
    expect(foreign.status, "of another file").toBe(404);
  });

  it("are taken back as they were seen, never whosever is the last", async () => {
    await changed(tess, "/flows/fft/edit", "title: ", "title: Tess's ");
    const page = await tess.get("/releases/draft");
    await changed(tom, `${files}/asterisk/rtp.conf`, /$/, "; Tom's\n");
    const seen = hidden(page.text, "seen");
    const back = await tess.post("/releases/draft/undo", { seen });
    expect(back.headers.location).toBe("/releases/draft?done=undo");
    const text = (path: string, of: ReleaseFiles) => new TextDecoder().decode(of.get(path));
    const now = await draftFiles();
    expect(text("asterisk/rtp.conf", now)).toContain("; Tom's");
    expect(text("flows/fft.yaml", now)).not.toContain("Tess's");
    expect((await tess.post("/releases/draft/undo", { seen })).headers.location).toContain("undo-missing");
  });

  it("are not taken back from under somebody who saved over them, nor with what is typed and not saved", async () => {
    await changed(tess, "/flows/fft/edit", "title: ", "title: Tess's ");
    const mine = await opened(tess, "/flows/fft/edit");
    const typed = mine.text.replace("title: Tess's", "title: Typed");
    const kept = await tess.post("/flows/fft/edit", { ...mine, html: "", text: typed, act: "undo" });
    expect([kept.status, typedIn(kept.text)]).toEqual([409, typed]);
    await changed(tom, "/flows/fft/edit", "title: Tess's", "title: Tom's");
    const page = await tess.get("/releases/draft");
    const covered = await tess.post("/releases/draft/undo", { seen: mine.seen });
    expect(covered.headers.location).toContain("undo-covered");
    const own = (await opened(tess, "/flows/fft/edit")).text;
    const told = await tess.post("/flows/fft/edit", { text: own, seen: mine.seen, act: "undo" });
    expect(tight(told.text)).toContain("Tom Example saved flows/fft.yaml after that save");
    expect(hidden(page.text, "seen")).not.toBe(mine.seen);
  });

  it("of two at once: the second is refused, with both texts", async () => {
    const address = `${files}/asterisk/rtp.conf`;
    const mine = await opened(tess, address);
    await changed(tom, address, /$/, "; Tom's line\n");
    const typed = `${mine.text}; Tess's line\n`;
    const refused = await tess.post(address, { text: typed, hash: mine.hash, act: "save" });
    expect([refused.status, typedIn(refused.text)]).toEqual([409, typed]);
    expect(tight(refused.text)).toMatch(/Tom Example saved this file.*; Tom's line/);
    expect(tight(refused.text)).toMatch(/- ; Tess's line \+ ; Tom's line/);
  });
});

describe("the whole check", () => {
  it("leads from each fault to where it is mended", async () => {
    await changed(tess, "/flows/fft/edit", "next: question\n", "next: qestion\n");
    await changed(tess, `${files}/asterisk/hooks.conf`, /$/, "[loose\n");
    const { html } = await opened(tess, "/prompts/words/goodbye");
    await tess.post("/prompts/words/goodbye", {
      "text-en-GB": "Ta.",
      seen: hidden(html, "seen"),
      act: "save",
    });
    const { text } = await tess.get("/releases/draft?check=1");
    const found = links(text);
    expect(found.some((href) => /^\/flows\/fft\/edit\?line=\d+&column=\d+#text$/.test(href))).toBe(true);
    expect(found.some((href) => /^\/releases\/draft\/files\/asterisk\/hooks.conf\?line=\d+/.test(href))).toBe(
      true,
    );
    expect(found).toContain("/prompts/words/goodbye");
    for (const href of found.filter((one) => one.includes("?line=")))
      expect(tight((await tess.get(href)).text), href).toMatch(/Line \d+ reads: /);
  });
});

describe("a try-out", () => {
  it("speaks of the list's fields, in the language asked for, and tells what it cannot read", async () => {
    const asked = (more: string): Promise<Answered> => tess.get(`/flows/appointment/try?acts=1${more}`);
    const nothing = tight((await asked("")).text);
    const given = tight((await asked("&field-appointment=2026-12-03+10:30")).text);
    expect(given).toContain("Thursday");
    expect(nothing).not.toContain("Thursday");
    expect(tight((await asked("&field-appointment=soon")).text)).toContain("This is not one");
    expect(tight((await asked("&field-appointment=2026-12-03+10:30&language=cy-GB")).text)).toContain("Iau");
    const { text, hash } = await opened(tess, "/flows/appointment/edit");
    const beside = { text, hash, acts: "1", "field-appointment": "2026-12-03 10:30", language: "cy-GB" };
    const edited = await tess.post("/flows/appointment/edit", { ...beside, press: "1" });
    expect(tight(edited.text)).toContain("Answers so far: reply confirmed");
    expect(edited.text).toContain('value="2026-12-03 10:30"');
  });
});

describe("after a roll-back", () => {
  it("offers a draft of what was rolled back, and asks before one that was begun on it is published", async () => {
    const desk = uncheckedDesk(db.pool);
    await changed(tess, "/flows/fft/edit", "title: ", "title: First ");
    await desk.approve(await publishDraft(db.pool), sam);
    await changed(tess, "/flows/fft/edit", "title: First", "title: Second");
    const second = await publishDraft(db.pool);
    await desk.approve(second, sam);
    await changed(tess, `${files}/asterisk/rtp.conf`, /$/, "; mine\n");
    await desk.rollback(null, "it was worse", sam);

    const draft = await tess.get("/releases/draft");
    expect(tight(draft.text)).toContain(`Release ${second} was rolled back`);
    const digest = hidden(draft.text, "digest");
    await desk.keepWalk({ digest, passed: true, by: sam, report: [] });
    expect(await desk.publish({ note: "n", digest }, sam)).toMatchObject({
      ...{ kind: "refused", obstacles: [expect.stringContaining("was rolled back since")] },
    });
    const refused = await tess.post("/releases/draft/begin", { release: String(second) });
    expect([refused.status, tight(refused.text).includes("changes one file already")]).toEqual([409, true]);

    const late = await tess.post("/releases/draft/discard", { digest: "of before" });
    expect(late.headers.location).toBe("/releases/draft?done=discard-changed");
    await tess.post("/releases/draft/discard", { digest });
    const offered = await tess.get("/releases?done=rollback");
    expect(tight(offered.text)).toContain(`Make a draft of release ${second}`);
    const begun = await tess.post("/releases/draft/begin", { release: hidden(offered.text, "release") });
    expect(begun.headers.location, tight(begun.text)).toBe("/releases/draft?done=begun");
    const { basedOn, baseWithdrawn, changes } = await desk.draft();
    expect({ basedOn, baseWithdrawn, paths: changes.map(({ path }) => path) }).toEqual({
      ...{ basedOn: second - 1, baseWithdrawn: false, paths: ["flows/fft.yaml"] },
    });
    expect((await opened(tess, "/flows/fft/edit")).text).toContain("title: Second");
  });
});
