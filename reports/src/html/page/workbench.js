// The run page: its panes around one viewport, keys, and links that lead back to exactly this view.

class Workbench {
  constructor(root) {
    this.root = root;
    this.template = document.getElementById("workbench-template");
  }

  /** Shows a run; `place` may say when, and which saga or message is selected. */
  async open(id, place = {}) {
    this.root.setAttribute("aria-busy", "true");
    const run = await loadRun(id);
    this.view?.end();
    this.id = id;
    this.isMoved = false;
    this.root.replaceChildren(this.template.content.cloneNode(true));
    this.view = new Viewport(run);
    this.describe(run);
    this.assemble();
    this.go(place);
    this.root.hidden = false;
    this.root.removeAttribute("aria-busy");
    this.view.onChange(() => this.leaveTrail());
    this.view.changed();
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  say(name, text) {
    const part = this.part(name);
    if (part.textContent !== text) part.textContent = text;
  }

  describe(run) {
    const { record, plan } = run;
    const isGreen = record.violations.length === 0;
    const verdict = this.part("verdict");
    verdict.className = `chip ${isGreen ? "held" : "violated"}`;
    verdict.textContent = isGreen ? "✓ every property held" : `✕ ${record.violations[0].property}`;
    this.say("title", plan.name);
    this.say("system", run.specimen ? `in the specimen ${run.specimen}` : "");
    this.part("sentences").replaceChildren(...run.sentences.map((sentence) => element("li", {}, sentence)));
    this.say("replay", run.replay);
    const facts = [
      count(run.events.length, "event", "events"),
      count(run.messages.length, "message", "messages"),
      count(run.sagaList.length, "saga", "sagas"),
      `${count(record.struck.filter(Boolean).length, "fault", "faults")} of ${plan.faults.length} struck`,
      `${clock(record.simulated_micros)} simulated`,
      `hash ${record.hash.slice(0, 12)}`,
    ];
    this.say("facts", facts.join(" · "));
  }

  assemble() {
    const { view } = this;
    new Minimap(this.part("minimap"), view);
    new Convergence(this.part("convergence"), view, (text) => this.say("counts", text));
    this.spacetime = new SpaceTime(this.part("spacetime"), view, (...numbers) => this.count(...numbers));
    new SwimLanes(this.part("sagas"), view, (open) => this.say("saga-count", `${count(open, "saga", "sagas")} in the window`));
    new Inspector(this.part("rows"), view);
    this.table = new EventTable(this.part("events"), view, (shown, all) => this.say("event-count", shown === all ? count(all, "event", "events") : `${shown.toLocaleString("en-US")} of ${count(all, "event", "events")}`));
    for (const button of this.root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.act(button.dataset.act));
    }
    view.onChange(() => {
      this.say("window", `${clock(view.from - view.run.zero)} to ${clock(view.to - view.run.zero)}`);
      this.say("selection", this.selectionWords());
    });
    this.resize = new ResizeObserver(() => view.changed());
    this.resize.observe(this.root);
  }

  /** Every message of the window is drawn, or counted here. */
  count(visible, drawn, hidden) {
    const folded = visible - drawn - hidden;
    const pane = this.part("spacetime");
    Object.assign(pane.dataset, { visible, drawn, folded, hidden });
    const parts = [`${count(drawn, "message", "messages")} drawn`];
    if (folded > 0) parts.push(`${folded.toLocaleString("en-US")} folded into strips: narrow the window`);
    if (hidden > 0) parts.push(`${hidden.toLocaleString("en-US")} of hidden machines`);
    this.say("message-count", parts.join(", "));
  }

  selectionWords() {
    const { selection, lit } = this.view;
    if (!selection) return "";
    if (selection.saga !== undefined) return `saga ${selection.saga}: ${count(numbers([...lit.of]), "message", "messages")}`;
    return `message #${selection.message}: ${count(numbers([...lit.past]), "message", "messages")} may have led to it, ${numbers([...lit.future])} may follow from it`;
  }

  act(what) {
    const { view } = this;
    const acts = {
      in: () => view.zoom(0.5),
      out: () => view.zoom(2),
      story: () => view.show(...view.wholeStory()),
      whole: () => view.show(0, view.run.end),
      left: () => view.pan(-0.25),
      right: () => view.pan(0.25),
      next: () => this.table.step(1),
      back: () => this.table.step(-1),
      fault: () => this.jump(view.run.strikes.map(({ i }) => i)),
      violation: () => this.jump(view.run.events.flatMap(({ event }, i) => (event === "violated" ? [i] : []))),
      clear: () => view.select(null),
      help: () => document.getElementById("help").showModal(),
      search: () => this.table.search.focus(),
      copy: () => copyText(view.run.replay, this.part("copied")),
    };
    acts[what]?.();
  }

  /** To the next of these events, from the last back to the first. */
  jump(events) {
    const next = events.find((i) => i > this.view.cursor) ?? events[0];
    if (next !== undefined) this.view.point(next);
  }

  go({ t, saga, message, event }) {
    const { view } = this;
    if (saga !== undefined) view.select({ saga });
    if (message !== undefined && view.run.byNumber.has(message)) view.select({ message });
    if (event !== undefined) view.point(event);
    else if (t !== undefined) view.point(view.run.eventAt(view.run.zero + t * 1000));
  }

  /** Once something was moved, the address leads back to what is shown; no entry of the history is made for it. */
  leaveTrail() {
    const { view } = this;
    if (!this.isMoved) return (this.isMoved = true);
    const parts = [this.id.startsWith("run-") ? `run=${view.run.folder}` : "", `t=${trim(view.run.millis(view.cursorTime), 3)}`];
    if (view.run.plan.seed !== null && view.run.role !== "minimal") parts[0] = `seed=${view.run.plan.seed}`;
    if (view.selection?.saga !== undefined) parts.push(`saga=${view.selection.saga}`);
    if (view.selection?.message !== undefined) parts.push(`message=${view.selection.message}`);
    clearTimeout(this.trail);
    this.trail = setTimeout(() => history.replaceState(null, "", `#${parts.filter(Boolean).join("&")}`), 150);
  }
}

const ACTS_BY_KEY = { j: "next", k: "back", n: "fault", v: "violation", "+": "in", "=": "in", "-": "out", 0: "story", w: "whole", ArrowLeft: "left", ArrowRight: "right", Escape: "clear", "?": "help", "/": "search" };

/** Keys work wherever the focus is, unless something is being typed. */
function listenToKeys(workbench) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea, dialog[open], [role=slider]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Escape") event.target.blur?.();
      return;
    }
    const act = ACTS_BY_KEY[event.key];
    if (!act || (!workbench.view && act !== "help")) return;
    event.preventDefault();
    if (act === "help") document.getElementById("help").showModal();
    else workbench.act(act);
  });
}
