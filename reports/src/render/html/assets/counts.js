// For each article, the likes that exist and the likes that the answers to its users allow: two series that must meet.

/** By article: after each operation, the number of pairs that are certainly liked, and that are possibly liked. */
function expectations(events, operations, open) {
  const pairs = new Map();
  const series = new Map();
  const pairOf = (user, article) => {
    const key = `${user}:${article}`;
    if (!pairs.has(key)) pairs.set(key, { article, may: new Set([0]), open: 0 });
    if (!series.has(article)) series.set(article, [{ t: 0, i: 0, low: 0, high: 0 }]);
    return pairs.get(key);
  };
  const change = (pair, may, { at_micros: t }, i) => {
    const points = series.get(pair.article);
    const { low, high } = points.at(-1);
    const by = (test) => Number(test(may)) - Number(test(pair.may));
    points.push({ t, i, low: low + by((set) => !set.has(0)), high: high + by((set) => set.has(1)) });
    pair.may = may;
  };
  const target = (action) => (action === "unlike" ? 0 : 1);
  events.forEach((event, i) => {
    if (event.event === "invoked") {
      const pair = pairOf(event.user, event.article);
      open.set(`${event.operation}.${event.click}`, pair.may);
      pair.open += 1;
      change(pair, new Set([...pair.may, target(event.action)]), event, i);
    }
    if (event.event === "returned") {
      const operation = operations.get(`${event.operation}.${event.click}`);
      if (!operation) return;
      const pair = pairOf(operation.user, operation.article);
      pair.open -= 1;
      const known = new Set([target(operation.action)]);
      const before = open.get(`${event.operation}.${event.click}`);
      // While another operation on the pair is open, their order is unknown, so the answer does not narrow the range.
      const isAlone = pair.open === 0;
      if (isAlone && event.outcome === "ok") change(pair, known, event, i);
      if (isAlone && event.outcome === "fail") change(pair, event.status === 409 ? known : before, event, i);
    }
  });
  return series;
}

/** By article: its count and its number of records after each commit that changed one of them. */
function countSeries(commits) {
  const series = new Map();
  const of = (article) => {
    if (!series.has(article)) series.set(article, [{ t: 0, i: 0, count: 0, records: 0 }]);
    return series.get(article);
  };
  for (const { t, i, changes } of commits) {
    for (const { table, before, after } of changes) {
      const row = after ?? before;
      if (table === "articles") of(row.id).push({ ...of(row.id).at(-1), t, i, count: after?.likes ?? 0 });
      if (table === "likes") {
        const by = Number(Boolean(after)) - Number(Boolean(before));
        const last = of(row.article_id).at(-1);
        if (by !== 0) of(row.article_id).push({ ...last, t, i, records: last.records + by });
      }
    }
  }
  return series;
}
