// The README's pictures, of a report that the real program made:
//
//   cargo chaos run --seeds 16..17 --system abort-without-seal
//   node reports/browser/pictures.mjs target/likewise/latest/report.html reports/pictures

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, ready } from "./chromium.mjs";

const [report, folder] = process.argv.slice(2).map((path) => resolve(path));
const browser = await launch();
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width: 1240, height: 1000 }, deviceScaleFactor: 1, colorScheme });
  await page.goto(pathToFileURL(report).href);
  await ready(page);
  // Sticky bars would cover parts of the picture.
  await page.evaluate(() => document.querySelectorAll(".contents, .toolbar").forEach((bar) => (bar.style.position = "static")));
  await page.locator(".card.violated").first().screenshot({ path: `${folder}/failure-${colorScheme}.png` });
  await page.evaluate(() => window.scrollTo({ top: 0, behavior: "instant" }));
  const view = await page.locator("#run-view").boundingBox();
  const below = await page.locator(".legend").boundingBox();
  await page.screenshot({ path: `${folder}/run-${colorScheme}.png`, fullPage: true, clip: { x: view.x, y: view.y, width: view.width, height: below.y + below.height - view.y } });
}
await browser.close();
