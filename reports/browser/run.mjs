// Tests of the report's pages in headless Chromium, from `file://`, as a reader opens them.
//
//   node run.mjs FOLDER [--only WORD] [--pictures FOLDER]
//
// FOLDER holds the pages that `cargo run --release --bin likewise-pages` makes: failing.html, minimal.html, hostile.html,
// held.html and large.html. `cargo xtask browser` does both, and installs what is needed.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { find, launch, ready } from "./chromium.mjs";
import { tests } from "./tests.mjs";

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : process.argv[at + 1];
}

const axe = readFileSync(find("axe-core"), "utf8");
const folder = resolve(process.argv[2] ?? ".");
const only = option("--only");
const pictures = option("--pictures");

/** Opens a page as a reader does. Its network requests and console messages are recorded. */
async function open(browser, file, { hash = "", width = 1280, scheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  const seen = { requests: [], messages: [] };
  page.on("request", (request) => request.url().startsWith("file:") || seen.requests.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.messages.push(message.text()));
  page.on("pageerror", (error) => seen.messages.push(String(error.stack)));
  page.on("dialog", (dialog) => (seen.messages.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  const began = performance.now();
  await page.goto(`${pathToFileURL(resolve(folder, file))}${hash}`);
  if (await page.locator("script").count()) await ready(page);
  return Object.assign(page, { seen, tookMillis: performance.now() - began, axe });
}

const browser = await launch();
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
