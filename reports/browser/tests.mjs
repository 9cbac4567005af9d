// What the HTML report guarantees. Each test is named by the sentence that it checks.

import assert from "node:assert/strict";

const number = (text) => Number(text.replaceAll(",", "").match(/-?\d+(\.\d+)?/)?.[0]);
const text = (page, part) => page.locator(`[data-part="${part}"]`).first().textContent();
const canvas = (page, part) => page.locator(`[data-part="${part}"] canvas`);
/** Panes draw in the next frame. */
const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** A point in the first of these elements that is completely visible in its pane. */
function visiblePoint(page, target, pane) {
  return page.evaluate(
    ([target, pane]) => {
      const within = document.querySelector(pane).getBoundingClientRect();
      const boxes = [...document.querySelectorAll(target)].map((item) => item.getBoundingClientRect());
      const box = boxes.find(({ top, bottom }) => top >= within.top && bottom <= within.bottom);
      return [box.left + 20, (box.top + box.bottom) / 2];
    },
    [target, pane],
  );
}

/** Makes all panes redraw: a size change does so without moving the cursor or the window. */
async function redraw(page) {
  await page.evaluate(() => (document.getElementById("run-view").style.marginRight = `${Math.random() * 9 + 1}px`));
  await page.evaluate(() => document.querySelector(".rows").dispatchEvent(new Event("scroll")));
  await settled(page);
  await settled(page);
}

async function press(page, key) {
  await page.keyboard.press(key);
  await settled(page);
}

/** A run of the page, unpacked by the test, to compare the record with what is drawn. */
function unpack(page, index = 0) {
  return page.evaluate(async (index) => {
    const packed = document.querySelectorAll("script[data-run]")[index];
    const bytes = Uint8Array.from(atob(packed.textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const { record, captions } = JSON.parse(await new Response(stream).text());
    const sent = record.events.filter(({ event }) => event === "sent").length;
    return { sent, events: record.events.length, captions: captions.length, fired: record.events.filter(({ event }) => event === "struck").length };
  }, index);
}

async function isQuiet(page) {
  assert.deepEqual(page.seen.requests, [], "there are no network requests");
  assert.deepEqual(page.seen.messages, [], "the console has no messages");
}

async function hasNoSeriousViolation(page) {
  await page.evaluate(page.axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const described = serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(" | ")}`);
  assert.deepEqual(described, []);
}

async function fitsItsWindow(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than its window`);
}

export const tests = {
  "a failing report opens without requests and console messages": async (open) => {
    const page = await open("failing.html");
    await isQuiet(page);
    assert.match(await page.locator("h1").textContent(), /was violated/);
    const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
    assert.match(policy, /default-src 'none'/);
  },

  "the Content-Security-Policy blocks foreign scripts and requests": async (open) => {
    const page = await open("failing.html");
    const result = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.body.append(script);
      const request = await fetch("https://example.invalid/").then(() => "allowed", (error) => error.name);
      return { injected: window.injected ?? false, request };
    });
    assert.deepEqual(result, { injected: false, request: "TypeError" });
    assert.ok(page.seen.messages.some((message) => message.includes("Content Security Policy")));
  },

  "a green report opens without requests and console messages": async (open) => {
    const page = await open("held.html");
    await isQuiet(page);
    assert.equal(await page.locator("#failures").count(), 0);
    assert.match(await page.locator("body").getAttribute("class"), /is-(held|open)/);
  },

  "markup from outside stays text": async (open) => {
    const page = await open("hostile.html");
    await isQuiet(page);
    assert.equal(await page.evaluate(() => window.hacked ?? false), false);
    assert.equal(await page.locator("img, iframe, object, embed").count(), 0);
    assert.match(await page.locator("#failures").textContent(), /<img src=x onerror=/);
    await press(page, "n");
    assert.match(await text(page, "title"), /<img src=x onerror=/);
    await isQuiet(page);
  },

  "every message is drawn, or counted as folded": async (open) => {
    for (const file of ["failing.html", "large.html"]) {
      const page = await open(file);
      const { sent, events, captions } = await unpack(page);
      assert.equal(captions, events);
      await press(page, "w");
      const { visible, drawn, folded, hidden } = await page.evaluate(() => ({ ...document.querySelector("[data-part=spacetime]").dataset }));
      assert.equal(Number(drawn) + Number(folded) + Number(hidden), sent, `${file}: all of ${sent}`);
      assert.equal(Number(visible), sent);
      assert.equal(number(await text(page, "message-count")), Number(drawn));
      if (file === "large.html") {
        assert.ok(Number(folded) > 1_000);
        assert.match(await text(page, "message-count"), /folded into strips/);
      }
    }
  },

  "messages of a hidden host are counted": async (open) => {
    const page = await open("failing.html");
    await press(page, "w");
    const { sent } = await unpack(page);
    const host = (await page.locator(".track .host").allTextContents()).at(-1);
    const track = page.locator(`.track[data-host=${host}]`);
    await track.locator(`button[aria-label='hide ${host}']`).click({ force: true });
    await settled(page);
    const { drawn, folded, hidden } = await page.evaluate(() => ({ ...document.querySelector("[data-part=spacetime]").dataset }));
    assert.ok(Number(hidden) > 0);
    assert.equal(Number(drawn) + Number(folded) + Number(hidden), sent);
    assert.equal(await track.count(), 0);
    await page.locator(".unhide").click();
    assert.equal(await track.count(), 1);
  },

  "host tracks can be folded and moved": async (open) => {
    const page = await open("failing.html");
    const names = () => page.locator(".track .host").allTextContents();
    const before = await names();
    await page.locator(`.track[data-host=${before[0]}] button[aria-label='move down ${before[0]}']`).click({ force: true });
    const after = await names();
    assert.deepEqual(after.slice(0, 2), [before[1], before[0]]);
    const height = () => page.locator(`.track[data-host=${before[0]}]`).evaluate((track) => track.offsetHeight);
    const tall = await height();
    await page.locator(`.track[data-host=${before[0]}] button[aria-label='fold ${before[0]}']`).click({ force: true });
    assert.ok((await height()) < tall);
  },

  "a run is shown in the names of its system": async (open) => {
    const page = await open("other.html");
    await press(page, "v");
    const hosts = await page.locator(".track .host").allTextContents();
    assert.deepEqual([...new Set(hosts.map((host) => host.replace(/-\d+$/, "")))], ["clients", "coordinator", "store", "till"]);
    const picker = page.locator('[data-part="convergence"] select');
    assert.deepEqual(await picker.locator("optgroup").evaluateAll((groups) => groups.map(({ label }) => label)), ["Sold and ordered", "All orders"]);
    assert.equal(await page.locator('[data-part="convergence"] h4').textContent(), "Sold and ordered");
    assert.match(await text(page, "counts"), /^sold -?\d+, orders \d+, expected \d+/);
    await picker.selectOption({ label: "All orders" });
    await settled(page);
    assert.match(await text(page, "counts"), /^sold -?\d+, orders \d+(; difference \d+)?$/);
    assert.match(await page.locator(".saga").first().textContent(), /(order|cancel) c\d+→i\d+$/);
    assert.match(await page.locator(".inspector").textContent(), /store.*items.*sold/);
    await isQuiet(page);
    await hasNoSeriousViolation(page);
  },

  "a run of an older version is shown in general words": async (open) => {
    const page = await open("older.html");
    await press(page, "v");
    assert.equal(await page.locator('[data-part="convergence"]').isVisible(), false, "nothing says what is plotted");
    assert.ok((await page.locator(".track .host").count()) >= 4);
    const captions = await page.locator(".inspector figcaption").allTextContents();
    assert.ok(captions.some((caption) => /^saga log · /.test(caption)) && captions.length > 3, captions.join("; "));
    await isQuiet(page);
    await hasNoSeriousViolation(page);
  },

  "a probe is not shown as what the network did": async (open) => {
    const page = await open("held.html");
    await press(page, "n");
    await page.locator("input[type=search]").fill("probe: ");
    await settled(page);
    const hosts = await page.locator(".row .host").allTextContents();
    assert.ok(hosts.length > 0 && hosts.every((host) => host === "probes"), hosts.join());
  },

  "dragging the brush changes the time window of all panes": async (open) => {
    const page = await open("failing.html");
    await page.locator('[data-part="minimap"]').evaluate((map) => map.scrollIntoView({ block: "center", behavior: "instant" }));
    const before = await text(page, "window");
    const box = await canvas(page, "minimap").boundingBox();
    await press(page, "w");
    const handle = await page.locator(".brush .to").boundingBox();
    await page.mouse.move(handle.x + 5, handle.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 20, { steps: 5 });
    await page.mouse.up();
    await settled(page);
    assert.notEqual(await text(page, "window"), before);
    const brush = await page.locator(".brush").evaluate((brush) => Number.parseFloat(brush.style.width));
    assert.ok(Math.abs(brush - 30) < 3, `the brush covers ${brush} %`);
  },

  "the brush can be moved with the keyboard": async (open) => {
    const page = await open("failing.html");
    await page.locator(".brush .to").focus();
    const before = Number(await page.locator(".brush .to").getAttribute("aria-valuenow"));
    await press(page, "ArrowLeft");
    const after = Number(await page.locator(".brush .to").getAttribute("aria-valuenow"));
    assert.ok(after < before);
    assert.match(await page.locator(".brush .to").getAttribute("aria-valuetext"), /ms|s$/);
  },

  "j, k, n and v move the cursor, and the table and the inspector follow": async (open) => {
    const page = await open("failing.html");
    const at = () => page.locator(".row.at-cursor").getAttribute("data-event").then(Number);
    await press(page, "v");
    assert.match(await page.locator(".row.at-cursor").getAttribute("class"), /violated/);
    const start = await at();
    await press(page, "j");
    assert.equal(await at(), start + 1);
    await press(page, "k");
    await press(page, "k");
    assert.equal(await at(), start - 1);
    const { fired } = await unpack(page);
    const faults = new Set();
    for (let i = 0; i < fired; i += 1) {
      await press(page, "n");
      assert.match(await page.locator(".row.at-cursor").getAttribute("class"), /struck/);
      faults.add(await at());
    }
    assert.equal(faults.size, fired, "every fault is reached");
    assert.ok((await page.locator(".inspector table").count()) > 0);
  },

  "a narrow window lists the events one below the other, with their whole text": async (open) => {
    const page = await open("failing.html", { width: 390 });
    await press(page, "v");
    const cut = () => page.locator(".row span").evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map(({ textContent }) => textContent));
    const gaps = () => page.locator(".row").evaluateAll((rows) => {
      const boxes = rows.map((row) => row.getBoundingClientRect());
      return boxes.slice(1).map(({ top }, index) => Math.abs(top - boxes[index].bottom)).filter((gap) => gap > 1);
    });
    assert.deepEqual(await cut(), []);
    assert.deepEqual(await gaps(), []);
    const atCursor = await page.locator(".row.at-cursor").evaluate((row) => {
      const [box, list] = [row.getBoundingClientRect(), row.closest(".rows").getBoundingClientRect()];
      return { height: box.height, isVisible: box.top >= list.top - 1 && box.bottom <= list.bottom + 1 };
    });
    assert.ok(atCursor.isVisible && atCursor.height > 50, JSON.stringify(atCursor));
    // To the end, through rows whose heights were only estimated before.
    await page.locator(".rows").evaluate((rows) => (rows.scrollTop = rows.scrollHeight));
    for (let frame = 0; frame < 5; frame += 1) await settled(page);
    await page.locator(".rows").evaluate((rows) => (rows.scrollTop = rows.scrollHeight));
    await settled(page);
    const { events } = await unpack(page);
    assert.equal(await page.locator(".row").last().getAttribute("data-event").then(Number), events - 1);
    assert.deepEqual(await cut(), []);
  },

  "a narrow window shows a card for each row of a table, and cuts nothing": async (open) => {
    for (const file of ["failing.html", "held.html"]) {
      const page = await open(file, { width: 390 });
      for (const details of await page.locator("details.points summary").all()) await details.click();
      const cut = await page.locator(".cards td, .cards th, .tile, .chip, .chart, .command code").evaluateAll((parts) => parts.filter((part) => {
        const { right, left, width } = part.getBoundingClientRect();
        return width > 1 && !part.closest("thead") && (right > innerWidth + 1 || left < 0 || part.scrollWidth > part.clientWidth + 1);
      }).map(({ textContent }) => textContent.slice(0, 80)));
      assert.deepEqual(cut, []);
      const columns = await page.locator("#properties tbody tr").first().locator("> *").evaluateAll((cells) => new Set(cells.filter((cell) => cell.offsetHeight > 0).map((cell) => Math.round(cell.getBoundingClientRect().left))).size);
      assert.equal(columns, 1, "the cells are below each other");
      const labels = await page.locator("#matrix td[data-label]").first().evaluate((cell) => getComputedStyle(cell, "::before").content);
      assert.match(labels, /Fired/);
    }
  },

  "no text of a diagram or a chart ends outside of it, and none covers another": async (open) => {
    const page = await open("failing.html");
    const covered = await page.locator(".chart svg").evaluateAll((charts) => charts.flatMap((svg) => {
      const boxes = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent, box: text.getBBox() }));
      const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y + 2 < b.y + b.height && b.y + 2 < a.y + a.height;
      return boxes.flatMap((one, index) => boxes.slice(index + 1).filter((other) => meet(one.box, other.box)).map((other) => `${one.text} / ${other.text}`));
    }));
    assert.deepEqual(covered, []);
    const outside = await page.locator(".drawing svg, .chart svg").evaluateAll((diagrams) => diagrams.flatMap((svg) => [...svg.querySelectorAll("text")].filter((text) => {
      const { x, width } = text.getBBox();
      return x < 0 || x + width > svg.viewBox.baseVal.width;
    }).map((text) => text.textContent)));
    assert.deepEqual(outside, []);
  },

  "a question mark opens the help, and Escape closes it": async (open) => {
    const page = await open("failing.html");
    await press(page, "?");
    assert.ok(await page.locator("#help").isVisible());
    await press(page, "Escape");
    assert.ok(!(await page.locator("#help").isVisible()));
  },

  "clicking a saga highlights its messages": async (open) => {
    const page = await open("failing.html");
    // A saga without messages has no number and nothing to highlight.
    assert.ok((await page.locator(".saga:disabled", { hasText: "–" }).count()) > 0);
    assert.equal(await page.locator(".saga:enabled", { hasNotText: /s\d/ }).count(), 0);
    await page.locator(".saga:enabled").first().click();
    await settled(page);
    assert.match(await text(page, "selection"), /^saga \d+: [1-9]\d* messages? · (un)?like u\d+→a\d+$/);
    assert.equal(await page.locator(".saga[aria-pressed=true]").count(), 1);
    const saga = number(await text(page, "selection"));
    await page.locator(".events input").fill(`step 0 of saga ${saga}`);
    await settled(page);
    assert.ok((await page.locator(".row.highlighted").count()) > 0);
    await page.locator(".events input").blur();
    await press(page, "Escape");
    assert.equal(await text(page, "selection"), "");
  },

  "clicking a message shows what may have led to it and what may follow": async (open) => {
    const page = await open("failing.html");
    await page.locator(".row.sent").first().click();
    await settled(page);
    assert.match(await text(page, "selection"), /message #\d+: \d+ messages? may have led to it, \d+ may follow/);
    assert.ok((await page.locator(".row.highlighted").count()) > 0);
  },

  "a row or a saga that is redrawn while the mouse button is down can still be clicked": async (open) => {
    const page = await open("failing.html");
    for (const [target, pane, selected] of [[".row.sent", ".rows", /^message #/], [".saga:enabled", ".sagas-pane", /^saga /]]) {
      await press(page, "Escape");
      await page.locator(pane).evaluate((pane) => pane.scrollIntoView({ block: "center", behavior: "instant" }));
      await settled(page);
      const [x, y] = await visiblePoint(page, target, pane);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await redraw(page);
      await page.mouse.up();
      await settled(page);
      assert.match(await text(page, "selection"), selected, target);
    }
  },

  "events can be searched and filtered": async (open) => {
    const page = await open("failing.html");
    const all = number(await text(page, "event-count"));
    await press(page, "/");
    await page.keyboard.type("undo");
    const found = number(await text(page, "event-count"));
    assert.ok(found > 0 && found < all);
    for (const what of await page.locator(".row .what").allTextContents()) assert.match(what.toLowerCase(), /undo/);
    await page.locator(".events input").fill("");
    await page.locator(".events select").selectOption("violations");
    assert.ok((await page.locator(".row").count()) >= 1);
    assert.equal(await page.locator(".row:not(.violated)").count(), 0);
  },

  "a row names the faults in force": async (open) => {
    const page = await open("failing.html");
    await press(page, "n");
    const faults = await page.locator(".row.at-cursor .faults").textContent();
    assert.match(faults, /ϟ \w+/);
  },

  "an address leads to a run, a time and a saga": async (open) => {
    const page = await open("failing.html");
    const runs = await page.locator("script[data-run]").evaluateAll((blocks) => blocks.map(({ dataset }) => ({ ...dataset })));
    const found = runs.find(({ seed }) => seed);
    const link = await open("failing.html", { hash: found ? `#seed=${found.seed}&t=100&saga=1` : `#run=${runs[0].run}&t=100&saga=1` });
    assert.match(await text(link, "selection"), /^saga 1: /);
    const when = (row) => link.locator(row).textContent().then(number);
    assert.ok((await when(".row.at-cursor .when")) <= 100);
    assert.ok((await when(".row.at-cursor + .row .when")) > 100, "the last event before that moment");
    await press(link, "j");
    await link.waitForTimeout(300);
    const address = await link.evaluate(() => location.hash);
    assert.match(address, /t=.*saga=1/);
    const again = await open("failing.html", { hash: address });
    const what = (page) => page.locator(".row.at-cursor .when").textContent();
    assert.equal(await what(again), await what(link));
    assert.match(await text(again, "selection"), /^saga 1: /);
  },

  "a counter-example leads to the event that shows it": async (open) => {
    const page = await open("failing.html");
    await press(page, "n");
    assert.equal(await page.locator(".row.at-cursor.violated").count(), 0);
    const row = page.locator("#properties tr", { hasText: "counter-example" }).first();
    await row.locator("a", { hasText: "counter-example" }).click();
    await page.locator(".row.at-cursor.violated").waitFor();
    const caption = await page.locator(".row.at-cursor .what").textContent();
    assert.ok(caption.startsWith(await row.locator("th").textContent()), caption);
  },

  "a link leads to its event also if the cursor has just moved": async (open) => {
    const page = await open("failing.html");
    const link = page.locator("#properties a", { hasText: "counter-example" }).first();
    // What a click and the delayed update of the address do, in the unlucky order.
    await link.evaluate((clicked) => {
      const before = location.hash;
      location.hash = clicked.hash;
      history.replaceState(null, "", before || "#t=0");
    });
    await page.locator(".row.at-cursor.violated").waitFor();
  },

  "a pressed cell of the matrix shows its injection points below its row, and they add up to it": async (open) => {
    for (const width of [1280, 390]) {
      const page = await open("failing.html", { width });
      const cells = page.locator(".matrix tbody button.cell[data-ending]");
      assert.ok((await cells.count()) > 2);
      for (const cell of await cells.all()) {
        await cell.click();
        assert.equal(await cell.getAttribute("aria-pressed"), "true");
        const beside = page.locator("tr.beside");
        assert.equal(await beside.count(), 1);
        const [above, below] = [await cell.evaluate((it) => it.closest("tr").getBoundingClientRect().bottom), await beside.evaluate((it) => it.getBoundingClientRect().top)];
        assert.ok(Math.abs(below - above) < 12, `${below - above} px below its row`);
        const parts = await beside.locator("li b").allTextContents();
        assert.equal(parts.reduce((sum, part) => sum + number(part), 0), number(await cell.textContent()));
      }
      const last = cells.last();
      await last.click();
      assert.equal(await page.locator("tr.beside").count(), 0);
      assert.equal(await last.getAttribute("aria-pressed"), "false");
      await page.locator(".matrix tbody button.cell:not([data-ending])").first().click();
      assert.ok((await page.locator("tr.beside li").count()) > 0);
      await hasNoSeriousViolation(page);
    }
  },

  "the numbers of the matrix add up, by row and by column": async (open) => {
    const page = await open("failing.html");
    const rows = await page.locator(".matrix tbody tr:not(.family), .matrix tfoot tr").evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)));
    const numbers = rows.map((cells) => cells.slice(1).map((cell) => number(cell) || 0));
    assert.ok(numbers.length > 3);
    for (const [sum, ...parts] of numbers) assert.equal(parts.reduce((a, b) => a + b, 0), sum);
    const [totals, faults] = [numbers.at(-1), numbers.slice(0, -1)];
    totals.forEach((total, column) => assert.equal(faults.reduce((sum, row) => sum + row[column], 0), total));
  },

  "the plot of convergence has a key, and no label on its lines": async (open) => {
    const page = await open("failing.html");
    const key = await page.locator("[data-part=key] li").allTextContents();
    assert.deepEqual(key, ["count", "records", "they differ", "expected"]);
  },

  "a failure is answered in one order, and its terms are explained": async (open) => {
    for (const width of [1280, 390]) {
      const page = await open("minimal.html", { width });
      const card = page.locator(".card.violated").first();
      const names = await card.locator(".why dt").allTextContents();
      assert.deepEqual(names, ["Run", "Promised", "Happened", "Moment", "Reason", "Certain"]);
      assert.match(await card.locator(".why dd").nth(4).textContent(), /^This system has a planted mistake: /);
      const meaning = await card.locator(".why abbr").first().getAttribute("title");
      assert.ok(meaning.length > 10, meaning);
      await card.locator(".words summary").click();
      assert.ok((await card.locator(".words dl").textContent()).includes(meaning));
      const cut = await card.locator(".why dd").evaluateAll((all) => all.filter((it) => it.scrollWidth > it.clientWidth).length);
      assert.equal(cut, 0, "nothing is cut");
    }
  },

  "the futures of a minimal run are plotted above it, and lead to their events": async (open) => {
    for (const scheme of ["light", "dark"]) {
      for (const width of [1280, 390]) {
        const page = await open("minimal.html", { scheme, width, hash: "#run=seeds/minimal" });
        const pane = page.locator('[data-part="futures"]');
        assert.ok(await pane.isVisible());
        assert.match(await text(page, "futures-sentence"), /\d+ % of \d+ futures fail/);
        await press(page, "v");
        const said = /^after event \d+: \d+ % of \d+ fail$/;
        const atViolation = await pane.locator("output").textContent();
        assert.match(atViolation, said);
        await canvas(page, "futures").click({ position: { x: 3, y: 20 } });
        await settled(page);
        const atStart = await pane.locator("output").textContent();
        assert.match(atStart, said);
        assert.notEqual(atStart, atViolation, "a click moves the cursor to the fork");
        const drawn = await canvas(page, "futures").evaluate((it) => {
          const { data } = it.getContext("2d").getImageData(0, 0, it.width, it.height);
          return data.filter((value, index) => index % 4 === 3 && value > 0).length;
        });
        assert.ok(drawn > 500, `${drawn} points`);
        await fitsItsWindow(page);
        await hasNoSeriousViolation(page);
        await isQuiet(page);
      }
    }
  },

  "a run without futures has no pane for them": async (open) => {
    const page = await open("failing.html");
    assert.equal(await page.locator('[data-part="futures"]').isVisible(), false);
  },

  "both themes and both widths are accessible and fit": async (open, { pictures }) => {
    for (const file of ["failing.html", "held.html", "index.html", "comparison.html"]) {
      for (const scheme of ["light", "dark"]) {
        for (const width of [1280, 390]) {
          const page = await open(file, { scheme, width });
          await isQuiet(page);
          await fitsItsWindow(page);
          await hasNoSeriousViolation(page);
          if (pictures) await page.screenshot({ path: `${pictures}/${file.replace(".html", "")}-${scheme}-${width}.png`, fullPage: true });
        }
      }
    }
  },

  "the theme can be changed, and the panes follow": async (open) => {
    const page = await open("failing.html");
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.locator("#theme").click();
    await settled(page);
    assert.notEqual(await ground(), light);
    await hasNoSeriousViolation(page);
  },

  "the replay command of a run without a seed has a path from the root of the repository": async (open) => {
    const page = await open("failing.html");
    // The pages of the tests lie in the target folder, as reports do.
    assert.match(await text(page, "replay"), /^cargo chaos replay target\/.*seeds\/[\w-]+\/plan\.json --story$/);
  },

  "the printed page has no controls": async (open) => {
    const page = await open("failing.html");
    await page.emulateMedia({ media: "print" });
    assert.ok(!(await page.locator(".toolbar").isVisible()));
    assert.ok(await page.locator("#failures svg").first().isVisible());
  },

  "a page with 100,000 events opens, scrolls and brushes": async (open) => {
    const page = await open("large.html");
    const { events } = await unpack(page);
    assert.ok(events >= 100_000, `${events} events`);
    const frames = await page.evaluate(async () => {
      const rows = document.querySelector(".rows");
      const handle = document.querySelector(".brush .to");
      const times = [];
      let last = performance.now();
      for (let i = 0; i < 90; i += 1) {
        if (i % 2) rows.scrollTop += 1_500;
        else handle.dispatchEvent(new KeyboardEvent("keydown", { key: i % 60 < 30 ? "ArrowLeft" : "ArrowRight", bubbles: true }));
        await new Promise((done) => requestAnimationFrame(done));
        times.push(performance.now() - last);
        last = performance.now();
      }
      return times.sort((a, b) => a - b);
    });
    const median = frames[Math.floor(frames.length / 2)];
    const slow = frames[Math.floor(frames.length * 0.95)];
    // Times are printed, not asserted: the machine may be busy.
    console.log(`      opened in ${Math.round(page.tookMillis)} ms; a frame took ${median.toFixed(1)} ms, 95 % ${slow.toFixed(1)} ms`);
    assert.equal(frames.length, 90);
    await isQuiet(page);
  },
};
