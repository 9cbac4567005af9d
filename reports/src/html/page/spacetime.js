// The space-time diagram: machines are lanes, time goes right, a message is a slanted line from its sender to its receiver.

const LANE_HEIGHT = 56;
const LANE_FOLDED = 22;
const LANES_TOP = 24;
/** More messages than this in the window are drawn as strips of how many there were. */
const LEGS_DRAWN_MAX = 2_500;
const STRIP_WIDTH = 5;
/** How far from a line a click still means it, in pixels. */
const REACH = 7;

/** Each way for a message to go has a stroke of its own. */
const STROKES = {
  plain: { dash: [] },
  copy: { dash: [2, 3], end: "ring" },
  late: { dash: [8, 4], end: "diamond" },
  lost: { dash: [4, 3], end: "cross", colour: "--violated", reach: 0.5 },
  failed: { dash: [4, 3], end: "cross", colour: "--fault", reach: 0.5 },
  forged: { dash: [1, 2], end: "up", colour: "--fault", reach: 0.5 },
  unheard: { dash: [1, 3], reach: 0.3 },
  unanswered: { dash: [1, 3], reach: 0.4 },
};
const OP_COLOURS = { do: "--do", undo: "--undo", seal: "--seal" };
const HOST_FAULT_SIGNS = { pause: "paused", zombie: "paused as a zombie", busy: "locked", pool_exhausted: "no connection", outage: "no database", slow_database: "slow database", disk_full: "disk full", disk_error: "disk error", clock_skew: "clock skewed", clock_drift: "clock drifts", clock_jump: "clock jumped" };

class SpaceTime {
  constructor(root, view, report) {
    this.view = view;
    this.report = report;
    this.canvas = root.querySelector("canvas");
    this.surface = new Surface(this.canvas, 300);
    this.tip = root.querySelector(".tip");
    view.onChange(() => this.draw());
    this.canvas.addEventListener("click", (event) => this.choose(event));
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => this.tell(null));
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => dragTime(event, this.canvas, view));
    this.names = new LaneNames(root.querySelector(".lanes"), view, () => this.layout());
  }

  /** Where each lane lies. */
  layout() {
    this.lanes = new Map();
    let y = LANES_TOP;
    for (const host of this.view.lanes) {
      const height = this.view.collapsed.has(host) ? LANE_FOLDED : LANE_HEIGHT;
      this.lanes.set(host, { y: y + height / 2, top: y, height });
      y += height;
    }
    this.height = y + 8;
    return this.lanes;
  }

  draw() {
    const { surface, view } = this;
    this.layout();
    const context = surface.begin(this.height);
    surface.backdrop(view, { shades: false });
    this.drawAxis(context);
    this.drawLinks(context);
    this.drawLanes(context);
    this.drawLegs(context);
    this.drawMarks();
    surface.cursor(view);
  }

  drawAxis(context) {
    const { surface, view } = this;
    context.fillStyle = ink("--faint-text");
    context.strokeStyle = ink("--grid");
    for (const t of ticks(view, Math.max(2, surface.width / 130))) {
      const x = Math.round(surface.x(t, view)) + 0.5;
      surface.line(x, 16, x, surface.height);
      context.fillText(clock(t - view.run.zero), x + 3, 8);
    }
  }

  /** Links that are cut or slow, as bands between their machines. */
  drawLinks(context) {
    const { surface, view } = this;
    for (const { a, b, one_way, slow, t0, t1 } of view.run.links) {
      const [one, other] = [this.lanes.get(a), this.lanes.get(b)];
      if (!one || !other || t1 < view.from || t0 > view.to) continue;
      const [top, bottom] = [Math.min(one.y, other.y), Math.max(one.y, other.y)];
      const [x0, x1] = [Math.max(0, surface.x(t0, view)), Math.min(surface.width, surface.x(t1, view))];
      context.fillStyle = hatch(context, slow ? "--late" : "--fault", slow ? "dots" : one_way ? "forward" : "both");
      context.fillRect(x0, top, Math.max(2, x1 - x0), bottom - top);
      if (x1 - x0 > 90) this.label(context, slow ? "slow link" : one_way ? `cut ${a} → ${b}` : `cut ${a} | ${b}`, x0 + 4, (top + bottom) / 2, "--fault-text");
    }
  }

  drawLanes(context) {
    const { surface, view } = this;
    for (const [host, { y, height }] of this.lanes) {
      context.strokeStyle = ink("--lane");
      surface.line(0, Math.round(y) + 0.5, surface.width, Math.round(y) + 0.5);
      for (const down of view.run.downs.filter((down) => down.host === host)) this.drawDown(context, down, y, height);
      for (const window of view.run.windows) this.drawHostFault(context, window, host, y);
    }
  }

  /** A gap: nothing runs there. */
  drawDown(context, { t0, t1, why }, y, height) {
    const { surface, view } = this;
    if (t1 < view.from || t0 > view.to) return;
    const [x0, x1] = [surface.x(t0, view), surface.x(t1, view)];
    context.fillStyle = ink("--page");
    context.fillRect(x0, y - 3, x1 - x0, 6);
    context.fillStyle = hatch(context, "--ink", "both");
    context.fillRect(Math.max(0, x0), y - height / 4, Math.min(surface.width, x1) - Math.max(0, x0), height / 2);
    surface.sign("cross", x0, y, ink("--ink"), 5);
    surface.sign("right", x1, y, ink("--ink"), 4);
    const word = { crashed: "crashed", lost_power: "no power", stopped: "stopped" }[why];
    if (x1 - x0 > 60) this.label(context, word, Math.max(0, x0) + 9, y, "--ink");
  }

  /** What befalls a machine, its database, its disk or its clock, just under its lane. */
  drawHostFault(context, { fault, t0, t1 }, host, y) {
    const { surface, view } = this;
    const word = HOST_FAULT_SIGNS[fault.fault];
    if (!word || fault.host !== host || t1 < view.from || t0 > view.to) return;
    context.fillStyle = hatch(context, "--fault", "forward");
    surface.band(t0, t1, y + 4, 9, view);
    const [x0, x1] = [Math.max(0, surface.x(t0, view)), surface.x(t1, view)];
    if (x1 - x0 > 50) this.label(context, word, x0 + 4, y + 19, "--fault-text");
  }

  label(context, text, x, y, colour) {
    const width = context.measureText(text).width;
    context.fillStyle = ink("--page");
    context.globalAlpha = 0.85;
    context.fillRect(x - 2, y - 7, width + 4, 14);
    context.globalAlpha = 1;
    context.fillStyle = ink(colour);
    context.fillText(text, x, y);
  }

  /** The messages of the window, or, if they are too many, strips that say how many; nothing is left out in silence. */
  drawLegs(context) {
    const { view } = this;
    const visible = this.visible();
    const isShown = ({ from, to }) => this.lanes.has(from) && this.lanes.has(to);
    const shown = view.hidden.size === 0 ? visible : visible.filter(isShown);
    const crowded = shown.length > LEGS_DRAWN_MAX;
    const lit = view.lit;
    const isLit = (leg) => lit && (lit.of.has(leg) || lit.past.has(leg) || lit.future.has(leg));
    const drawn = crowded ? shown.filter((leg) => isLit(leg) || !["plain"].includes(leg.state)).slice(0, LEGS_DRAWN_MAX) : shown;
    if (crowded) this.drawStrips(context, shown);
    for (const leg of drawn) this.drawLeg(context, leg, lit, isLit(leg));
    this.drawn = drawn;
    this.report(numbers(visible), numbers(drawn), numbers(visible) - numbers(shown));
  }

  visible() {
    const { view } = this;
    if (this.seen?.from !== view.from || this.seen?.to !== view.to || this.seen?.run !== view.run) {
      const legs = view.run.legs.filter((leg) => leg.t0 <= view.to && leg.t1 >= view.from);
      this.seen = { from: view.from, to: view.to, run: view.run, legs };
    }
    return this.seen.legs;
  }

  drawStrips(context, legs) {
    const { surface, view } = this;
    const hosts = [...this.lanes.keys()];
    const places = new Map(hosts.map((host, place) => [host, place]));
    const width = Math.ceil(surface.width / STRIP_WIDTH) + 1;
    const counts = new Uint32Array(hosts.length * hosts.length * width);
    const perStrip = ((view.to - view.from) / surface.width) * STRIP_WIDTH;
    let most = 1;
    for (const { t0, from, to } of legs) {
      const x = Math.floor((Math.max(t0, view.from) - view.from) / perStrip);
      const at = (places.get(from) * hosts.length + places.get(to)) * width + x;
      counts[at] += 1;
      most = Math.max(most, counts[at]);
    }
    context.fillStyle = ink("--do");
    counts.forEach((number, at) => {
      if (number === 0) return;
      const pair = Math.floor(at / width);
      const [one, other] = [Math.floor(pair / hosts.length), pair % hosts.length].map((place) => this.lanes.get(hosts[place]).y);
      context.globalAlpha = 0.08 + 0.35 * (Math.log1p(number) / Math.log1p(most));
      context.fillRect((at % width) * STRIP_WIDTH, Math.min(one, other), STRIP_WIDTH - 1, Math.abs(other - one));
    });
    context.globalAlpha = 1;
  }

  drawLeg(context, leg, lit, isLit) {
    const { surface } = this;
    const { dash, end, colour, reach = 1 } = STROKES[leg.state];
    const [x0, y0, x1, y1] = this.ends(leg, reach);
    context.globalAlpha = lit && !isLit ? 0.13 : 1;
    context.strokeStyle = ink(colour ?? OP_COLOURS[leg.steps[0]?.op] ?? "--plain");
    context.lineWidth = lit?.of.has(leg) ? 2.4 : 1.15;
    context.setLineDash(leg.kind === "reply" && dash.length === 0 ? [] : dash);
    surface.line(x0, y0, x1, y1);
    context.setLineDash([]);
    if (end) surface.sign(end, x1, y1, context.strokeStyle, 3.4);
    else this.arrow(context, x0, y0, x1, y1, leg.kind === "reply");
    if (leg.kind === "request" && leg.steps.length && (x1 - x0 > 26 || isLit) && !(lit && !isLit)) this.stepLabel(context, leg, x0, y0, x1, y1);
    context.globalAlpha = 1;
    context.lineWidth = 1;
  }

  /** Where a leg is drawn; one that got nowhere ends on the way. */
  ends(leg, reach) {
    const { surface, view } = this;
    const [y0, y1] = [this.lanes.get(leg.from).y, this.lanes.get(leg.to).y];
    const x0 = surface.x(leg.t0, view);
    const x1 = reach < 1 ? x0 + Math.min(40, Math.max(10, Math.abs(y1 - y0) * 0.25)) : surface.x(leg.t1, view);
    return [x0, y0, x1, y0 + (y1 - y0) * reach];
  }

  arrow(context, x0, y0, x1, y1, isReply) {
    const angle = Math.atan2(y1 - y0, x1 - x0);
    const back = (turn) => [x1 - 6 * Math.cos(angle + turn), y1 - 6 * Math.sin(angle + turn)];
    context.beginPath();
    context.moveTo(...back(0.45));
    context.lineTo(x1, y1);
    context.lineTo(...back(-0.45));
    if (isReply) context.stroke();
    else {
      context.closePath();
      context.fillStyle = context.strokeStyle;
      context.fill();
    }
  }

  stepLabel(context, leg, x0, y0, x1, y1) {
    const { op, step, saga } = leg.steps[0];
    const more = leg.steps.length > 1 ? ` +${leg.steps.length - 1}` : "";
    const text = `${op} ${step}·s${saga}${more}`;
    const spaces = Math.abs(y1 - y0) > 30;
    if (!spaces) return;
    context.fillStyle = context.strokeStyle;
    context.fillText(text, (x0 + x1) / 2 + 5, y0 + (y1 - y0) * 0.35);
  }

  /** Commits, strikes and violations, where they happened. */
  drawMarks() {
    const { surface, view } = this;
    const put = (t, host, shape, colour, size, above = 0) => {
      const lane = this.lanes.get(host);
      if (lane && t >= view.from && t <= view.to) surface.sign(shape, surface.x(t, view), lane.y - above, colour, size);
    };
    const commits = view.run.commits.filter(({ t }) => t >= view.from && t <= view.to);
    if (commits.length < LEGS_DRAWN_MAX) for (const { t, host } of commits) put(t, host, "disc", ink("--ink"), 3);
    for (const { t, host, fault } of view.run.strikes) put(t, fault.host ?? host, "bolt", ink("--fault"), 6, 13);
    view.run.record.violations.forEach(({ at_micros: t, event }) => {
      const host = view.run.events[event]?.host;
      put(t, this.lanes.has(host) ? host : view.lanes[0], "cross", ink("--violated"), 7);
    });
  }

  /** The line nearest to the pointer, if it is near. */
  nearest({ offsetX: x, offsetY: y }) {
    let best = null;
    let least = REACH;
    for (const leg of this.drawn ?? []) {
      const away = distance(x, y, ...this.ends(leg, STROKES[leg.state].reach ?? 1));
      if (away < least) [best, least] = [leg, away];
    }
    return best;
  }

  choose(event) {
    if (this.canvas.dataset.dragged) return;
    const leg = this.nearest(event);
    if (leg) {
      this.view.select({ message: leg.message });
      this.view.point(leg.i0);
    } else {
      this.view.select(null);
      this.view.point(this.view.run.eventAt(this.surface.t(event.offsetX, this.view)));
    }
  }

  hover(event) {
    const leg = this.nearest(event);
    this.canvas.style.cursor = leg ? "pointer" : "crosshair";
    this.tell(leg, event);
  }

  tell(leg, event) {
    this.tip.hidden = !leg;
    if (!leg) return;
    const message = this.view.run.byNumber.get(leg.message);
    const ways = [...new Set(this.view.run.legs.filter((l) => l.message === leg.message).map((l) => `${l.kind} ${WAYS[l.state]}`))];
    const steps = message.steps.map(({ op, step, saga }) => `${op} step ${step} of saga ${saga}`).join(", ");
    const verdicts = message.verdicts.map(({ says }) => says).join(", ");
    this.tip.textContent = [`#${message.number} ${message.from} → ${message.to}`, steps || message.path, ways.join(", "), verdicts].filter(Boolean).join("\n");
    const left = Math.min(event.offsetX + 14, this.surface.width - 240);
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = `${event.offsetY + 14}px`;
  }

  wheel(event) {
    if (!event.ctrlKey && !event.shiftKey && !event.altKey) return;
    event.preventDefault();
    this.view.zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, this.surface.t(event.offsetX, this.view));
  }
}

const WAYS = { plain: "arrived", copy: "arrived as a copy", late: "arrived late, held back", lost: "was lost", failed: "failed", forged: "was answered by somebody on the way", unheard: "reached nobody who waits", unanswered: "was never answered" };

function numbers(legs) {
  return new Set(legs.map(({ message }) => message)).size;
}

function distance(x, y, x0, y0, x1, y1) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}
