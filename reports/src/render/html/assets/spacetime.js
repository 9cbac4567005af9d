// The space-time diagram: each host is a horizontal track, time runs to the right, and a message is a slanted line from
// its sender to its receiver.
//
// How far a lost message came is unknown, so it is drawn half-way.

const TRACK_HEIGHT = 56;
const TRACK_FOLDED_HEIGHT = 22;
const TRACKS_TOP = 24;
/** If the window has more legs than this, they are drawn as strips that show only their number. */
const LEGS_DRAWN_MAX = 2_500;
/** The greatest distance in pixels at which a click selects a line. */
const CLICK_DISTANCE = 7;

/** Each state of a leg has a stroke of its own, so that it can be recognised without colour. */
const STROKES = {
  plain: { dash: [] },
  copy: { dash: [2, 3], end: "ring" },
  late: { dash: [8, 4], end: "diamond" },
  lost: { dash: [4, 3], end: "cross", colour: "--violated", reach: 0.5 },
  failed: { dash: [4, 3], end: "cross", colour: "--fault", reach: 0.5 },
  forged: { dash: [1, 2], end: "up", colour: "--fault", reach: 0.5 },
  discarded: { dash: [1, 3], reach: 0.3 },
  unanswered: { dash: [1, 3], reach: 0.4 },
};
const OP_COLOURS = { do: "--do", undo: "--undo", seal: "--seal" };
const HOST_FAULT_SIGNS = { pause: "paused", zombie: "paused as a zombie", accept_and_never_answer: "answers nothing", busy: "locked", pool_exhausted: "no connection", outage: "no database", slow_database: "slow database", hang: "database hangs", too_many_clients: "too many clients", outsider_lock: "locked by another", disk_full: "disk full", disk_error: "disk error", clock_skew: "clock skewed", clock_drift: "clock drifts", clock_jump: "clock jumped" };

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
    this.canvas.addEventListener("pointerleave", () => this.showTip(null));
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => dragTime(event, this.canvas, view));
    this.names = new HostTracks(root.querySelector(".tracks"), view, () => this.layout());
  }

  /** The position of each track. */
  layout() {
    this.tracks = new Map();
    let y = TRACKS_TOP;
    for (const host of this.view.visibleHosts) {
      const height = this.view.collapsed.has(host) ? TRACK_FOLDED_HEIGHT : TRACK_HEIGHT;
      this.tracks.set(host, { y: y + height / 2, top: y, height });
      y += height;
    }
    this.height = y + 8;
    return this.tracks;
  }

  draw() {
    const { surface, view } = this;
    this.layout();
    const context = surface.begin(this.height);
    surface.backdrop(view, { shades: false });
    this.drawAxis(context);
    this.drawLinks(context);
    this.drawTracks(context);
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

  /** Cut and slow links, as bands between their hosts. */
  drawLinks(context) {
    const { surface, view } = this;
    for (const { a, b, one_way, slow, t0, t1 } of view.run.links) {
      const [one, other] = [this.tracks.get(a), this.tracks.get(b)];
      if (!one || !other || t1 < view.from || t0 > view.to) continue;
      const [top, bottom] = [Math.min(one.y, other.y), Math.max(one.y, other.y)];
      const [x0, x1] = [Math.max(0, surface.x(t0, view)), Math.min(surface.width, surface.x(t1, view))];
      context.fillStyle = hatch(context, slow ? "--late" : "--fault", slow ? "dots" : one_way ? "forward" : "both");
      context.fillRect(x0, top, Math.max(2, x1 - x0), bottom - top);
      if (x1 - x0 > 90) this.label(context, slow ? "slow link" : one_way ? `cut ${a} → ${b}` : `cut ${a} | ${b}`, x0 + 4, (top + bottom) / 2, "--fault-text");
    }
  }

  drawTracks(context) {
    const { surface, view } = this;
    for (const [host, { y, height }] of this.tracks) {
      context.strokeStyle = ink("--track");
      surface.line(0, Math.round(y) + 0.5, surface.width, Math.round(y) + 0.5);
      for (const down of view.run.downtimes.filter((down) => down.host === host)) this.drawDown(context, down, y, height);
      for (const window of view.run.windows) this.drawHostFault(context, window, host, y);
    }
  }

  /** A gap in the track while the host is down. */
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
    const word = { crashed: "crashed", lost_power: "no power", stopped: "stopped", taken_over: "taken over" }[why];
    if (x1 - x0 > 60) this.label(context, word, Math.max(0, x0) + 9, y, "--ink");
  }

  /** Faults of a host, its database, its disk or its clock, just below its track. */
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

  /** The legs in the window. If there are too many, most are drawn as strips; the page says how many. */
  drawLegs(context) {
    const { view } = this;
    const visible = this.visible();
    const hasTracks = ({ from, to }) => this.tracks.has(from) && this.tracks.has(to);
    const shown = view.hidden.size === 0 ? visible : visible.filter(hasTracks);
    const crowded = shown.length > LEGS_DRAWN_MAX;
    const { highlight } = view;
    const isHighlighted = (leg) => highlight && (highlight.selected.has(leg) || highlight.past.has(leg) || highlight.future.has(leg));
    const drawn = crowded ? shown.filter((leg) => isHighlighted(leg) || !["plain"].includes(leg.state)).slice(0, LEGS_DRAWN_MAX) : shown;
    if (crowded) drawStrips(context, this.surface, view, this.tracks, shown);
    for (const leg of drawn) this.drawLeg(context, leg, highlight, isHighlighted(leg));
    this.drawn = drawn;
    this.report(numbers(visible), numbers(drawn), numbers(visible) - numbers(shown));
  }

  visible() {
    const { view } = this;
    if (this.cached?.from !== view.from || this.cached?.to !== view.to || this.cached?.run !== view.run) {
      const legs = view.run.legs.filter((leg) => leg.t0 <= view.to && leg.t1 >= view.from);
      this.cached = { from: view.from, to: view.to, run: view.run, legs };
    }
    return this.cached.legs;
  }

  drawLeg(context, leg, highlight, isHighlighted) {
    const { surface } = this;
    const { dash, end, colour, reach = 1 } = STROKES[leg.state];
    const [x0, y0, x1, y1] = this.ends(leg, reach);
    context.globalAlpha = highlight && !isHighlighted ? 0.13 : 1;
    context.strokeStyle = ink(colour ?? OP_COLOURS[leg.steps[0]?.op] ?? "--plain");
    context.lineWidth = highlight?.selected.has(leg) ? 2.4 : 1.15;
    context.setLineDash(leg.kind === "reply" && dash.length === 0 ? [] : dash);
    surface.line(x0, y0, x1, y1);
    context.setLineDash([]);
    if (end) surface.sign(end, x1, y1, context.strokeStyle, 3.4);
    else this.arrow(context, x0, y0, x1, y1, leg.kind === "reply");
    if (leg.kind === "request" && leg.steps.length && (x1 - x0 > 26 || isHighlighted) && !(highlight && !isHighlighted)) this.stepLabel(context, leg, x0, y0, x1, y1);
    context.globalAlpha = 1;
    context.lineWidth = 1;
  }

  /** The end points of a leg. One that did not arrive ends part of the way. */
  ends(leg, reach) {
    const { surface, view } = this;
    const [y0, y1] = [this.tracks.get(leg.from).y, this.tracks.get(leg.to).y];
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
    if (Math.abs(y1 - y0) <= 30) return;
    context.fillStyle = context.strokeStyle;
    context.fillText(text, (x0 + x1) / 2 + 5, y0 + (y1 - y0) * 0.35);
  }

  /** Commits, fired faults and violations. */
  drawMarks() {
    const { surface, view } = this;
    const mark = (t, host, shape, colour, size, above = 0) => {
      const track = this.tracks.get(host);
      if (track && t >= view.from && t <= view.to) surface.sign(shape, surface.x(t, view), track.y - above, colour, size);
    };
    const commits = view.run.commits.filter(({ t }) => t >= view.from && t <= view.to);
    if (commits.length < LEGS_DRAWN_MAX) for (const { t, host } of commits) mark(t, host, "disc", ink("--ink"), 3);
    for (const { t, host, fault } of view.run.firedFaults) mark(t, fault.host ?? host, "bolt", ink("--fault"), 6, 13);
    view.run.record.violations.forEach(({ at_micros: t, event }) => {
      const host = view.run.events[event]?.host;
      mark(t, this.tracks.has(host) ? host : view.visibleHosts[0], "cross", ink("--violated"), 7);
    });
  }

  /** The leg nearest to the pointer, if it is near enough. */
  nearest({ offsetX: x, offsetY: y }) {
    let best = null;
    let least = CLICK_DISTANCE;
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
    this.showTip(leg, event);
  }

  showTip(leg, event) {
    this.tip.hidden = !leg;
    if (!leg) return;
    const message = this.view.run.byNumber.get(leg.message);
    const states = [...new Set(this.view.run.legs.filter((l) => l.message === leg.message).map((l) => `${l.kind} ${STATE_WORDS[l.state]}`))];
    const steps = message.steps.map(({ op, step, saga }) => `${op} step ${step} of saga ${saga}`).join(", ");
    const verdicts = message.verdicts.map(({ verdict }) => verdict).join(", ");
    this.tip.textContent = [`#${message.number} ${message.from} → ${message.to}`, steps || message.path, states.join(", "), verdicts].filter(Boolean).join("\n");
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

const STATE_WORDS = { plain: "arrived", copy: "arrived as a copy", late: "arrived late, delayed", lost: "was lost", failed: "failed", forged: "was answered by the network", discarded: "was discarded by its receiver", unanswered: "was never answered" };

function numbers(legs) {
  return new Set(legs.map(({ message }) => message)).size;
}

function distance(x, y, x0, y0, x1, y1) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}
