// The futures pane: after each event of a minimal run, the share of futures that fail. A future keeps the run up to the event
// and draws everything after it anew. Where the line jumps, the failure became likely or certain.

const FUTURES_HEIGHT = 64;
const FUTURES_TOP = 8;
const FUTURES_BOTTOM = 56;

class Futures {
  constructor(root, view) {
    this.view = view;
    this.outlook = view.run.outlook;
    root.hidden = !this.outlook;
    if (root.hidden) return;
    this.said = root.querySelector("output");
    root.querySelector("[data-part=futures-sentence]").textContent = this.outlook.sentence;
    this.surface = new Surface(root.querySelector("canvas"), FUTURES_HEIGHT);
    view.onChange(() => this.draw());
    this.surface.canvas.addEventListener("click", ({ offsetX }) => this.jump(offsetX));
  }

  /** To the forked event that is nearest to the pointer. */
  jump(x) {
    const distance = (fork) => Math.abs(this.surface.x(fork.at_micros, this.view) - x);
    const nearest = this.outlook.forks.toSorted((a, b) => distance(a) - distance(b))[0];
    if (nearest) this.view.point(nearest.event);
  }

  draw() {
    const { surface, view, outlook } = this;
    const context = surface.begin();
    surface.backdrop(view, { shades: false });
    const y = (fork) => FUTURES_BOTTOM - share(fork) * (FUTURES_BOTTOM - FUTURES_TOP);
    this.grid(context);
    context.strokeStyle = context.fillStyle = ink("--violated");
    context.lineWidth = 2;
    outlook.forks.forEach((fork, index) => {
      const x = surface.x(fork.at_micros, view);
      const next = outlook.forks[index + 1];
      const end = next ? surface.x(next.at_micros, view) : surface.x(view.run.times[outlook.violation] ?? view.run.end, view);
      surface.line(x, y(fork), end, y(fork));
      if (next) surface.line(end, y(fork), end, y(next));
      context.fillRect(x - 2, y(fork) - 2, 4, 4);
    });
    for (const [turn, shape] of [[outlook.likely, "diamond"], [outlook.certain, "up"]]) {
      const fork = turn && outlook.forks.find(({ event }) => event === turn.event);
      if (fork) surface.sign(shape, surface.x(fork.at_micros, view), y(fork), ink("--violated"), 5);
    }
    surface.cursor(view);
    this.say();
  }

  grid(context) {
    context.strokeStyle = ink("--edge");
    context.fillStyle = ink("--faint-text");
    context.lineWidth = 1;
    for (const [label, part] of [["100 %", 1], ["50 %", 0.5], ["0 %", 0]]) {
      const y = Math.round(FUTURES_BOTTOM - part * (FUTURES_BOTTOM - FUTURES_TOP)) + 0.5;
      this.surface.line(0, y, this.surface.width, y);
      context.fillText(label, 4, y - 5 + (part === 1 ? 11 : 0));
    }
  }

  /** What the plot shows at the cursor, for readers who do not see it. */
  say() {
    const fork = this.outlook.forks.findLast(({ event }) => event <= this.view.cursor) ?? this.outlook.forks[0];
    if (!fork) return;
    const words = `after event ${fork.event}: ${Math.round(share(fork) * 100)} % of ${fork.futures} fail`;
    if (this.said.textContent !== words) this.said.textContent = words;
  }
}

function share({ failed, futures }) {
  return futures ? failed / futures : 0;
}
