// The names of the hosts at the left of their tracks, with buttons to fold, hide and move a track.

class HostTracks {
  /** `layout` returns the position of each track. */
  constructor(root, view, layout) {
    this.root = root;
    this.view = view;
    this.layout = layout;
    this.list();
  }

  list() {
    const { view } = this;
    this.root.replaceChildren();
    for (const [host, { top, height }] of this.layout()) {
      const isFolded = view.collapsed.has(host);
      const row = element("div", { class: "track", "data-host": host });
      row.style.top = `${top}px`;
      row.style.height = `${height}px`;
      const button = (label, text, act) => element("button", { type: "button", "aria-label": `${label} ${host}`, title: label }, text, act);
      row.append(
        element("span", { class: "host" }, host),
        element("span", { class: "tools" },
          button("move up", "↑", () => this.move(host, -1)),
          button("move down", "↓", () => this.move(host, 1)),
          button(isFolded ? "unfold" : "fold", isFolded ? "▸" : "▾", () => this.toggle(view.collapsed, host)),
          button("hide", "×", () => this.toggle(view.hidden, host))));
      this.root.append(row);
    }
    if (view.hidden.size > 0) {
      const all = element("button", { type: "button", class: "unhide" }, `show ${view.hidden.size} hidden`, () => {
        view.hidden.clear();
        this.rearranged();
      });
      this.root.append(all);
    }
  }

  toggle(set, host) {
    if (set.has(host)) set.delete(host);
    else if (set !== this.view.hidden || this.view.visibleHosts.length > 1) set.add(host);
    this.rearranged();
  }

  move(host, by) {
    const { visibleHosts, order } = this.view;
    const other = visibleHosts[visibleHosts.indexOf(host) + by];
    if (!other) return;
    const [i, j] = [order.indexOf(host), order.indexOf(other)];
    [order[i], order[j]] = [order[j], order[i]];
    this.rearranged();
  }

  rearranged() {
    this.list();
    this.view.changed();
  }
}
