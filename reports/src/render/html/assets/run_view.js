// The view of one run: its panes around one viewport, the keyboard, and the link that leads back to the current view.

class RunView {
  constructor(root) {
    this.root = root;
    this.template = document.getElementById("run-view-template");
  }

  /** Opens a run. `target` may give the time or the event, and the selected saga or message. */
  async open(id, target = {}) {
    this.root.setAttribute("aria-busy", "true");
    const run = await loadRun(id);
    this.view?.end();
    this.id = id;
    this.isMoved = false;
    this.root.replaceChildren(this.template.content.cloneNode(true));
    this.view = new Viewport(run);
    this.describe(run);
    this.assemble();
    this.go(target);
    this.root.hidden = false;
    this.root.removeAttribute("aria-busy");
    this.view.onChange(() => this.updateAddress());
    this.view.changed();
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  setText(name, text) {
    const part = this.part(name);
    if (part.textContent !== text) part.textContent = text;
  }

  describe(run) {
    const { record, plan } = run;
    const isGreen = record.violations.length === 0;
    const verdict = this.part("verdict");
    verdict.className = `chip ${isGreen ? "held" : "violated"}`;
    verdict.textContent = isGreen ? "✓ every property held" : `✕ ${record.violations[0].property}`;
    this.setText("title", plan.name);
    this.setText("system", run.plantedBug ? `planted bug ${run.plantedBug}` : "");
    this.part("sentences").replaceChildren(...run.sentences.map((sentence) => element("li", {}, sentence)));
    this.setText("replay", run.replay);
    const facts = [
      count(run.events.length, "event", "events"),
      count(run.messages.length, "message", "messages"),
      count(run.sagaList.length, "saga", "sagas"),
      `${count(record.struck.filter(Boolean).length, "fault", "faults")} of ${plan.faults.length} fired`,
      `${clock(record.simulated_micros)} simulated`,
      `hash ${record.hash.slice(0, 12)}`,
    ];
    this.setText("facts", facts.join(" · "));
  }

  assemble() {
    const { view } = this;
    new Futures(this.part("futures"), view);
    new Minimap(this.part("minimap"), view);
    new Convergence(this.part("convergence"), view, (text) => this.setText("counts", text));
    this.spacetime = new SpaceTime(this.part("spacetime"), view, (...numbers) => this.count(...numbers));
    new SagaTimeline(this.part("sagas"), view, (open) => this.setText("saga-count", `${count(open, "saga", "sagas")} in the window`));
    new Inspector(this.part("rows"), view);
    this.table = new EventTable(this.part("events"), view, (shown, all) => this.setText("event-count", shown === all ? count(all, "event", "events") : `${shown.toLocaleString("en-US")} of ${count(all, "event", "events")}`));
    for (const button of this.root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.act(button.dataset.act));
    }
    view.onChange(() => {
      this.setText("window", `${clock(view.from - view.run.zero)} to ${clock(view.to - view.run.zero)}`);
      this.setText("selection", this.selectionWords());
    });
    this.resize = new ResizeObserver(() => view.changed());
    this.resize.observe(this.root);
  }

  /** Shows how many messages of the window are drawn, folded into strips or hidden. */
  count(visible, drawn, hidden) {
    const folded = visible - drawn - hidden;
    const pane = this.part("spacetime");
    Object.assign(pane.dataset, { visible, drawn, folded, hidden });
    const parts = [`${count(drawn, "message", "messages")} drawn`];
    if (folded > 0) parts.push(`${folded.toLocaleString("en-US")} folded into strips; zoom in to see them`);
    if (hidden > 0) parts.push(`${hidden.toLocaleString("en-US")} of hidden hosts`);
    this.setText("message-count", parts.join(", "));
  }

  selectionWords() {
    const { selection, highlight } = this.view;
    if (!selection) return "";
    if (selection.saga !== undefined) {
      const messages = count(numbers([...highlight.selected]), "message", "messages");
      return `saga ${selection.saga}: ${messages} · ${this.view.run.sagaNumbered(selection.saga).label}`;
    }
    return `message #${selection.message}: ${count(numbers([...highlight.past]), "message", "messages")} may have led to it, ${numbers([...highlight.future])} may follow from it`;
  }

  act(what) {
    const { view } = this;
    const acts = {
      in: () => view.zoom(0.5),
      out: () => view.zoom(2),
      active: () => view.show(...view.activePart()),
      whole: () => view.show(0, view.run.end),
      left: () => view.pan(-0.25),
      right: () => view.pan(0.25),
      next: () => this.table.step(1),
      back: () => this.table.step(-1),
      fault: () => this.jump(view.run.firedFaults.map(({ i }) => i)),
      violation: () => this.jump(view.run.events.flatMap(({ event }, i) => (event === "violated" ? [i] : []))),
      clear: () => view.select(null),
      help: () => document.getElementById("help").showModal(),
      search: () => this.table.search.focus(),
      copy: () => copyText(view.run.replay, this.part("copied")),
    };
    acts[what]?.();
  }

  /** Moves the cursor to the next of these events, and after the last to the first. */
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

  /** Keeps the current view in the address once the reader has moved it. It adds no entry to the history. */
  updateAddress() {
    const { view } = this;
    if (!this.isMoved) return (this.isMoved = true);
    const parts = [this.id.startsWith("run-") ? `run=${view.run.folder}` : "", `t=${trim(view.run.millis(view.cursorTime), 3)}`];
    if (view.run.plan.seed !== null && view.run.role !== "minimal") parts[0] = `seed=${view.run.plan.seed}`;
    if (view.selection?.saga !== undefined) parts.push(`saga=${view.selection.saga}`);
    if (view.selection?.message !== undefined) parts.push(`message=${view.selection.message}`);
    clearTimeout(this.addressUpdate);
    this.addressUpdate = setTimeout(() => history.replaceState(null, "", `#${parts.filter(Boolean).join("&")}`), 150);
  }
}

const ACTS_BY_KEY = { j: "next", k: "back", n: "fault", v: "violation", "+": "in", "=": "in", "-": "out", 0: "active", w: "whole", ArrowLeft: "left", ArrowRight: "right", Escape: "clear", "?": "help", "/": "search" };

/** Keys work wherever the focus is, unless the reader is typing. */
function listenToKeys(runView) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea, dialog[open], [role=slider]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Escape") event.target.blur?.();
      return;
    }
    const act = ACTS_BY_KEY[event.key];
    if (!act || (!runView.view && act !== "help")) return;
    event.preventDefault();
    if (act === "help") document.getElementById("help").showModal();
    else runView.act(act);
  });
}
