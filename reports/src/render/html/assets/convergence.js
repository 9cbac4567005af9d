// The convergence pane: two numbers over time that must meet, and the range that the answers to the clients allow. Where the
// two lines differ, the system has not converged. The record says which numbers these are.

const PLOT_HEIGHT = 120;
const PLOT_BOTTOM = 104;
const PLOT_TOP = 10;

class Convergence {
  constructor(root, view, report) {
    this.view = view;
    this.report = report;
    this.root = root;
    this.surface = new Surface(root.querySelector("canvas"), PLOT_HEIGHT);
    this.picker = root.querySelector("select");
    this.choices = view.run.plots.flatMap((plot) => [...plot.numbers.keys()].sort(byNumber).map((key) => ({ plot, key })));
    root.hidden = this.choices.length === 0;
    if (root.hidden) return;
    this.choice = this.defaultChoice();
    this.list();
    this.picker.onchange = () => {
      this.choice = this.choices[Number(this.picker.value)];
      view.changed();
    };
    view.onChange(() => this.draw());
    this.surface.canvas.addEventListener("pointerdown", (event) => dragTime(event, this.surface.canvas, view));
    this.surface.canvas.addEventListener("click", ({ offsetX }) => this.surface.canvas.dataset.dragged || view.point(view.run.eventAt(this.surface.t(offsetX, view))));
  }

  /** The choices, in groups if there is more than one plot. */
  list() {
    const { plots } = this.view.run;
    const options = (plot) => this.choices.flatMap((choice, index) => (choice.plot === plot ? [element("option", { value: index }, nameOf(choice))] : []));
    const groups = plots.length === 1 ? options(plots[0]) : plots.map((plot) => element("optgroup", { label: plot.title }, ...options(plot)));
    this.picker.replaceChildren(...groups);
    this.picker.value = this.choices.indexOf(this.choice);
    this.picker.hidden = this.choices.length === 1 && nameOf(this.choice) === this.choice.plot.title;
  }

  /** What a violation names, else what changed most often. */
  defaultChoice() {
    const { record } = this.view.run;
    const named = (detail) => {
      const places = this.choices.map((choice) => ({ choice, at: detail.search(new RegExp(`${RegExp.escape?.(nameOf(choice)) ?? nameOf(choice).replace(/[^\w\s]/g, "\\$&")}(?!\\w)`)) }));
      return places.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at)[0]?.choice;
    };
    const length = ({ plot, key }) => plot.numbers.get(key).length;
    return record.violations.map(({ detail }) => named(detail)).find(Boolean) ?? this.choices.toSorted((a, b) => length(b) - length(a))[0];
  }

  draw() {
    const { surface, view } = this;
    const { plot, key } = this.choice;
    this.name(plot);
    const context = surface.begin();
    surface.backdrop(view);
    const series = plot.numbers.get(key);
    const expected = plot.ranges.get(key) ?? [];
    const visible = within(series, view, surface.width);
    const [bottom, top] = this.range(series, expected);
    this.scale = (value) => PLOT_BOTTOM - ((value - bottom) / (top - bottom)) * (PLOT_BOTTOM - PLOT_TOP);
    this.drawGrid(context, bottom, top);
    this.drawExpected(context, within(expected, view, surface.width));
    this.drawDivergence(context, visible);
    this.drawSteps(context, visible, 1, "--second-number", [5, 3]);
    this.drawSteps(context, visible, 0, "--first-number", []);
    this.drawHealing(context);
    surface.cursor(view);
    this.report(this.description(series, expected));
  }

  name({ title, noun, lines: [first, second] }) {
    if (this.named === title) return;
    this.named = title;
    this.root.querySelector("h4").textContent = title;
    this.showKey();
    setAttribute(this.picker, "aria-label", noun || title);
    setAttribute(this.surface.canvas, "aria-label", `${first.name} and ${second.name}${noun ? ` of the ${noun}` : ""} over time; the sentence next to it has the values at the cursor`);
  }

  /** What the lines and areas of the plot are. Beside the plot, where it hides nothing. */
  showKey() {
    const { lines, allowed } = this.choice.plot;
    const item = (name, text) => element("li", { class: name }, element("i", { "aria-hidden": "true" }), element("span", {}, text));
    const items = [item("first", lines[0].name), item("second", lines[1].name), item("differ", "they differ")];
    if (allowed) items.push(item("range", "expected"));
    this.root.querySelector("[data-part=key]").replaceChildren(...items);
  }

  /** The least and the greatest value of the whole run, so that the scale stays when the window moves. */
  range(series, expected) {
    if (this.known?.choice !== this.choice) {
      const values = series.flatMap(({ values }) => values);
      const most = Math.max(1, ...greatestOf(values), ...greatestOf(expected.map(({ high }) => high)));
      const least = Math.min(0, -Math.max(0, ...greatestOf(values.map((value) => -value))));
      this.known = { choice: this.choice, least, most };
    }
    return [this.known.least, this.known.most];
  }

  drawGrid(context, bottom, top) {
    const { surface } = this;
    context.strokeStyle = ink("--grid");
    context.fillStyle = ink("--faint-text");
    const step = Math.max(1, Math.ceil((top - bottom) / 4));
    for (let value = bottom; value <= top; value += step) {
      const y = Math.round(this.scale(value)) + 0.5;
      surface.line(0, y, surface.width, y);
      // Below the line where there is no room above it.
      context.fillText(String(value), 3, y < PLOT_TOP + 6 ? y + 7 : y - 6);
    }
  }

  /** The range from the least to the greatest number that agrees with the answers to the clients. */
  drawExpected(context, expected) {
    const { surface, view } = this;
    context.fillStyle = ink("--expected");
    expected.forEach(({ t, low, high }, index) => {
      const until = expected[index + 1]?.t ?? view.run.end;
      if (until < view.from || t > view.to) return;
      const [y0, y1] = [this.scale(high), this.scale(low)];
      surface.band(t, until, y0 - 1.5, y1 - y0 + 3, view);
    });
  }

  drawDivergence(context, series) {
    const { surface, view } = this;
    context.fillStyle = hatch(context, "--violated", "forward");
    series.forEach(({ t, values: [first, second] }, index) => {
      if (first === second) return;
      const until = series[index + 1]?.t ?? view.run.end;
      const [y0, y1] = [this.scale(Math.max(first, second)), this.scale(Math.min(first, second))];
      surface.band(t, until, y0, y1 - y0, view);
    });
  }

  drawSteps(context, series, which, colour, dash) {
    const { surface, view } = this;
    context.strokeStyle = ink(colour);
    context.lineWidth = 2;
    context.setLineDash(dash);
    context.beginPath();
    series.forEach((point, index) => {
      const [x, y] = [surface.x(Math.max(point.t, view.from - (view.to - view.from)), view), this.scale(point.values[which])];
      if (index === 0) context.moveTo(x, y);
      else {
        context.lineTo(x, this.scale(series[index - 1].values[which]));
        context.lineTo(x, y);
      }
    });
    const last = series.at(-1);
    if (last) context.lineTo(surface.width, this.scale(last.values[which]));
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 1;
  }

  drawHealing(context) {
    const { surface, view } = this;
    const { healedAt, record } = view.run;
    if (healedAt === null || healedAt < view.from || healedAt > view.to) return;
    const took = record.converged_after_micros;
    // A run that violated a property did not heal, whatever its numbers say at the end.
    const isGreen = record.violations.length === 0;
    const after = took === null ? "never converged" : `converged after ${clock(took)}`;
    const text = isGreen ? `faults end; ${after}` : "faults end";
    const x = surface.x(healedAt, view);
    const width = context.measureText(text).width;
    context.fillStyle = ink(isGreen ? "--held" : "--faint-text");
    // Below the lowest line, where neither a line nor a number is.
    const fits = x + width + 8 <= surface.width;
    context.fillText(text, fits ? x + 4 : Math.max(2, x - width - 4), PLOT_BOTTOM + 9);
  }

  /** The values at the cursor in words. */
  description(series, expected) {
    const at = (list) => list.findLast(({ i }) => i <= this.view.cursor);
    const { lines, allowed } = this.choice.plot;
    const [first, second] = at(series).values;
    const range = at(expected) ?? { low: 0, high: 0 };
    const words = [`${lines[0].name} ${first}`, `${lines[1].name} ${second}`];
    if (allowed) words.push(`expected ${range.low === range.high ? range.low : `${range.low} to ${range.high}`}`);
    const difference = Math.abs(first - second);
    return `${words.join(", ")}${difference ? `; difference ${difference}` : ""}`;
  }
}

/** What a choice is called: `item 1`. Without a key, it is the whole plot. */
function nameOf({ plot, key }) {
  return plot.noun ? `${plot.noun} ${key}` : plot.title;
}

/** Compares keys: as numbers if they are, else as texts. */
function byNumber(a, b) {
  return a - b || a.localeCompare(b);
}

/** The points of a window and the one before it. Of several points in one pixel only the last is kept. */
function within(points, view, width) {
  const first = Math.max(0, points.findLastIndex(({ t }) => t <= view.from));
  const perPixel = (view.to - view.from) / width;
  const kept = [];
  let pixel = -1;
  for (let index = first; index < points.length && points[index].t <= view.to; index += 1) {
    const at = Math.floor((points[index].t - view.from) / perPixel);
    if (at === pixel && kept.length > 1) kept.pop();
    kept.push(points[index]);
    pixel = at;
  }
  return kept;
}
