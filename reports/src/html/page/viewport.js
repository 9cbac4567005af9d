// The time that all panes show, and what is selected in them. Panes draw when it changes, at most once a frame.

const SPAN_MIN_MICROS = 2_000;

class Viewport {
  constructor(run) {
    this.run = run;
    this.listeners = [];
    this.frame = 0;
    this.selection = null;
    this.hidden = new Set();
    this.collapsed = new Set();
    this.order = [...run.hosts];
    [this.from, this.to] = this.wholeStory();
    this.cursor = this.firstOfInterest();
  }

  /** Where things happen: from the users' beginning to their last answer, or to what went wrong. */
  wholeStory() {
    const { run } = this;
    const ends = [...run.operations.values()].map(({ t1, t0 }) => t1 ?? t0);
    const sagas = run.sagaList.map((saga) => saga.states.at(-1).t);
    const violations = run.record.violations.map(({ at_micros: t }) => t);
    const latest = Math.max(run.zero + SPAN_MIN_MICROS, ...tail(ends), ...tail(sagas), ...tail(violations));
    const span = latest - run.zero;
    return [Math.max(0, run.zero - span * 0.03), Math.min(run.end, latest + span * 0.06)];
  }

  firstOfInterest() {
    const { run } = this;
    const violated = run.events.findIndex(({ event }) => event === "violated");
    return violated >= 0 ? violated : Math.max(0, run.strikes[0]?.i ?? run.eventAt(run.zero));
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

  /** Stops: nothing of a run that is no longer shown may draw. */
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

  /** Around the cursor, if it is in sight. */
  zoom(factor, around = null) {
    const isSeen = this.cursorTime >= this.from && this.cursorTime <= this.to;
    around ??= isSeen ? this.cursorTime : (this.from + this.to) / 2;
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  pan(share) {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  /** Points at an event, and moves so that it is seen. */
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
    this.lit = this.litBy(this.selection);
    this.changed();
  }

  /** What lights up: the messages of a saga, or what may have led to a message and what it may have caused. */
  litBy(selection) {
    const { run } = this;
    if (!selection) return null;
    if (selection.saga !== undefined) {
      return { of: new Set(run.legs.filter((leg) => leg.steps.some(({ saga }) => saga === selection.saga))), past: new Set(), future: new Set() };
    }
    const own = run.legs.filter((leg) => leg.message === selection.message);
    const message = run.byNumber.get(selection.message);
    const last = own.filter(({ arrives }) => arrives).at(-1);
    const future = last ? cone(run, last.i0, last.from, false) : new Set();
    return { of: new Set(own), past: cone(run, message.i, message.from, true), future };
  }

  /** The machines that are shown, in their order. */
  get lanes() {
    return this.order.filter((host) => !this.hidden.has(host));
  }
}

function sameSelection(a, b) {
  return a && b && a.saga === b.saga && a.message === b.message;
}

/** The largest of many numbers, as a list that may be empty: spreading a large array would overflow the stack. */
function tail(numbers) {
  return numbers.length ? [numbers.reduce((a, b) => Math.max(a, b))] : [];
}
