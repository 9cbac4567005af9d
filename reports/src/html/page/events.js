// Every event as a row: only the rows in sight are in the page, so a hundred thousand scroll as well as ten.

const ROW_HEIGHT = 26;
const ROWS_BEYOND = 8;

class EventTable {
  constructor(root, view, report) {
    this.view = view;
    this.report = report;
    this.scroller = root.querySelector(".rows");
    this.spacer = root.querySelector(".spacer");
    this.body = root.querySelector(".visible");
    this.search = root.querySelector("input[type=search]");
    this.only = root.querySelector("select");
    this.indices = [];
    this.scroller.addEventListener("scroll", () => this.drawSoon());
    this.search.oninput = () => this.filter();
    this.only.onchange = () => this.filter();
    this.body.addEventListener("click", (event) => this.choose(event));
    view.onChange(() => this.follow());
    this.filter();
  }

  filter() {
    const { run } = this.view;
    const wanted = this.search.value.trim().toLowerCase();
    const kind = KINDS[this.only.value] ?? (() => true);
    this.indices = [];
    run.events.forEach((event, i) => {
      if (kind(event) && (wanted === "" || this.text(i).includes(wanted))) this.indices.push(i);
    });
    this.spacer.style.height = `${this.indices.length * ROW_HEIGHT}px`;
    this.report(this.indices.length, run.events.length);
    this.followed = null;
    this.follow();
  }

  text(i) {
    const { run } = this.view;
    return `${run.events[i].host} ${run.events[i].event} ${run.captions[i]}`.toLowerCase();
  }

  /** Scrolls to the cursor when it has moved. */
  follow() {
    if (this.followed !== this.view.cursor) {
      this.followed = this.view.cursor;
      const place = lowerBound(this.indices, this.view.cursor);
      const top = place * ROW_HEIGHT;
      const height = this.scroller.clientHeight;
      const isSeen = top >= this.scroller.scrollTop && top + ROW_HEIGHT <= this.scroller.scrollTop + height;
      if (!isSeen) this.scroller.scrollTop = Math.max(0, top - height / 2);
    }
    this.draw();
  }

  drawSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW_HEIGHT) - ROWS_BEYOND);
    const last = first + Math.ceil(this.scroller.clientHeight / ROW_HEIGHT) + 2 * ROWS_BEYOND;
    this.body.style.transform = `translateY(${first * ROW_HEIGHT}px)`;
    this.body.replaceChildren(...this.indices.slice(first, last).map((i) => this.row(i)));
  }

  row(i) {
    const { view } = this;
    const { run } = view;
    const event = run.events[i];
    const active = run.activeAt(event.at_micros);
    const faults = active.length === 0 ? "" : `ϟ${active.length > 1 ? active.length : ""} ${active.map(({ fault }) => fault.fault.replaceAll("_", " ")).join(", ")}`;
    const number = run.messageOf.get(i);
    const isLit = number !== undefined && view.lit && [...view.lit.of].some((leg) => leg.message === number);
    const kind = [event.event, i === view.cursor ? "at-cursor" : "", isLit ? "lit" : ""].join(" ").trim();
    return element(
      "div",
      { class: `row ${kind}`, role: "row", "data-event": i, "aria-selected": String(i === view.cursor) },
      element("span", { role: "cell", class: "when" }, clock(event.at_micros - run.zero)),
      element("span", { role: "cell", class: "host" }, event.host),
      element("span", { role: "cell", class: "what", title: run.captions[i] }, run.captions[i]),
      element("span", { role: "cell", class: "faults", title: active.map(({ what }) => what).join("\n") || null }, faults),
    );
  }

  choose(event) {
    const row = event.target.closest("[data-event]");
    if (!row) return;
    const i = Number(row.dataset.event);
    const number = this.view.run.messageOf.get(i);
    if (number !== undefined && this.view.selection?.message !== number) this.view.select({ message: number });
    this.view.point(i);
  }

  /** The next event of the table from the cursor on, forwards or back. */
  step(by) {
    const place = lowerBound(this.indices, this.view.cursor);
    const isOn = this.indices[place] === this.view.cursor;
    const next = by > 0 ? place + (isOn ? 1 : 0) : place - 1;
    const i = this.indices[Math.min(Math.max(0, next), this.indices.length - 1)];
    if (i !== undefined) this.view.point(i);
  }
}

const MESSAGE_EVENTS = ["sent", "arrived", "answered", "replied", "failed", "lost", "held", "repeated"];
const KINDS = {
  messages: ({ event }) => MESSAGE_EVENTS.includes(event),
  commits: ({ event }) => event === "committed" || event === "rolled_back",
  faults: ({ event }) => ["struck", "eased", "parted", "rejoined", "crashed", "lost_power", "stopped", "booted", "not_started", "lost", "held"].includes(event),
  users: ({ event }) => event === "invoked" || event === "returned",
  violations: ({ event }) => event === "violated",
};

/** The place of the first number that is not less. */
function lowerBound(numbers, wanted) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
