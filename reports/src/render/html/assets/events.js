// The event table: one row for each event. Only the rows in view are in the page, so the table scrolls as well with
// 100,000 events as with ten.

const ROW_HEIGHT = 26;
/** Rows above and below the visible part that are in the page, so that scrolling shows no gap. */
const ROWS_MARGIN = 8;

class EventTable {
  /** `report` is called with the number of listed events and of all events. */
  constructor(root, view, report) {
    this.view = view;
    this.report = report;
    this.scroller = root.querySelector(".rows");
    this.spacer = root.querySelector(".spacer");
    this.body = root.querySelector(".visible");
    this.search = root.querySelector("input[type=search]");
    this.only = root.querySelector("select");
    this.indices = [];
    this.shown = new Map();
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
    const isKind = KINDS[this.only.value] ?? (() => true);
    this.indices = [];
    run.events.forEach((event, i) => {
      if (isKind(event) && (wanted === "" || this.text(i).includes(wanted))) this.indices.push(i);
    });
    this.spacer.style.height = `${this.indices.length * ROW_HEIGHT}px`;
    this.report(this.indices.length, run.events.length);
    this.followed = null;
    this.follow();
  }

  text(i) {
    const { run } = this.view;
    return `${run.hostOf(i)} ${run.events[i].event} ${run.captions[i]}`.toLowerCase();
  }

  /** Scrolls to the cursor if it has moved. */
  follow() {
    if (this.followed !== this.view.cursor) {
      this.followed = this.view.cursor;
      const top = lowerBound(this.indices, this.view.cursor) * ROW_HEIGHT;
      const height = this.scroller.clientHeight;
      const isVisible = top >= this.scroller.scrollTop && top + ROW_HEIGHT <= this.scroller.scrollTop + height;
      if (!isVisible) this.scroller.scrollTop = Math.max(0, top - height / 2);
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
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW_HEIGHT) - ROWS_MARGIN);
    const last = first + Math.ceil(this.scroller.clientHeight / ROW_HEIGHT) + 2 * ROWS_MARGIN;
    this.body.style.transform = `translateY(${first * ROW_HEIGHT}px)`;
    showKeyed(this.body, this.shown, this.indices.slice(first, last), (i) => this.row(i));
    for (const [i, row] of this.shown) this.update(i, row);
  }

  /** A new row. Its text never changes; what depends on the cursor and the selection is set by `update`. */
  row(i) {
    const { run } = this.view;
    const event = run.events[i];
    const active = run.activeAt(event.at_micros);
    const faults = active.length === 0 ? "" : `ϟ${active.length > 1 ? active.length : ""} ${active.map(({ fault }) => fault.fault.replaceAll("_", " ")).join(", ")}`;
    return element(
      "div",
      { role: "row", "data-event": i },
      element("span", { role: "cell", class: "when" }, clock(event.at_micros - run.zero)),
      element("span", { role: "cell", class: "host" }, run.hostOf(i)),
      element("span", { role: "cell", class: "what", title: run.captions[i] }, run.captions[i]),
      element("span", { role: "cell", class: "faults", title: active.map(({ what }) => what).join("\n") || null }, faults),
    );
  }

  update(i, row) {
    const { view } = this;
    const number = view.run.messageOf.get(i);
    const isHighlighted = number !== undefined && view.highlight && [...view.highlight.selected].some((leg) => leg.message === number);
    const isAtCursor = i === view.cursor;
    const classes = ["row", view.run.events[i].event, isAtCursor ? "at-cursor" : "", isHighlighted ? "highlighted" : ""];
    setAttribute(row, "class", classes.filter(Boolean).join(" "));
    setAttribute(row, "aria-selected", String(isAtCursor));
  }

  choose(event) {
    const row = event.target.closest("[data-event]");
    if (!row) return;
    const i = Number(row.dataset.event);
    const number = this.view.run.messageOf.get(i);
    if (number !== undefined && this.view.selection?.message !== number) this.view.select({ message: number });
    this.view.point(i);
  }

  /** Moves the cursor to the next (1) or the previous (-1) listed event. */
  step(by) {
    const index = lowerBound(this.indices, this.view.cursor);
    const isListed = this.indices[index] === this.view.cursor;
    const next = by > 0 ? index + (isListed ? 1 : 0) : index - 1;
    const i = this.indices[Math.min(Math.max(0, next), this.indices.length - 1)];
    if (i !== undefined) this.view.point(i);
  }
}

const MESSAGE_EVENTS = ["sent", "arrived", "answered", "replied", "failed", "lost", "held", "repeated"];
const FAULT_EVENTS = ["struck", "eased", "parted", "rejoined", "crashed", "lost_power", "stopped", "taken_over", "row_damaged", "row_restored", "booted", "not_started", "lost", "held"];
const KINDS = {
  messages: ({ event }) => MESSAGE_EVENTS.includes(event),
  commits: ({ event }) => event === "committed" || event === "rolled_back",
  faults: ({ event }) => FAULT_EVENTS.includes(event),
  clients: ({ event }) => ["invoked", "returned", "readiness"].includes(event),
  violations: ({ event }) => event === "violated",
};

/** The index of the first number that is not less than the wanted one. */
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
