// The page in headless Chromium, on another origin than the service, over a connection that is cut.
//
//   node test.mjs PROGRAM
//
// PROGRAM is the binary `likewise`. `cargo xtask browser` runs it.
//
//   page (its origin) ─► Chromium ─► a proxy that cuts ─► coordinator ─► a proxy that holds steps back ─► user service

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer, request } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../../reports/browser/chromium.mjs";

const program = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), "likewise-live-"));
const processes = [];
const servers = [];

const pause = (millis) => new Promise((done) => setTimeout(done, millis));

/** Listens on a free port. Returns the server's URL. */
function listening(server) {
  servers.push(server);
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${server.address().port}`)));
}

/** Starts a service. Returns its URL when it listens. */
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
      if (url) done(url);
    });
  });
}

/** Passes requests on. Steps wait until they are released. */
function holding(target) {
  const held = [];
  let holds = true;
  const server = createHttpServer((from, to) => {
    const body = [];
    from.on("data", (part) => body.push(part));
    from.on("end", () => {
      const pass = () => {
        const options = { method: from.method, headers: from.headers };
        const passed = request(target + from.url, options, (answer) => {
          to.writeHead(answer.statusCode, answer.headers);
          answer.pipe(to);
        });
        passed.on("error", () => to.destroy());
        passed.end(Buffer.concat(body));
      };
      if (holds && from.url === "/v1/steps") held.push(pass);
      else pass();
    });
  });
  const release = () => {
    holds = false;
    held.splice(0).forEach((pass) => pass());
  };
  return { server, release };
}

/** Passes bytes on until it cuts. Counts the requests for events. */
function cutting(target) {
  const { hostname, port } = new URL(target);
  const open = new Set();
  const seen = { streams: 0 };
  const server = createServer((client) => {
    const service = connect(Number(port), hostname);
    for (const [from, to] of [[client, service], [service, client]]) {
      open.add(from);
      from.on("close", () => (open.delete(from), to.destroy()));
      from.on("error", () => {});
      from.pipe(to);
    }
    client.on("data", (bytes) => {
      const requests = bytes.toString("latin1").match(/^GET \/v1\/transactions\/[^/ ]+\/events/gm);
      seen.streams += requests?.length ?? 0;
    });
  });
  const cut = () => open.forEach((socket) => socket.destroy());
  return { server, cut, seen };
}

/** Serves the page. */
function pages() {
  const types = { html: "text/html", js: "text/javascript" };
  return createHttpServer((asked, answer) => {
    const path = new URL(asked.url, "http://page").pathname;
    const file = path === "/" ? "index.html" : path.slice(1);
    if (!["index.html", "live-status.js"].includes(file)) return answer.writeHead(404).end();
    answer.writeHead(200, { "Content-Type": types[file.split(".").pop()] });
    answer.end(readFileSync(join(import.meta.dirname, file)));
  });
}

async function run() {
  const page_url = await listening(pages());
  const article = await serve("article");
  const hold = holding(await serve("user"));
  const user = await listening(hold.server);
  const options = ["--article-url", article, "--user-url", user, "--cors-origin", page_url, "--saga-deadline", "60s", "--step-timeout", "200ms"];
  const cut = cutting(await serve("coordinator", options));
  const api = await listening(cut.server);
  const created = await fetch(`${article}/v1/articles`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title: "Hello" }),
  });
  const { id } = await created.json();

  const browser = await launch();
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${page_url}/?${new URLSearchParams({ api, article: id, user: 7 })}`);
  const shows = (part, text) => page.locator(`#${part}`, { hasText: text }).waitFor({ timeout: 20_000 });
  const changes = () => page.locator("#changes li").allTextContents();

  await page.click("#like");
  await shows("changes", "started");
  await shows("connection", "live");
  // The step of the user service is tried again, and the page sees it.
  await shows("steps", /user, main: pending \([2-9]\d* attempts\)/);
  assert.equal(cut.seen.streams, 1);

  cut.cut();
  await shows("connection", "lost");
  await shows("connection", "live");
  assert.equal(cut.seen.streams, 2, "the browser came back by itself");
  assert.deepEqual(await changes(), ["started"], "nothing is told twice");

  // Cut once more, and the like ends before the browser is back.
  cut.cut();
  hold.release();
  await shows("status", "done");
  await shows("changes", "completed");
  assert.deepEqual(await changes(), ["started", "completed"]);
  assert.equal(await page.locator("#steps li").first().textContent(), "article, main: done (1 attempts)");

  const streams = cut.seen.streams;
  await pause(4_000);
  assert.equal(cut.seen.streams, streams, "nobody comes back after the end");
  assert.deepEqual(errors, []);
  await browser.close();
}

let code = 0;
try {
  await run();
  console.log("ok    a page on another origin follows a like over a lost connection to its end");
} catch (error) {
  console.log(`FAIL  a page on another origin follows a like over a lost connection to its end\n${error.stack}`);
  code = 1;
}
processes.forEach((child) => (child.removeAllListeners("exit"), child.kill()));
servers.forEach((server) => (server.close(), server.closeAllConnections?.()));
rmSync(folder, { recursive: true, force: true });
process.exit(code);
