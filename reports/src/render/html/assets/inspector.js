// The event at the cursor, the database rows there, and the changes of the last commit.

/** Rows of one table that are shown at most; the rest is counted. */
const ROWS_SHOWN_MAX = 12;

class Inspector {
  constructor(root, view) {
    this.root = root;
    this.view = view;
    view.onChange(() => this.draw());
  }

  draw() {
    const { view } = this;
    const wanted = `${view.cursor} ${JSON.stringify(view.selection)}`;
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    const { rows, last } = view.run.stateAt(view.cursor);
    const parts = [this.event(view.cursor), this.lastChange(last)];
    for (const service of view.run.services) {
      const tables = [...rows.keys()].filter((at) => at.startsWith(`${service}/`)).map((at) => at.split("/")[1]).filter((table) => this.columns(service, table).length > 0);
      parts.push(element("h5", {}, service));
      if (tables.length === 0) parts.push(element("p", { class: "faint" }, "no rows yet"));
      for (const table of tables.sort()) parts.push(this.table(service, table, [...rows.get(`${service}/${table}`).values()], last));
    }
    this.root.replaceChildren(...parts);
  }

  /** The whole text of an event: its row in the table has one line, and in a narrow window no host and no faults. */
  event(i) {
    const { run } = this.view;
    const active = run.activeAt(run.events[i].at_micros).filter(({ what }) => what !== run.captions[i]);
    const faults = active.map(({ what }) => ` · ϟ ${what}`);
    const where = `${clock(run.events[i].at_micros - run.zero)} · ${run.hostOf(i)}`;
    return element("p", { class: "at-this-event" }, element("b", {}, where), ` ${run.captions[i]}`, element("span", { class: "faint" }, faults.join("")));
  }

  /** The columns of a table that are shown; none if the table is not shown. */
  columns(service, table) {
    return this.view.run.table(service, table).columns;
  }

  /** The changes of the commit, column by column. */
  lastChange(last) {
    if (!last) return element("p", { class: "faint" }, "No commit yet.");
    const lines = last.changes.filter((change) => this.isVisible(change)).map((change) => element("li", {}, this.changeWords(change)));
    const ago = this.view.cursorTime - last.t;
    const when = last.i === this.view.cursor ? "this event" : `${clock(ago)} before`;
    return element("div", { class: "last-change" }, element("b", {}, `${last.host} committed ${last.what} (${when})`), element("ul", {}, ...lines));
  }

  /** Whether a shown column changes. A barrier row is also updated with its undo data, which is not shown. */
  isVisible({ service, table, before, after }) {
    const columns = this.columns(service, table);
    return columns.length > 0 && (!before || !after || this.shortRow(service, table, before) !== this.shortRow(service, table, after));
  }

  changeWords({ service, table, before, after }) {
    const { title, columns, naming } = this.view.run.table(service, table);
    const row = this.cells(service, table, after ?? before);
    const name = `${title} ${columns.slice(0, naming).map((column) => row[column]).join(" ")}`;
    if (!before) return `+ ${name}: ${this.shortRow(service, table, after)}`;
    if (!after) return `− ${name}`;
    const was = this.cells(service, table, before);
    const changed = columns.filter((column) => was[column] !== row[column]);
    return `${name}: ${changed.map((column) => `${column} ${was[column]} → ${row[column]}`).join(", ")}`;
  }

  shortRow(service, table, row) {
    const cells = this.cells(service, table, row);
    return this.columns(service, table).map((column) => `${column} ${cells[column]}`).join(", ");
  }

  cells(service, table, row) {
    const { run } = this.view;
    const shown = Object.fromEntries(this.columns(service, table).map((column) => [column, cell(row[column])]));
    const number = (id) => run.sagas.get(id)?.number;
    const named = (id) => (number(id) ? `s${number(id)}` : shortId(id));
    if (table === "barrier") Object.assign(shown, { saga: named(row.saga), state: ROW_STATE[row.state] ?? String(row.state) });
    if (table === "sagas") Object.assign(shown, { saga: named(row.id) });
    if (["saga_changes", "saga_parks"].includes(table)) Object.assign(shown, { saga: named(row.saga) });
    const status = row.to_status ?? row.status;
    if (table.startsWith("saga") && status !== undefined) Object.assign(shown, { status: STATUS[status] ?? String(status), parked: row.parked ? "yes" : "no" });
    return shown;
  }

  table(service, table, rows, last) {
    const selected = this.view.selection?.saga;
    const { title, columns } = this.view.run.table(service, table);
    const isOfSaga = (row) => selected && this.cells(service, table, row).saga === `s${selected}`;
    const touched = new Set(last?.changes.filter((change) => change.service === service && change.table === table).map(({ key }) => key));
    const isTouched = (row) => touched.has(this.view.run.keyOf(service, table, row));
    const weight = (row) => Number(isTouched(row)) * 2 + Number(Boolean(isOfSaga(row)));
    const ordered = rows.map((row, index) => ({ row, index })).sort((a, b) => weight(b.row) - weight(a.row) || b.index - a.index);
    const shown = ordered.slice(0, ROWS_SHOWN_MAX);
    const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column)));
    const body = shown.map(({ row }) => {
      const cells = this.cells(service, table, row);
      const kind = [isTouched(row) ? "touched" : "", isOfSaga(row) ? "of-saga" : ""].join(" ").trim();
      return element("tr", { class: kind || null }, ...columns.map((column) => element("td", {}, cells[column])));
    });
    const more = rows.length - shown.length;
    return element(
      "figure",
      {},
      element("figcaption", {}, `${title} · ${count(rows.length, "row", "rows")}${more > 0 ? `, ${more} folded` : ""}`),
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)),
    );
  }
}

/** A value in a table. Of an identity only the end is shown. */
function cell(value) {
  const text = String(value ?? "–");
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? shortId(text) : text;
}

/** The end of an id. Ids begin with the time, so many share their beginning. */
function shortId(id) {
  return `…${String(id).slice(-6)}`;
}
