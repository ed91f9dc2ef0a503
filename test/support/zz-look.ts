import { readFileSync, mkdirSync } from "node:fs";
import { accessibilityFaults, openBrowser } from "./browser.ts";
const log = readFileSync("/work/team/demo.log", "utf8");
const link = (role: string) => new RegExp(`${role}\\s+(http\\S+)`).exec(log)![1]!;
const out = "/work/team/shots"; mkdirSync(out, { recursive: true });
const role = process.argv[2]!; const paths = process.argv.slice(3);
const b = await openBrowser();
const ctx = await b.newContext({ viewport: { width: 1280, height: 900 } });
const p = await ctx.newPage();
const errors: string[] = [];
p.on("console", (m) => m.type() === "error" && errors.push(m.text()));
p.on("pageerror", (e) => errors.push(String(e)));
import { existsSync } from "node:fs";
const state = `${out}/${role}.json`;
if (existsSync(state)) await ctx.addCookies(JSON.parse(readFileSync(state, "utf8")));
else { await p.goto(link(role)); const { writeFileSync } = await import("node:fs"); writeFileSync(state, JSON.stringify(await ctx.cookies())); }
const base = new URL(link(role)).origin;
console.log("at", p.url());
for (const path of paths) {
  let t = Date.now();
  const url = path === "FIRST" ? await (async () => { await p.goto(base + "/stories"); return (await p.locator('a[href^="/stories/"]').first().getAttribute("href"))!; })() : path;
  t = Date.now();
  const r = await p.goto(base + url);
  const name = `${role}${url.replace(/[^a-z]+/gi, "_").slice(0, 30)}`;
  for (const w of [1280, 768, 375]) {
    await p.setViewportSize({ width: w, height: 900 });
    await p.screenshot({ path: `${out}/${name}-${w}.png`, fullPage: true });
  }
  await p.setViewportSize({ width: 1280, height: 900 });
  console.log(path, r?.status(), await p.title(), Date.now() - t, "ms", await accessibilityFaults(p), errors.splice(0));
}
await b.close();
