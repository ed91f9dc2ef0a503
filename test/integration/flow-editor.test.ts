/** A flow changed, checked, tried and saved in the browser's form; all of it without a script. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

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

const plain = (html: string): string =>
  html
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
const textOf = (html: string): string =>
  plain(/<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(html)?.[1] ?? "");
const hidden = (html: string, name: string): string =>
  plain(new RegExp(`type="hidden" name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "");
const tight = (html: string): string =>
  plain(html.replace(/<(script|style|textarea)[\s\S]*?<\/\1>/g, "").replace(/<[^>]+>/g, " ")).replace(
    /\s+/g,
    " ",
  );

const edit = "/flows/fft/edit";
async function opened(visitor: Visitor) {
  const { text: html } = await visitor.get(edit);
  return { html, text: textOf(html), hash: hidden(html, "hash") };
}

describe("the editor of flows", () => {
  it("shows the draft's text as it is, and that nothing is wrong with it", async () => {
    const { html, text } = await opened(tess);
    expect(text).toContain("flow: fft\ntitle: NHS Friends and Family Test\n");
    expect(tight(html)).toContain("No fault was found in this flow.");
    expect((await tess.get("/flows/none/edit")).status).toBe(404);
  });

  it("tells each fault with its line and what to write instead, and keeps what was typed", async () => {
    const { text, hash } = await opened(tess);
    const broken = text.replace("next: question\n", "next: qestion\n");
    const answer = await tess.post(edit, { text: broken.replaceAll("\n", "\r\n"), hash, act: "check" });
    const line = broken.split("\n").findIndex((row) => row.includes("qestion")) + 1;
    expect(tight(answer.text)).toContain(`Line ${line}`);
    expect(tight(answer.text)).toContain('"qestion"');
    expect(textOf(answer.text)).toBe(broken);
    const asked = JSON.parse((await tess.post("/flows/fft/check", { text: broken })).text);
    expect(asked.faults[0]).toMatchObject({ line, rule: "unknown-step", level: "fault" });
    expect(asked.completions.steps).toEqual(expect.arrayContaining(["question", "read-back", "end"]));
    expect(asked.completions.prompts["fft-question"]).toContain("how was your experience");
  });

  it("stands any text: no flow, nothing, tags", async () => {
    const { hash } = await opened(tess);
    for (const text of ["", "</textarea><script>alert(1)</script>", "flow: [", "a: &b [*b]"]) {
      const answer = await tess.post(edit, { text, hash, act: "check" });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain("<script>alert");
      expect(tight(answer.text)).toContain("It cannot be tried before its faults are mended.");
    }
  });

  it("tries the text beside it, before it is saved: words, keys, silence, hang-up", async () => {
    const { text, hash } = await opened(tess);
    const changed = text.replace("next: welcome }", "next: question }");
    const first = await tess.post(edit, { text: changed, hash, acts: "", press: "1" });
    const page = tight(first.text);
    expect(page).toContain("“Hello.");
    expect(page).toMatch(/question “Overall, how was your experience/);
    expect(page).not.toMatch(/welcome “/);
    expect(hidden(first.text, "acts")).toBe("1");
    const then = await tess.post(edit, { text: changed, hash, acts: "1", press: "2" });
    expect(tight(then.text)).toContain("The caller is in read-back . What do they do?");
    expect(tight(then.text)).toContain("Answers so far: rating 2");
    const over = await tess.post(edit, { text: changed, hash, acts: "1,2", press: "hang-up" });
    expect(tight(over.text)).toContain("The call is over. It would count as “partial”.");
  });

  it("tries the keys to languages where they are offered, and tells what is said in each", async () => {
    const asked = async (more: string) => (await tess.get(`/flows/fft/try?acts=5${more}`)).text;
    const welsh = /<span lang="cy-GB">([^<]*)<\/span>/g;
    const without = await asked("");
    expect([...without.matchAll(welsh)]).toEqual([]);
    expect(tight(without), "the key does nothing").toContain("The caller is in greeting . What do they do?");
    const offered = await asked("&offer-cy-GB=yes");
    expect(tight(offered)).toContain("Hello.");
    expect([...offered.matchAll(welsh)].map(([, words]) => plain(words!)).join(" ")).toMatch(
      /Am Gymraeg, pwyswch 5\..* Helo\./s,
    );
    expect(offered).toMatch(/name="offer-cy-GB" value="yes" checked>/);
    expect(offered, "the call's own").toMatch(/name="offer-en-GB" value="yes" checked disabled>/);
    const back = await asked("&press=6&offer-en-GB=yes&language=cy-GB");
    expect(back).toMatch(/<span lang="cy-GB">Helo/);
    const { text, hash } = await opened(tess);
    const beside = await tess.post(edit, { text, hash, acts: "", press: "5", "offer-cy-GB": "yes" });
    expect(beside.text).toMatch(/<span lang="cy-GB">Helo/);
    expect(beside.text).toMatch(/name="offer-cy-GB" value="yes" checked>/);
  });

  it("saves into the draft, once each, and takes the last save back; the audit has both", async () => {
    const { text, hash } = await opened(tess);
    const changed = text.replace("title: NHS Friends and Family Test", "title: Our survey");
    const saved = await tess.post(edit, { text: changed, hash, act: "save" });
    expect(saved.headers.location).toBe(`${edit}?done=saved`);
    expect((await opened(tess)).text).toBe(changed);
    expect(tight((await tess.get("/flows/fft")).text), "calls go on as they were").toContain(
      "NHS Friends and Family Test",
    );
    const seen = hidden((await tess.get(edit)).text, "seen");
    expect((await tess.post(edit, { text: changed, act: "undo", seen })).headers.location).toBe(
      `${edit}?done=undone`,
    );
    expect((await opened(tess)).text).toBe(text);
    const { rows } = await db.pool.query(
      "select action, who_name from housekeeping.audit_entry where action like 'release-%' order by n",
    );
    expect(rows).toEqual([
      { action: "release-save", who_name: "Tess Example" },
      { action: "release-undo", who_name: "Tess Example" },
    ]);
  });

  it("loses nobody's work where two save: the second is told who was first, and chooses", async () => {
    const [mine, theirs] = [await opened(tess), await opened(tom)];
    await tom.post(edit, {
      text: theirs.text.replace("title: NHS", "title: Tom's NHS"),
      hash: theirs.hash,
      act: "save",
    });
    const my = mine.text.replace("title: NHS", "title: Tess's NHS");
    const refused = await tess.post(edit, { text: my, hash: mine.hash, act: "save" });
    expect(refused.status).toBe(409);
    expect(tight(refused.text)).toMatch(
      /Not saved : Tom Example saved this flow on .* Nothing of yours is lost/,
    );
    expect(refused.text).toContain("title: Tom&#39;s NHS");
    expect(textOf(refused.text)).toBe(my);
    const over = await tess.post(edit, {
      ...{
        text: my,
        hash: hidden(refused.text, "hash"),
        theirs: hidden(refused.text, "theirs"),
        act: "save-over",
      },
    });
    expect(over.headers.location).toBe(`${edit}?done=saved`);
    expect((await opened(tom)).text).toBe(my);
  });
});

describe("the try-out page", () => {
  it("walks by its address alone, and says how the call would count", async () => {
    const asked = tight((await tess.get("/flows/fft/try?acts=1,2,1,story,%23,1,1")).text);
    expect(asked).toContain("The call is over. It would count as “completed”.");
    expect(asked).toContain("Answers so far: rating 2, shareConsent true");
    const nobody = tight((await tess.get("/flows/fft/try?acts=silence,silence&press=silence")).text);
    expect(nobody).toContain("It would count as “no response”.");
    expect((await tess.get("/flows/none/try")).status).toBe(404);
    expect((await tess.get(`/flows/fft/try?acts=${"x,".repeat(500)}&language=xx`)).status).toBe(200);
  });
});

describe("a prompt's sound", () => {
  it("is played as on a telephone, and nothing else is", async () => {
    const heard = await tess.get("/flows/sounds/folders/en-GB/hello.wav");
    expect(heard.headers["content-type"]).toBe("audio/wav");
    expect(heard.bytes.toString("latin1", 0, 4)).toBe("RIFF");
    expect((await tess.get("/flows/fft/steps/question")).text).toContain(
      "/flows/sounds/folders/en-GB/fft-question.wav",
    );
    for (const path of [
      "folders/en-GB/none.wav",
      "folders/en-GB/..%2f..%2fsecret.wav",
      "folders/..%2f/hello.wav",
    ])
      expect((await tess.get(`/flows/sounds/${path}`)).status, path).toBe(404);
  });
});
