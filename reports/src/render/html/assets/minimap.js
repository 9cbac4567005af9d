// The overview: the whole run in one strip, with the density of events, the faults in force, and a brush over the time
// window that the panes show.

const MINIMAP_HEIGHT = 44;

class Minimap {
  constructor(root, view) {
    this.view = view;
    this.canvas = root.querySelector("canvas");
    this.surface = new Surface(this.canvas, MINIMAP_HEIGHT);
    this.brush = root.querySelector(".brush");
    this.handles = { from: root.querySelector(".from"), to: root.querySelector(".to") };
    this.whole = { run: view.run, from: 0, to: view.run.end, cursorTime: 0 };
    view.onChange(() => this.draw());
    root.addEventListener("pointerdown", (event) => this.grab(event, root));
    for (const [edge, handle] of Object.entries(this.handles)) {
      handle.addEventListener("keydown", (event) => this.nudge(event, edge));
    }
  }

  draw() {
    const { surface, view, whole } = this;
    const context = surface.begin();
    const bins = this.bins(Math.max(1, Math.floor(surface.width / 3)));
    const greatest = Math.sqrt(bins.reduce((a, b) => Math.max(a, b), 1));
    context.fillStyle = ink("--fault-shade");
    for (const { t0, t1 } of view.run.faultTimes) surface.band(t0, t1, 0, MINIMAP_HEIGHT, whole);
    context.fillStyle = ink("--quiet");
    bins.forEach((count, index) => {
      const height = (Math.sqrt(count) / greatest) * (MINIMAP_HEIGHT - 12);
      context.fillRect(index * 3, MINIMAP_HEIGHT - height, 2, height);
    });
    for (const { t } of view.run.firedFaults) surface.sign("bolt", surface.x(t, whole), 7, ink("--fault"), 3);
    for (const { at_micros: t } of view.run.record.violations) surface.sign("cross", surface.x(t, whole), 7, ink("--violated"), 4);
    surface.rule(view.run.healedAt, whole, ink("--held"), [2, 3]);
    surface.rule(view.cursorTime, whole, ink("--ink"));
    this.placeBrush();
  }

  /** The number of events in each of so many equal intervals. It depends only on the width, so it is kept. */
  bins(count) {
    if (this.counted?.length !== count) {
      this.counted = new Float64Array(count);
      for (const t of this.view.run.times) this.counted[Math.min(count - 1, Math.floor((t / this.view.run.end) * count))] += 1;
    }
    return this.counted;
  }

  placeBrush() {
    const { from, to, run } = this.view;
    this.brush.style.left = `${(from / run.end) * 100}%`;
    this.brush.style.width = `${((to - from) / run.end) * 100}%`;
    for (const [edge, handle] of Object.entries(this.handles)) {
      const t = this.view[edge];
      handle.setAttribute("aria-valuemin", Math.round(run.millis(0)));
      handle.setAttribute("aria-valuemax", Math.round(run.millis(run.end)));
      handle.setAttribute("aria-valuenow", Math.round(run.millis(t)));
      handle.setAttribute("aria-valuetext", clock(t - run.zero));
    }
  }

  nudge(event, edge) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const { view } = this;
    const step = by * Math.max(1_000, (view.to - view.from) * 0.05);
    const moved = { from: view.from, to: view.to, [edge]: view[edge] + step };
    if (moved.from < moved.to) view.show(moved.from, moved.to);
  }

  /** Drags an edge of the brush or the brush itself, or draws a new one. */
  grab(event, root) {
    const { view } = this;
    const box = this.canvas.getBoundingClientRect();
    const at = ({ clientX }) => ((clientX - box.left) / box.width) * view.run.end;
    const start = at(event);
    const edge = Object.keys(this.handles).find((name) => this.handles[name] === event.target);
    const isInside = event.target === this.brush;
    const { from, to } = view;
    const move = (next) => {
      const now = at(next);
      if (edge) view.show(...[edge === "from" ? now : from, edge === "to" ? now : to].sort((a, b) => a - b));
      else if (isInside) view.show(from + now - start, to + now - start);
      else view.show(Math.min(start, now), Math.max(start, now));
    };
    const stop = () => {
      root.removeEventListener("pointermove", move);
      root.removeEventListener("pointerup", stop);
    };
    if (!edge) event.preventDefault();
    root.setPointerCapture(event.pointerId);
    root.addEventListener("pointermove", move);
    root.addEventListener("pointerup", stop);
  }
}
