// One article's count and records over time, beside what its users were told: where the two lines part, the system is in doubt.

const PLOT_HEIGHT = 120;
const PLOT_FLOOR = 104;
const PLOT_TOP = 10;

class Convergence {
  constructor(root, view, report) {
    this.view = view;
    this.report = report;
    this.surface = new Surface(root.querySelector("canvas"), PLOT_HEIGHT);
    this.picker = root.querySelector("select");
    this.articles = [...view.run.counts.keys()].sort((a, b) => a - b);
    this.article = this.mostTelling();
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

  /** The article that a violation names, else the one that changed most. */
  mostTelling() {
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
    const seen = within(series, view, surface.width);
    const [bottom, top] = this.range(series, expected);
    this.scale = (value) => PLOT_FLOOR - ((value - bottom) / (top - bottom)) * (PLOT_FLOOR - PLOT_TOP);
    this.drawGrid(context, bottom, top);
    this.drawExpected(context, within(expected, view, surface.width));
    this.drawDivergence(context, seen);
    this.drawSteps(context, seen, "records", "--records", [5, 3]);
    this.drawSteps(context, seen, "count", "--count", []);
    this.drawHealing(context);
    surface.cursor(view);
    this.report(this.says(series, expected));
  }

  /** The least and the most of the whole run: the scale stays when the window moves. */
  range(series, expected) {
    if (this.ranged?.article !== this.article) {
      const most = Math.max(1, ...tail(series.flatMap(({ count, records }) => [count, records])), ...tail(expected.map(({ high }) => high)));
      const least = Math.min(0, -Math.max(0, ...tail(series.map(({ count }) => -count))));
      this.ranged = { article: this.article, least, most };
    }
    return [this.ranged.least, this.ranged.most];
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

  /** From the fewest to the most likes that fit what the users were told. */
  drawExpected(context, expected) {
    const { surface, view } = this;
    context.fillStyle = ink("--expected");
    expected.forEach(({ t, low, high }, place) => {
      const until = expected[place + 1]?.t ?? view.run.end;
      if (until < view.from || t > view.to) return;
      const [y0, y1] = [this.scale(high), this.scale(low)];
      surface.band(t, until, y0 - 1.5, y1 - y0 + 3, view);
    });
  }

  drawDivergence(context, series) {
    const { surface, view } = this;
    context.fillStyle = hatch(context, "--violated", "forward");
    series.forEach(({ t, count, records }, place) => {
      if (count === records) return;
      const until = series[place + 1]?.t ?? view.run.end;
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
    series.forEach((point, place) => {
      const [x, y] = [surface.x(Math.max(point.t, view.from - (view.to - view.from)), view), this.scale(point[what])];
      if (place === 0) context.moveTo(x, y);
      else {
        context.lineTo(x, this.scale(series[place - 1][what]));
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
    const text = took === null ? "healed: it never came right" : `healed: right after ${clock(took)}`;
    const x = surface.x(healedAt, view);
    const width = context.measureText(text).width;
    context.fillStyle = ink("--held");
    context.fillText(text, x + width + 8 > surface.width ? x - width - 4 : x + 4, PLOT_TOP + 2);
  }

  /** The same in words, at the cursor. */
  says(series, expected) {
    const at = (list) => list.findLast(({ i }) => i <= this.view.cursor);
    const now = at(series);
    const told = at(expected);
    if (!now) return "";
    const range = told ? (told.low === told.high ? `${told.low}` : `${told.low} to ${told.high}`) : "0";
    const apart = now.count - now.records;
    return `count ${now.count}, records ${now.records}, its users may expect ${range}${apart ? `: apart by ${Math.abs(apart)}` : ""}`;
  }
}

/** The points of a window, and the one before it; of many in one pixel the last, since nobody could see the others. */
function within(points, view, width) {
  const first = Math.max(0, points.findLastIndex(({ t }) => t <= view.from));
  const perPixel = (view.to - view.from) / width;
  const kept = [];
  let pixel = -1;
  for (let place = first; place < points.length && points[place].t <= view.to; place += 1) {
    const at = Math.floor((points[place].t - view.from) / perPixel);
    if (at === pixel && kept.length > 1) kept.pop();
    kept.push(points[place]);
    pixel = at;
  }
  return kept;
}
