// Tests of the report's pages in headless Chromium, from `file://`, as a reader opens them.
//
//   node run.mjs FOLDER [--only WORD] [--pictures FOLDER]
//
// FOLDER holds the pages that `cargo run -p likewise-scenarios --example pages` makes: failing.html, hostile.html,
// held.html and large.html. Needs playwright-core and axe-core beside it or on NODE_PATH, and Chromium.

import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { tests } from "./tests.mjs";

const require = createRequire(import.meta.url);
const CHROMIUMS = [process.env.LIKEWISE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** The modules lie where the gate installs them: `import` does not look there, `require` does. */
function load(name) {
  const folder = process.env.LIKEWISE_NODE_MODULES;
  return require(folder ? resolve(folder, name) : name);
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : process.argv[at + 1];
}

const { chromium } = load("playwright-core");
const axe = readFileSync(require.resolve(process.env.LIKEWISE_NODE_MODULES ? resolve(process.env.LIKEWISE_NODE_MODULES, "axe-core") : "axe-core"), "utf8");
const folder = resolve(process.argv[2] ?? ".");
const only = option("--only");
const pictures = option("--pictures");

/** A page as a reader has it; whatever it asks of a network, or complains of, is remembered. */
async function open(browser, file, { hash = "", width = 1280, scheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  const seen = { requests: [], complaints: [] };
  page.on("request", (request) => request.url().startsWith("file:") || seen.requests.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error.stack)));
  page.on("dialog", (dialog) => (seen.complaints.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  const began = performance.now();
  await page.goto(`${pathToFileURL(resolve(folder, file))}${hash}`);
  // Not `waitForFunction`: the page's policy forbids what that evaluates.
  await page.locator("html[data-ready=yes]").waitFor({ state: "attached", timeout: 20_000 });
  return Object.assign(page, { seen, tookMillis: performance.now() - began, axe });
}

const executablePath = CHROMIUMS.find((path) => path && existsSync(path));
if (!executablePath) {
  console.error("no Chromium was found; name one in LIKEWISE_CHROMIUM");
  process.exit(2);
}
const browser = await chromium.launch({ executablePath, args: FLAGS });
let failed = 0;
let ran = 0;
for (const [name, test] of Object.entries(tests)) {
  if (only && !name.includes(only)) continue;
  ran += 1;
  const began = performance.now();
  try {
    await test((file, options) => open(browser, file, options), { pictures });
    console.log(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n${error.stack}`);
  }
  for (const context of browser.contexts()) await context.close();
}
await browser.close();
console.log(`${ran - failed} of ${ran} tests passed`);
process.exit(failed > 0 || ran === 0 ? 1 : 0);
