// The convergence pane: the like count and the number of records of one article over time, and the range that the
// answers to its users allow. Where the two lines differ, the article has not converged.

const PLOT_HEIGHT = 120;
const PLOT_BOTTOM = 104;
const PLOT_TOP = 10;

class Convergence {
  constructor(root, view, report) {
    this.view = view;
    this.report = report;
    this.surface = new Surface(root.querySelector("canvas"), PLOT_HEIGHT);
    this.picker = root.querySelector("select");
    this.articles = [...view.run.counts.keys()].sort((a, b) => a - b);
    this.article = this.defaultArticle();
    this.picker.replaceChildren(...this.articles.map((id) => element("option", { value: id }, `article ${id}`)));
    this.picker.value = this.article;
    this.picker.onchange = () => {
      this.article = Number(this.picker.value);
      view.changed();
    };
    view.onChange(() => this.draw());
    this.surface.canvas.addEventListener("pointerdown", (event) => dragTime(event, this.surface.canvas, view));
    this.surface.canvas.addEventListener("click", ({ offsetX }) => this.surface.canvas.dataset.dragged || view.point(view.run.eventAt(this.surface.t(offsetX, view))));
  }

  /** The article that a violation names, else the one that changed most often. */
  defaultArticle() {
    const { counts, record } = this.view.run;
    const named = record.violations.map(({ detail }) => Number(/article (\d+)/.exec(detail)?.[1])).find((id) => counts.has(id));
    return named ?? this.articles.toSorted((a, b) => counts.get(b).length - counts.get(a).length)[0] ?? 0;
  }

  draw() {
    const { surface, view } = this;
    const context = surface.begin();
    surface.backdrop(view);
    const series = view.run.counts.get(this.article) ?? [];
    const expected = view.run.expected.get(this.article) ?? [];
    const visible = within(series, view, surface.width);
    const [bottom, top] = this.range(series, expected);
    this.scale = (value) => PLOT_BOTTOM - ((value - bottom) / (top - bottom)) * (PLOT_BOTTOM - PLOT_TOP);
    this.drawGrid(context, bottom, top);
    this.drawExpected(context, within(expected, view, surface.width));
    this.drawDivergence(context, visible);
    this.drawSteps(context, visible, "records", "--records", [5, 3]);
    this.drawSteps(context, visible, "count", "--count", []);
    this.drawHealing(context);
    surface.cursor(view);
    this.report(this.description(series, expected));
  }

  /** The least and the greatest value of the whole run, so that the scale stays when the window moves. */
  range(series, expected) {
    if (this.known?.article !== this.article) {
      const most = Math.max(1, ...greatestOf(series.flatMap(({ count, records }) => [count, records])), ...greatestOf(expected.map(({ high }) => high)));
      const least = Math.min(0, -Math.max(0, ...greatestOf(series.map(({ count }) => -count))));
      this.known = { article: this.article, least, most };
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
      context.fillText(String(value), 3, y - 6);
    }
  }

  /** The range from the fewest to the most likes that agree with the answers to the users. */
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
    series.forEach(({ t, count, records }, index) => {
      if (count === records) return;
      const until = series[index + 1]?.t ?? view.run.end;
      const [y0, y1] = [this.scale(Math.max(count, records)), this.scale(Math.min(count, records))];
      surface.band(t, until, y0, y1 - y0, view);
    });
  }

  drawSteps(context, series, what, colour, dash) {
    const { surface, view } = this;
    context.strokeStyle = ink(colour);
    context.lineWidth = 2;
    context.setLineDash(dash);
    context.beginPath();
    series.forEach((point, index) => {
      const [x, y] = [surface.x(Math.max(point.t, view.from - (view.to - view.from)), view), this.scale(point[what])];
      if (index === 0) context.moveTo(x, y);
      else {
        context.lineTo(x, this.scale(series[index - 1][what]));
        context.lineTo(x, y);
      }
    });
    const last = series.at(-1);
    if (last) context.lineTo(surface.width, this.scale(last[what]));
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 1;
  }

  drawHealing(context) {
    const { surface, view } = this;
    const { healedAt, record } = view.run;
    if (healedAt === null || healedAt < view.from || healedAt > view.to) return;
    const took = record.converged_after_micros;
    const text = took === null ? "healed; never converged" : `healed; converged after ${clock(took)}`;
    const x = surface.x(healedAt, view);
    const width = context.measureText(text).width;
    context.fillStyle = ink("--held");
    context.fillText(text, x + width + 8 > surface.width ? x - width - 4 : x + 4, PLOT_TOP + 2);
  }

  /** The values at the cursor in words. */
  description(series, expected) {
    const at = (list) => list.findLast(({ i }) => i <= this.view.cursor);
    const now = at(series);
    const range = at(expected);
    if (!now) return "";
    const allowed = range ? (range.low === range.high ? `${range.low}` : `${range.low} to ${range.high}`) : "0";
    const difference = now.count - now.records;
    return `count ${now.count}, records ${now.records}, expected ${allowed}${difference ? `; difference ${Math.abs(difference)}` : ""}`;
  }
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
