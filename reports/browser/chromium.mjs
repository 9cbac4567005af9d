// Finds Chromium and the Node modules that control it.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(import.meta.url);
const CHROMIUMS = [process.env.LIKEWISE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** `cargo xtask browser` installs the modules into the target folder, where `import` does not look. */
const MODULES = process.env.LIKEWISE_NODE_MODULES ?? resolve(import.meta.dirname, "../../target/browser/node_modules");

/** The path of a module. */
export function find(name) {
  return require.resolve(resolve(MODULES, name));
}

/** Starts a headless browser. */
export async function launch() {
  const executablePath = CHROMIUMS.find((path) => path && existsSync(path));
  if (!executablePath) {
    console.error("no Chromium found: set LIKEWISE_CHROMIUM to its path");
    process.exit(2);
  }
  return require(find("playwright-core")).chromium.launch({ executablePath, args: FLAGS });
}

/** Waits until the page's script has drawn everything. `waitForFunction` does not work: the page's policy forbids its eval. */
export async function ready(page) {
  await page.locator("html[data-ready=yes]").waitFor({ state: "attached", timeout: 20_000 });
  // Panes draw in the next frame.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}
