/** A real Chromium: the machine's own where there is one, else the one that comes as a package; neither needs root. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { repositoryFile } from "#rehearsal/repository.ts";

const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const args = ["--no-sandbox", "--disable-dev-shm-usage", "--mute-audio"];

/** HEARBACK_TEST_BROWSER=package: the package's even where one is installed. To be closed in `afterAll`. */
export async function openBrowser(): Promise<Browser> {
  const own = installed.find((path) => existsSync(path));
  if (own && process.env.HEARBACK_TEST_BROWSER !== "package")
    return chromium.launch({ executablePath: own, args });
  const folder = await unpackedBrowser();
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(folder, "al2023/lib"),
    FONTCONFIG_PATH: join(folder, "fonts"),
    HOME: folder,
  };
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    args: [...args, "--no-zygote"],
    env,
  });
}

/** Unpacked once a version, and whole: a killed test run leaves nothing that looks finished. */
async function unpackedBrowser(): Promise<string> {
  const bin = repositoryFile("node_modules/@sparticuz/chromium/bin");
  const folder = repositoryFile(".hearback/browser");
  if (existsSync(folder)) return folder;
  const begun = `${folder}.${process.pid}`;
  mkdirSync(begun, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = begun;
  try {
    const { inflate } = await import("@sparticuz/chromium");
    const packed = ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"];
    await Promise.all(packed.map((name) => inflate(join(bin, name))));
    writeFileSync(join(begun, "fonts/fonts.conf"), fontsIn(join(folder, "fonts/fonts")));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  if (existsSync(folder)) rmSync(begun, { recursive: true });
  else renameSync(begun, folder);
  return folder;
}

/** The package's own names folders of a cloud's machine: without fonts no text is drawn, and `innerText` is empty. */
const fontsIn = (folder: string): string =>
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><dir>/usr/share/fonts</dir><cachedir>${folder}-cache</cachedir></fontconfig>
`;

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds against WCAG 2.2 AA and its own good practice, a line each: rule, what it is about, and where. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} })`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${id}: ${help} at ${target.join(" ")}`),
  );
}

/**
 * How wide the page is, once the header has put away what does not fit: it does so a moment after the window changed.
 * @returns pixels; as soon as it is `fits` or less, else after two seconds
 */
export async function settledWidth(page: Page, fits: number): Promise<number> {
  for (const deadline = Date.now() + 2_000; ; ) {
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    if (width <= fits || Date.now() > deadline) return width;
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))");
  }
}
