// The numbers of a plot: two that must meet, and the range that the answers to the clients allow. Each is a series of points
// by key. A plot without keys has one series, with an empty key.

/** The two numbers after each commit that changed one of them. */
function numbersOf(plot, commits) {
  const series = new Map();
  const of = (key) => {
    if (!series.has(key)) series.set(key, [{ t: 0, i: 0, values: [0, 0] }]);
    return series.get(key);
  };
  for (const { t, i, changes } of commits) {
    for (const change of changes) {
      plot.lines.forEach((line, which) => {
        for (const [key, by] of differences(line, change)) {
          const points = of(key);
          if (by !== 0) points.push({ t, i, values: points.at(-1).values.map((value, index) => value + (index === which ? by : 0)) });
        }
      });
    }
  }
  return series;
}

/** By key: how much a change of a row adds to a number. */
function differences(line, { service, table, before, after }) {
  const changed = new Map();
  if (line.service !== service || line.table !== table) return changed;
  const add = (row, sign) => {
    if (!row) return;
    const key = line.key ? String(row[line.key]) : "";
    const value = line.sum ? Number(row[line.sum]) : 1;
    changed.set(key, (changed.get(key) ?? 0) + sign * value);
  };
  add(before, -1);
  add(after, 1);
  return changed;
}

/** After each operation: the number of items that are certainly present, and that are possibly present. */
function rangesOf({ allowed }, events, operations) {
  const items = new Map();
  const series = new Map();
  if (!allowed) return series;
  const open = new Map();
  const itemOf = (operation) => {
    const key = allowed.key ? String(operation[allowed.key]) : "";
    const name = JSON.stringify(allowed.item.map((field) => operation[field]));
    if (!items.has(name)) items.set(name, { key, may: new Set([0]), open: 0 });
    if (!series.has(key)) series.set(key, [{ t: 0, i: 0, low: 0, high: 0 }]);
    return items.get(name);
  };
  const change = (item, may, { at_micros: t }, i) => {
    const points = series.get(item.key);
    const { low, high } = points.at(-1);
    const by = (test) => Number(test(may)) - Number(test(item.may));
    points.push({ t, i, low: low + by((set) => !set.has(0)), high: high + by((set) => set.has(1)) });
    item.may = may;
  };
  const isPresence = (operation) => Number(allowed.present.includes(operation[allowed.action]));
  const isOfPlot = (operation) => [...allowed.present, ...allowed.absent].includes(operation?.[allowed.action]);
  events.forEach((event, i) => {
    if (event.event === "invoked" && isOfPlot(event)) {
      const item = itemOf(event);
      open.set(clickOf(event), item.may);
      item.open += 1;
      change(item, new Set([...item.may, isPresence(event)]), event, i);
    }
    if (event.event === "returned") {
      const operation = operations.get(clickOf(event));
      if (!isOfPlot(operation)) return;
      const item = itemOf(operation);
      item.open -= 1;
      const known = new Set([isPresence(operation)]);
      // While another operation on the item is open, their order is unknown, so the answer does not narrow the range.
      const isAlone = item.open === 0;
      if (isAlone && event.outcome === "ok") change(item, known, event, i);
      if (isAlone && event.outcome === "fail") change(item, allowed.already.includes(event.status) ? known : open.get(clickOf(event)), event, i);
    }
  });
  return series;
}

function clickOf({ operation, click }) {
  return `${operation}.${click}`;
}
