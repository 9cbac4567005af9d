// The legs of messages, which the space-time diagram draws: the request to the receiver and the reply back. Each leg has
// its own state, such as `lost` or `late`.

/** The legs of a message. `arrives` is false for a leg that did not arrive. */
function legsOf(message) {
  const legs = [];
  const { from, to, number, steps } = message;
  const add = (kind, state, a, b, ends) => legs.push({ message: number, kind, state, steps, ...ends, t0: a.t, i0: a.i, t1: b.t, i1: b.i, arrives: !["lost", "failed", "forged", "discarded", "unanswered"].includes(state) });
  const request = { from, to };
  const reply = { from: to, to: from };
  const lostBefore = message.lost.find(({ side }) => side === "before");
  const lostAfter = message.lost.find(({ side }) => side === "after");
  const heldBefore = message.held.some(({ side }) => side === "before");
  const heldAfter = message.held.some(({ side }) => side === "after");
  if (lostBefore) add("request", "lost", message, lostBefore, request);
  message.arrivals.forEach((arrival, index) => {
    const isCopy = index > 0 || lostBefore;
    add("request", isCopy ? "copy" : heldBefore ? "late" : "plain", message, arrival, request);
  });
  if (message.arrivals.length === 0 && !lostBefore) {
    const state = { replied: "forged", failed: "failed" }[message.end?.kind] ?? "unanswered";
    add("request", state, message, message.end ?? message, request);
  }
  const isReceived = (answer, index) => index === 0 && message.end?.kind === "replied" && answer.i < message.end.i && !lostAfter;
  message.answers.forEach((answer, index) => {
    if (isReceived(answer, index)) add("reply", heldAfter ? "late" : "plain", answer, message.end, reply);
    else if (lostAfter && index === 0) add("reply", "lost", answer, lostAfter, reply);
    else add("reply", "discarded", answer, answer, reply);
  });
  return legs;
}

/**
 * The legs that may have led to an event (`past`), or that it may have caused: its causal cone. `edge` holds, by host, the
 * last event that may have led to it, or the first that it may have caused.
 */
function causalCone(run, i, host, past) {
  const edge = new Map([[host, i]]);
  const legs = run.legs.filter((leg) => leg.arrives).sort((a, b) => (past ? b.i1 - a.i1 : a.i0 - b.i0));
  const inCone = new Set();
  for (const leg of legs) {
    const [near, far, nearHost, farHost] = past ? [leg.i1, leg.i0, leg.to, leg.from] : [leg.i0, leg.i1, leg.from, leg.to];
    const known = edge.get(nearHost);
    const touches = known !== undefined && (past ? near <= known : near >= known);
    if (!touches) continue;
    inCone.add(leg);
    const other = edge.get(farHost);
    if (other === undefined || (past ? far > other : far < other)) edge.set(farHost, far);
  }
  return inCone;
}
