// A canvas that is sharp on every screen, uses the colours of the page's theme, and shares the time scale of the panes.

class Surface {
  constructor(canvas, height) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.height = height;
    this.width = 0;
  }

  /** Clears the canvas and prepares it for drawing in CSS pixels. */
  begin(height = this.height) {
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.parentElement.clientWidth;
    this.height = height;
    this.width = width;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
      this.canvas.style.height = `${height}px`;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    this.context.textBaseline = "middle";
    return this.context;
  }

  x(t, view) {
    return ((t - view.from) / (view.to - view.from)) * this.width;
  }

  t(x, view) {
    return view.from + (x / this.width) * (view.to - view.from);
  }

  line(x0, y0, x1, y1) {
    this.context.beginPath();
    this.context.moveTo(x0, y0);
    this.context.lineTo(x1, y1);
    this.context.stroke();
  }

  /** The faults in force as shades across the pane, and the healing as a line. */
  backdrop(view, { shades = true } = {}) {
    const { context, height } = this;
    const { run } = view;
    if (shades) {
      context.fillStyle = ink("--fault-shade");
      for (const { t0, t1 } of run.faultTimes) this.band(t0, t1, 0, height, view);
    }
    this.rule(run.healedAt, view, ink("--held"), [2, 3]);
  }

  band(t0, t1, y, height, view) {
    const [x0, x1] = [Math.max(0, this.x(t0, view)), Math.min(this.width, this.x(t1, view))];
    if (x1 >= 0 && x0 <= this.width) this.context.fillRect(x0, y, Math.max(1, x1 - x0), height);
  }

  rule(t, view, colour, dash = []) {
    if (t === null || t < view.from || t > view.to) return;
    this.context.save();
    this.context.strokeStyle = colour;
    this.context.setLineDash(dash);
    const x = Math.round(this.x(t, view)) + 0.5;
    this.line(x, 0, x, this.height);
    this.context.restore();
  }

  cursor(view) {
    this.rule(view.cursorTime, view, ink("--ink"));
  }

  /** A small sign. Each meaning has its own shape, so that it can be recognised without colour. */
  sign(shape, x, y, colour, size = 4) {
    const { context } = this;
    context.save();
    context.translate(x, y);
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.lineWidth = 1.8;
    context.beginPath();
    SHAPES[shape](context, size);
    context.restore();
  }
}

const SHAPES = {
  disc: (c, s) => (c.arc(0, 0, s * 0.85, 0, 7), c.fill()),
  ring: (c, s) => (c.arc(0, 0, s * 0.85, 0, 7), c.stroke()),
  square: (c, s) => c.fillRect(-s * 0.8, -s * 0.8, s * 1.6, s * 1.6),
  diamond: (c, s) => (c.moveTo(0, -s * 1.2), c.lineTo(s * 1.2, 0), c.lineTo(0, s * 1.2), c.lineTo(-s * 1.2, 0), c.closePath(), c.fill()),
  right: (c, s) => (c.moveTo(-s * 0.7, -s), c.lineTo(s, 0), c.lineTo(-s * 0.7, s), c.closePath(), c.fill()),
  left: (c, s) => (c.moveTo(s * 0.7, -s), c.lineTo(-s, 0), c.lineTo(s * 0.7, s), c.closePath(), c.fill()),
  cross: (c, s) => (c.moveTo(-s, -s), c.lineTo(s, s), c.moveTo(s, -s), c.lineTo(-s, s), c.stroke()),
  bolt: (c, s) => (c.moveTo(s * 0.3, -s * 1.5), c.lineTo(-s, s * 0.3), c.lineTo(-s * 0.1, s * 0.3), c.lineTo(-s * 0.3, s * 1.5), c.lineTo(s, -s * 0.3), c.lineTo(s * 0.1, -s * 0.3), c.closePath(), c.fill()),
  up: (c, s) => (c.moveTo(-s, s * 0.8), c.lineTo(0, -s), c.lineTo(s, s * 0.8), c.closePath(), c.fill()),
};

const inks = new Map();

/** The colour of this name in the current theme, as an element with it computes the colour. */
function ink(name) {
  if (!inks.has(name)) {
    const probe = document.getElementById("probe");
    probe.style.color = `var(${name})`;
    inks.set(name, getComputedStyle(probe).color);
  }
  return inks.get(name);
}

/** The positions of tick marks: multiples of a round time step, about `count` of them in the window. */
function ticks(view, count) {
  const rough = (view.to - view.from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough);
  const first = Math.ceil((view.from - view.run.zero) / step) * step + view.run.zero;
  const marks = [];
  for (let t = first; t <= view.to; t += step) marks.push(t);
  return marks;
}

/** A time since the clients started, in a suitable unit. */
function clock(micros) {
  const millis = micros / 1000;
  if (Math.abs(millis) < 10_000) return `${trim(millis, 1)} ms`;
  return `${trim(millis / 1000, 2)} s`;
}

function trim(number, digits) {
  return Number(number.toFixed(digits)).toString();
}

/** Moves the time window while the pointer drags. */
function dragTime(event, canvas, view) {
  delete canvas.dataset.dragged;
  const { from, to } = view;
  const perPixel = (to - from) / canvas.clientWidth;
  const move = ({ clientX }) => {
    const by = (event.clientX - clientX) * perPixel;
    if (Math.abs(event.clientX - clientX) < 4 && !canvas.dataset.dragged) return;
    canvas.dataset.dragged = "yes";
    view.show(from + by, to + by);
  };
  const stop = () => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", stop);
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", stop);
}

const hatches = new Map();

/** A hatching in a colour. Each meaning has its own pattern, so that it can be recognised without colour. */
function hatch(context, name, pattern) {
  const key = `${name} ${pattern} ${ink(name)}`;
  if (!hatches.has(key)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.globalAlpha = 0.14;
    pen.fillStyle = pen.strokeStyle = ink(name);
    pen.fillRect(0, 0, 8, 8);
    pen.globalAlpha = 0.5;
    if (pattern === "dots") pen.fillRect(2, 2, 2, 2);
    if (pattern !== "dots") pen.stroke(new Path2D("M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6"));
    if (pattern === "both") pen.stroke(new Path2D("M-2 6 L2 10 M0 0 L8 8 M6 -2 L10 2"));
    hatches.set(key, context.createPattern(tile, "repeat"));
  }
  return hatches.get(key);
}
