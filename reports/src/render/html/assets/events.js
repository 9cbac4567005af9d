// The event table: one row for each event. Only the rows in view are in the page, so the table scrolls as well with
// 100,000 events as with ten.

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
    this.narrow = matchMedia("(max-width: 760px)");
    this.narrow.onchange = () => this.filter();
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
    this.heights = new RowHeights(this.indices.length, this.narrow.matches ? (index) => this.estimate(index) : null);
    this.spacer.style.height = `${this.heights.total}px`;
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
      const index = lowerBound(this.indices, this.view.cursor);
      const top = this.heights.top(index);
      const height = this.scroller.clientHeight;
      const isVisible = top >= this.scroller.scrollTop && this.heights.top(index + 1) <= this.scroller.scrollTop + height;
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
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, this.heights.at(scrollTop) - ROWS_MARGIN);
    const last = this.heights.at(scrollTop + clientHeight) + 1 + ROWS_MARGIN;
    this.body.style.transform = `translateY(${this.heights.top(first)}px)`;
    showKeyed(this.body, this.shown, this.indices.slice(first, last), (i) => this.row(i));
    for (const [i, row] of this.shown) this.update(i, row);
    if (this.narrow.matches) this.measure(first, Math.min(last, this.indices.length));
  }

  /** Replaces estimated heights by real ones. The row at the cursor, or else the first visible one, stays where it is. */
  measure(first, last) {
    const atCursor = lowerBound(this.indices, this.view.cursor);
    const anchor = atCursor >= first && atCursor < last ? atCursor : this.heights.at(this.scroller.scrollTop);
    const before = this.heights.top(anchor);
    let isChanged = false;
    for (let index = first; index < last; index += 1) {
      const row = this.shown.get(this.indices[index]);
      isChanged = this.heights.set(index, row.offsetHeight) || isChanged;
    }
    if (!isChanged) return;
    this.spacer.style.height = `${this.heights.total}px`;
    this.body.style.transform = `translateY(${this.heights.top(first)}px)`;
    this.scroller.scrollTop += this.heights.top(anchor) - before;
  }

  /** About the height of a row in a narrow window: a line for its time and host, and the lines of its text. */
  estimate(index) {
    const perLine = Math.max(20, (this.scroller.clientWidth - 24) / CHARACTER_WIDTH);
    const lines = Math.ceil(this.view.run.captions[this.indices[index]].length / perLine);
    return 9 + (1 + lines) * LINE_HEIGHT;
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

/** A row of a wide window, a line of a narrow one, and a character on average. */
const ROW_HEIGHT = 26;
const LINE_HEIGHT = 18.75;
const CHARACTER_WIDTH = 6.6;

/** The heights of the listed rows. Without estimates, all have the same. */
class RowHeights {
  constructor(count, estimate) {
    this.count = count;
    this.heights = estimate && Float64Array.from({ length: count }, (_, index) => estimate(index));
  }

  get total() {
    return this.top(this.count);
  }

  /** The position of a row. */
  top(index) {
    return this.heights ? this.tops()[Math.min(index, this.count)] : index * ROW_HEIGHT;
  }

  /** The row at a position. */
  at(y) {
    return this.heights ? Math.max(0, lowerBound(this.tops(), y + 0.5) - 1) : Math.floor(y / ROW_HEIGHT);
  }

  /** Whether the height was another. */
  set(index, height) {
    if (Math.abs(this.heights[index] - height) < 0.5) return false;
    this.heights[index] = height;
    this.sums = null;
    return true;
  }

  tops() {
    if (!this.sums) {
      this.sums = new Float64Array(this.count + 1);
      for (let index = 0; index < this.count; index += 1) this.sums[index + 1] = this.sums[index] + this.heights[index];
    }
    return this.sums;
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
