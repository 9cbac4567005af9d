// The console of the admin listener in headless Chromium, over real processes and sagas that are stuck.
//
//   node console.mjs PROGRAM [--only WORD] [--pictures FOLDER]
//
// PROGRAM is the binary `likewise`. `cargo xtask browser` runs it.
//
//   Chromium ─► admin listener of the coordinator ─┬─► article service
//                                                  └─► a proxy that answers no step ─► user service

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { find, launch } from "./chromium.mjs";

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : process.argv[at + 1];
}

const program = process.argv[2];
const pictures = option("--pictures");
const only = option("--only");
const axe = readFileSync(find("axe-core"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "likewise-console-"));
const processes = [];
const servers = [];
const READ = "read-5f2b0c8ad1e94f77";
const OPERATE = "operate-9a1c44e07bd85f10";
const EVIL = "<script>alert(1)</script> & more";

const pause = (millis) => new Promise((done) => setTimeout(done, millis));

/** Starts a service. Returns the child, and its URLs when it listens. */
function serve(name, options = []) {
  const line = ["serve", name, "--listen", "127.0.0.1:0", `--${name}-db`, `sqlite:${name}.db`, ...options];
  const child = spawn(program, line, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  processes.push(child);
  return new Promise((done, failed) => {
    let log = "";
    child.on("exit", () => failed(new Error(`${name} ended: ${log}`)));
    child.stderr.on("data", (text) => {
      log += text;
      const url = log.match(/listening on (http:\/\/[0-9.:]+)/)?.[1];
      const admin = log.match(/administration on (http:\/\/[0-9.:]+)/)?.[1];
      if (url) done({ child, url, admin });
    });
  });
}

/** Passes requests on, without the steps while it holds. Returns its URL. */
function holding(target, holds) {
  const server = createServer((from, to) => {
    const body = [];
    from.on("data", (part) => body.push(part));
    from.on("end", () => {
      if (holds() && from.url === "/v1/steps") return;
      const passed = request(target + from.url, { method: from.method, headers: from.headers }, (answer) => {
        to.writeHead(answer.statusCode, answer.headers);
        answer.pipe(to);
      });
      passed.on("error", () => to.destroy());
      passed.end(Buffer.concat(body));
    });
  });
  servers.push(server);
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${server.address().port}`)));
}

/** Three services, and likes that wait for the steps of the user service. Returns the address of the console. */
async function stuckLikes() {
  writeFileSync(join(folder, "tokens"), `ann read ${READ}\nbob operate ${OPERATE}\n`);
  const article = await serve("article");
  const user = await serve("user");
  let holds = false;
  const services = ["--article-url", article.url, "--user-url", await holding(user.url, () => holds)];
  const times = ["--saga-deadline", "600s", "--step-timeout", "200ms"];
  const admin = ["--admin-listen", "127.0.0.1:0", "--admin-token-file", "tokens"];
  const coordinator = await serve("coordinator", [...services, ...times, ...admin]);
  const post = (url, body, headers = {}) =>
    fetch(url, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  const articles = [];
  for (let i = 0; i < 6; i += 1) {
    const created = await post(`${article.url}/v1/articles`, { title: `Article ${i}` });
    articles.push((await created.json()).id);
  }
  const liked = await post(`${coordinator.url}/articles/${articles[0]}/like`, {}, { "X-User-ID": "7" });
  assert.equal(liked.status, 200);
  holds = true;
  for (const id of articles.slice(1)) post(`${coordinator.url}/articles/${id}/like`, {}, { "X-User-ID": "7" }).catch(() => {});
  const asked = { headers: { Authorization: `Bearer ${READ}` } };
  const open = async () => (await (await fetch(`${coordinator.admin}/admin/v1/sagas`, asked)).json()).sagas;
  const isStuck = (sagas) => sagas.length === articles.length - 1 && sagas.every((saga) => saga.attempts > 0);
  for (let i = 0; i < 200 && !isStuck(await open()); i += 1) await pause(100);
  assert.ok(isStuck(await open()), "the likes wait");
  return coordinator.admin;
}

let browser;
let base;

/** Opens the console. Its console messages are recorded. */
async function open({ width = 1280, scheme = "light", token = OPERATE, script = true } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: script });
  const page = await context.newPage();
  page.seen = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.seen.push(message.text()));
  page.on("pageerror", (error) => page.seen.push(String(error)));
  page.setDefaultTimeout(15_000);
  page.on("dialog", (dialog) => (page.seen.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  await page.goto(`${base}/console`);
  if (token) {
    await page.fill("#token", token);
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "Overview" }).waitFor();
  }
  return page;
}

const violations = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((it) => `${it.impact} ${it.id}: ${it.nodes.map((node) => node.html).join(" | ").slice(0, 400)}`);
};

/** Accessible, not wider than the window, without an error; and a picture, if wanted. */
async function isFine(page, name, allowed = /^$/) {
  assert.deepEqual(await violations(page), [], name);
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= window, `${name}: ${wide} px in ${window} px`);
  assert.deepEqual(page.seen.filter((text) => !allowed.test(text)), [], name);
  page.seen.length = 0;
  if (pictures) await page.screenshot({ path: join(pictures, `console-${name}.png`), fullPage: true });
}

const firstSaga = async (page) => {
  await page.goto(`${base}/console/sagas`);
  return page.locator("table a.id").first().getAttribute("href");
};

const tests = {
  "every page is accessible and fits, in both themes and both widths": async () => {
    for (const scheme of ["light", "dark"]) {
      for (const width of [1280, 390]) {
        const page = await open({ scheme, width, token: null });
        const show = (name) => isFine(page, `${name}-${scheme}-${width}`);
        await show("login");
        await page.fill("#token", OPERATE);
        await page.click("text=Sign in >> nth=-1");
        await page.locator("h1", { hasText: "Overview" }).waitFor();
        await show("overview");
        const saga = await firstSaga(page);
        await show("sagas");
        await page.goto(base + saga);
        await show("saga");
        for (const action of ["abort", "force-complete", "retry", "pause"]) {
          await page.goto(`${base}${saga}/${action}`);
          await show(action);
        }
        for (const place of ["batches", "batches/new?action=pause", "pauses", "audit", "deliveries"]) {
          await page.goto(`${base}/console/${place}`);
          await show(place.replace(/\W.*/, (rest) => (rest.startsWith("/new") ? "-new" : "")));
        }
        await page.context().close();
      }
    }
  },

  "a wrong token and a page that there is not are said, and are accessible": async () => {
    const page = await open({ token: null });
    await page.fill("#token", "wrong");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert]", { hasText: "No operator has this token" }).waitFor();
    await isFine(page, "login-wrong", /403/);
    await page.fill("#token", OPERATE);
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "Overview" }).waitFor();
    await page.goto(`${base}/console/sagas/00000000-0000-7000-8000-000000000001`);
    await isFine(page, "not-found", /404/);
  },

  "an order is given from the keyboard, is audited, and a reason is only text": async () => {
    const page = await open();
    const saga = await firstSaga(page);
    await page.goto(base + saga);
    await page.locator("button", { hasText: "Pause…" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "Pause" }).waitFor();
    await page.locator("#reason").focus();
    await page.keyboard.type(EVIL);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("[role=status]", { hasText: "bob ordered pause" }).waitFor();
    assert.ok(await page.locator("q", { hasText: EVIL }).isVisible());
    await isFine(page, "saga-paused");
    await page.goto(`${base}/console/audit`);
    await page.locator("summary").first().click();
    await isFine(page, "audit-open");
    await page.goto(`${base}/console`);
    await isFine(page, "overview-audit");
  },

  "an order on a saga that has changed shows what has changed": async () => {
    const [one, two] = [await open(), await open()];
    const saga = await firstSaga(one);
    await one.goto(`${base}${saga}/abort`);
    await two.goto(`${base}${saga}`);
    const other = (await two.locator("button", { hasText: "Resume…" }).count()) ? "resume" : "pause";
    await two.goto(`${base}${saga}/${other}`);
    await two.fill("#reason", "meanwhile");
    await two.click("button.primary");
    await two.locator("[role=status]").waitFor();
    await one.fill("#reason", "it hangs");
    await one.click("button.danger");
    await one.locator("[role=alert] h2", { hasText: "Nothing was done" }).waitFor();
    assert.match(await one.locator("[role=alert] table").textContent(), /Paused/);
    assert.equal(await one.locator("#reason").inputValue(), "it hangs");
    await isFine(one, "moved", /412/);
  },

  "a batch is estimated, confirmed and followed": async () => {
    for (const [width, action] of [[1280, "pause"], [390, "resume"]]) {
      const page = await open({ width });
      await page.goto(`${base}/console/batches`);
      await page.selectOption("#action", action);
      await page.click("text=Estimate…");
      await page.fill("#reason", "the user service is being repaired");
      await page.click("button.primary");
      await page.locator("text=/done: \\d of \\d/").waitFor();
      await isFine(page, `batch-${width}`);
    }
  },

  "a service is paused and resumed": async () => {
    const page = await open();
    await page.goto(`${base}/console/pauses`);
    await page.selectOption("#target", "service user");
    await page.fill("#reason", "it is being repaired");
    await page.click("button.primary");
    await page.locator("[role=status]").waitFor();
    await isFine(page, "pauses-paused");
    await page.setViewportSize({ width: 390, height: 900 });
    await isFine(page, "pauses-paused-390");
    await page.locator("main form input:not([type=hidden])").first().fill("it works again");
    await page.keyboard.press("Enter");
    await page.locator("[role=status]", { hasText: "resume" }).waitFor();
  },

  "the overview refreshes, keeps the focus, and can be stopped": async () => {
    const page = await open();
    await page.locator("#live[data-refreshed]").waitFor({ timeout: 20_000 });
    const count = () => page.locator("#live").getAttribute("data-refreshed");
    const link = page.locator("#live a").first();
    await link.focus();
    const before = await count();
    await pause(7_000);
    assert.equal(await count(), before, "nothing is replaced under the focus");
    assert.ok(await link.evaluate((it) => it === document.activeElement));
    await page.locator("#refresh input").uncheck();
    const stopped = await count();
    await pause(7_000);
    assert.equal(await count(), stopped);
    await isFine(page, "overview-refreshed");
  },

  "without a script the pages work, and who may only look sees no orders": async () => {
    const page = await open({ script: false, token: READ });
    const saga = await firstSaga(page);
    await page.goto(base + saga);
    assert.ok(await page.locator("text=What has happened").isVisible());
    assert.equal(await page.locator("main button").count(), 0);
    await page.click("text=Sign out");
    await page.locator("#token").waitFor();
    await page.goto(base + saga);
    await page.locator("#token").waitFor();
  },
};

let failed = 0;
try {
  base = await stuckLikes();
  browser = await launch();
  for (const [name, test] of Object.entries(tests)) {
    if (only && !name.includes(only)) continue;
    try {
      await test();
      console.log(`ok    ${name}`);
    } catch (error) {
      console.log(`FAIL  ${name}\n${error.stack}`);
      failed += 1;
    }
  }
  await browser.close();
} catch (error) {
  console.log(`FAIL  the console\n${error.stack}`);
  failed += 1;
}
processes.forEach((child) => (child.removeAllListeners("exit"), child.kill()));
servers.forEach((server) => (server.close(), server.closeAllConnections()));
rmSync(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
