// The sagas over time: the states of each saga, every attempt of a step, and the verdict of the barrier on it.

const SAGA_HEIGHT = 30;
const SAGAS_TOP = 4;
/** The maximum height of the pane. If there are more sagas, it scrolls, and only the visible ones are drawn. */
const SAGAS_HEIGHT_MAX = 360;

const STATUS_COLOURS = { running: "--do", completed: "--held", compensating: "--undo", compensated: "--undo" };
const OP_SHAPES = { do: "right", undo: "left", seal: "square" };
const VERDICT_SIGNS = {
  fresh: ["disc", "--held"],
  replayed: ["ring", "--replayed"],
  refused: ["cross", "--undo"],
  "null compensation": ["diamond", "--undo"],
  "hanging refused": ["cross", "--violated"],
  sealed: ["square", "--seal"],
  dead: ["cross", "--seal"],
};

class SagaTimeline {
  constructor(root, view, report) {
    this.root = root;
    this.view = view;
    this.report = report;
    this.canvas = root.querySelector("canvas");
    this.surface = new Surface(this.canvas, 100);
    this.names = root.querySelector(".tracks");
    this.shownNames = new Map();
    this.tip = root.querySelector(".tip");
    this.all = [];
    view.onChange(() => this.draw());
    root.addEventListener("scroll", () => this.drawVisible());
    this.canvas.addEventListener("click", (event) => this.choose(event));
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.canvas.addEventListener("pointerdown", (event) => dragTime(event, this.canvas, view));
  }

  /** The sagas that were open in the window, and the selected one. */
  sagas() {
    const { view } = this;
    const isOpen = (saga) => (saga.t0 <= view.to && endOf(saga) >= view.from) || (saga.number !== null && saga.number === view.selection?.saga);
    return view.run.sagaList.filter(isOpen);
  }

  draw() {
    const { view } = this;
    this.all = this.sagas();
    const high = SAGAS_TOP + Math.max(1, this.all.length) * SAGA_HEIGHT + 4;
    this.names.style.height = `${high}px`;
    this.height = Math.min(high, SAGAS_HEIGHT_MAX);
    if (this.revealed !== `${view.cursor} ${view.selection?.saga}`) {
      this.revealed = `${view.cursor} ${view.selection?.saga}`;
      this.reveal();
    }
    this.report(this.all.length);
    this.drawVisible();
  }

  /** Draws the sagas in the visible part of the pane. */
  drawVisible() {
    const { surface, view } = this;
    const scrolled = this.root.scrollTop;
    const first = Math.max(0, Math.floor((scrolled - SAGAS_TOP) / SAGA_HEIGHT));
    const shown = this.all.slice(first, first + Math.ceil(this.height / SAGA_HEIGHT) + 1);
    const top = (index) => SAGAS_TOP + (first + index) * SAGA_HEIGHT;
    this.marks = [];
    const context = surface.begin(this.height);
    surface.backdrop(view);
    shown.forEach((saga, index) => this.drawSaga(context, saga, top(index) - scrolled));
    if (shown.length === 0) {
      context.fillStyle = ink("--faint-text");
      context.fillText("no saga is open in this window", 8, 18);
    }
    surface.cursor(view);
    showKeyed(this.names, this.shownNames, shown, (saga) => this.name(saga));
    shown.forEach((saga, index) => this.updateName(saga, top(index)));
  }

  drawSaga(context, saga, top) {
    const { surface, view } = this;
    const isSelected = view.selection?.saga === saga.number && saga.number !== null;
    if (isSelected) {
      context.fillStyle = ink("--selected");
      context.fillRect(0, top, surface.width, SAGA_HEIGHT);
    }
    saga.states.forEach((state, index) => this.drawState(context, saga, state, saga.states[index + 1], top));
    if (saga.deadline && saga.deadline < endOf(saga)) this.mark(saga.deadline, top + 8, "up", ink("--late"), 4, "deadline passed");
    for (const { t, op, step, message } of saga.attempts) {
      const tries = saga.attempts.filter((other) => other.op === op && other.step === step);
      const nth = tries.findIndex((other) => other.message === message) + 1;
      this.mark(t, top + 8, OP_SHAPES[op] ?? "disc", ink(OP_COLOURS[op] ?? "--plain"), 3.6, `${op} of step ${step} sent${nth > 1 ? `, attempt ${nth}` : ""} (#${message})`);
    }
    for (const { t, verdict, op, step, reply, host } of saga.verdicts) {
      const [shape, colour] = VERDICT_SIGNS[verdict] ?? ["ring", "--plain"];
      this.mark(t, top + 22, shape, ink(colour), 3.4, `${host} on ${op} of step ${step}: ${verdict} (${reply})`);
    }
    for (const [index, { t, epoch }] of saga.states.entries()) {
      if (index > 0 && epoch !== saga.states[index - 1].epoch) this.mark(t, top + 15, "diamond", ink("--epoch"), 4.5, `taken over in epoch ${epoch}`);
    }
  }

  drawState(context, saga, state, next, top) {
    const { surface, view } = this;
    const isEnd = state.status === "completed" || state.status === "compensated";
    context.fillStyle = ink(STATUS_COLOURS[state.status] ?? "--plain");
    if (isEnd) {
      const shape = state.status === "completed" ? "disc" : "left";
      this.mark(state.t, top + 15, shape, context.fillStyle, 5, state.status);
      return;
    }
    context.globalAlpha = 0.45;
    surface.band(state.t, next?.t ?? view.run.end, top + 13, 4, view);
    context.globalAlpha = 1;
    if (state.parked) {
      context.fillStyle = hatch(context, "--violated", "both");
      surface.band(state.t, next?.t ?? view.run.end, top + 10, 10, view);
    }
  }

  mark(t, y, shape, colour, size, text) {
    const { surface, view } = this;
    if (t < view.from || t > view.to) return;
    const x = surface.x(t, view);
    surface.sign(shape, x, y, colour, size);
    this.marks.push({ x, y, text });
  }

  /** A button with the name of a saga. A saga without messages has no number and nothing to highlight. */
  name(saga) {
    const { view } = this;
    const title = `${saga.label}\n${saga.id}${saga.number ? "" : ", which sent no message"}`;
    return element(
      "button",
      { type: "button", class: "saga", disabled: saga.number ? null : "", title },
      element("b", {}, saga.number ? `s${saga.number}` : "–"),
      ` ${saga.label}`,
      () => view.select({ saga: saga.number }),
    );
  }

  updateName(saga, top) {
    const isSelected = saga.number !== null && this.view.selection?.saga === saga.number;
    const name = this.shownNames.get(saga);
    setAttribute(name, "aria-pressed", String(isSelected));
    name.style.top = `${top}px`;
  }

  /** Scrolls to the selected saga, or to one that is open at the cursor. */
  reveal() {
    const { view, root } = this;
    const isWanted = (saga) => (view.selection?.saga ? saga.number === view.selection.saga : saga.t0 <= view.cursorTime && endOf(saga) >= view.cursorTime);
    const index = this.all.findIndex(isWanted);
    const top = SAGAS_TOP + index * SAGA_HEIGHT;
    const isVisible = top >= root.scrollTop && top + SAGA_HEIGHT <= root.scrollTop + this.height;
    if (index >= 0 && !isVisible) root.scrollTop = top - this.height / 2;
  }

  choose({ offsetX, offsetY }) {
    if (this.canvas.dataset.dragged) return;
    const saga = this.all[Math.floor((offsetY + this.root.scrollTop - SAGAS_TOP) / SAGA_HEIGHT)];
    if (saga?.number) this.view.select({ saga: saga.number });
    this.view.point(this.view.run.eventAt(this.surface.t(offsetX, this.view)));
  }

  hover({ offsetX, offsetY }) {
    const near = this.marks?.find(({ x, y }) => Math.hypot(x - offsetX, y - offsetY) < 7);
    this.tip.hidden = !near;
    if (!near) return;
    this.tip.textContent = near.text;
    this.tip.style.left = `${Math.max(0, Math.min(offsetX + 12, this.surface.width - 240))}px`;
    this.tip.style.top = `${offsetY + 12}px`;
  }
}

function endOf(saga) {
  const last = saga.states.at(-1);
  const isOver = last.status === "completed" || last.status === "compensated";
  return isOver ? Math.max(last.t, ...greatestOf(saga.verdicts.map(({ t }) => t))) : Infinity;
}
