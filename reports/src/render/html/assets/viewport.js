// The state that all panes share: the time window, the cursor and the selection. Panes redraw when it changes, at most
// once a frame.

const SPAN_MIN_MICROS = 2_000;

class Viewport {
  constructor(run) {
    this.run = run;
    this.listeners = [];
    this.frame = 0;
    this.selection = null;
    this.highlight = null;
    this.hidden = new Set();
    this.collapsed = new Set();
    this.order = [...run.hosts];
    [this.from, this.to] = this.activePart();
    this.cursor = this.initialCursor();
  }

  /** The active part of the run: from the start of the clients to the last answer, saga or violation. */
  activePart() {
    const { run } = this;
    const ends = [...run.operations.values()].map(({ t1, t0 }) => t1 ?? t0);
    const sagas = run.sagaList.map((saga) => saga.states.at(-1).t);
    const violations = run.record.violations.map(({ at_micros: t }) => t);
    const latest = Math.max(run.zero + SPAN_MIN_MICROS, ...greatestOf(ends), ...greatestOf(sagas), ...greatestOf(violations));
    const span = latest - run.zero;
    return [Math.max(0, run.zero - span * 0.03), Math.min(run.end, latest + span * 0.06)];
  }

  initialCursor() {
    const { run } = this;
    const violated = run.events.findIndex(({ event }) => event === "violated");
    return violated >= 0 ? violated : Math.max(0, run.firedFaults[0]?.i ?? run.eventAt(run.zero));
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  changed() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      for (const listener of this.listeners) listener(this);
    });
  }

  /** Stops all drawing. Called before another run is opened. */
  end() {
    cancelAnimationFrame(this.frame);
    this.listeners = [];
  }

  show(from, to) {
    const span = Math.min(Math.max(to - from, SPAN_MIN_MICROS), this.run.end);
    this.from = Math.min(Math.max(0, from), this.run.end - span);
    this.to = this.from + span;
    this.changed();
  }

  /** Zooms around the cursor if it is visible, else around the middle. */
  zoom(factor, around = null) {
    const isVisible = this.cursorTime >= this.from && this.cursorTime <= this.to;
    around ??= isVisible ? this.cursorTime : (this.from + this.to) / 2;
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  pan(share) {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  /** Moves the cursor to an event, and the window if necessary to show it. */
  point(i) {
    this.cursor = Math.min(Math.max(0, i), this.run.events.length - 1);
    const t = this.cursorTime;
    const span = this.to - this.from;
    if (t < this.from || t > this.to) this.show(t - span / 2, t + span / 2);
    this.changed();
  }

  get cursorTime() {
    return this.run.times[this.cursor];
  }

  select(selection) {
    this.selection = sameSelection(this.selection, selection) ? null : selection;
    this.highlight = this.highlightOf(this.selection);
    this.changed();
  }

  /** The legs to highlight: those of a saga, or a message with the legs that may have led to it or follow from it. */
  highlightOf(selection) {
    const { run } = this;
    if (!selection) return null;
    if (selection.saga !== undefined) {
      return { selected: new Set(run.legs.filter((leg) => leg.steps.some(({ saga }) => saga === selection.saga))), past: new Set(), future: new Set() };
    }
    const own = run.legs.filter((leg) => leg.message === selection.message);
    const message = run.byNumber.get(selection.message);
    const last = own.filter(({ arrives }) => arrives).at(-1);
    const future = last ? causalCone(run, last.i0, last.from, false) : new Set();
    return { selected: new Set(own), past: causalCone(run, message.i, message.from, true), future };
  }

  /** The hosts that are not hidden, in their order. */
  get visibleHosts() {
    return this.order.filter((host) => !this.hidden.has(host));
  }
}

function sameSelection(a, b) {
  return a && b && a.saga === b.saga && a.message === b.message;
}

/** A list with the greatest number, or an empty one. Spreading a large array into Math.max would overflow the stack. */
function greatestOf(numbers) {
  return numbers.length ? [numbers.reduce((a, b) => Math.max(a, b))] : [];
}
