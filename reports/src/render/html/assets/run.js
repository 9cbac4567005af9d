// A run as the panes use it. Everything is derived once from the events of its record.

/** The service that a host belongs to. The replicas of a service share one database. */
function serviceOf(host) {
  return host.replace(/-\d+$/, "");
}

class Run {
  constructor({ record, labels, captions, sentences, planted_bug: plantedBug, folder, role, replay, outlook }) {
    Object.assign(this, { record, labels, captions, sentences, plantedBug, folder, role, outlook, replay: withPath(replay) });
    this.events = record.events;
    this.plan = record.plan;
    this.times = Float64Array.from(this.events, (event) => event.at_micros);
    // Within a tick the hosts run one after the other, so the events are only nearly sorted by time.
    this.byTime = Uint32Array.from(this.times.keys()).sort((a, b) => this.times[a] - this.times[b] || a - b);
    const phase = (name) => this.events.find((event) => event.event === "phase" && event.name === name);
    this.zero = phase("faults")?.at_micros ?? 0;
    this.healedAt = phase("healed")?.at_micros ?? null;
    this.probesAt = phase("probes")?.at_micros ?? null;
    this.end = this.events.reduce((latest, event) => Math.max(latest, event.at_micros), 1);
    /** All hosts in the order of their tracks. */
    this.hosts = labels.hosts;
    this.services = labels.services;
    this.readMessages();
    this.readFaults();
    this.readRows();
    this.readVerdicts();
    this.readOperations();
    this.plots = labels.plots.map((plot) => ({ ...plot, numbers: numbersOf(plot, this.commits), ranges: rangesOf(plot, this.events, this.operations) }));
    this.legs = this.messages.flatMap(legsOf).sort((a, b) => a.t0 - b.t0);
  }

  /** Simulated milliseconds since the clients started. */
  millis(micros) {
    return (micros - this.zero) / 1000;
  }

  /** The last event at or before this time. */
  eventAt(micros) {
    let low = 0;
    let high = this.times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.times[this.byTime[middle]] <= micros) low = middle;
      else high = middle - 1;
    }
    return this.byTime[low];
  }

  readMessages() {
    this.byNumber = new Map();
    this.messageOf = new Map();
    const known = (event) => this.byNumber.get(event.message);
    const readers = {
      sent: (event, i) => {
        const { message: number, host: from, to, what, path, steps, at_micros: t } = event;
        this.byNumber.set(number, {
          number, from, to, what, path, steps, t, i,
          arrivals: [], answers: [], lost: [], held: [], repeats: [], end: null, verdicts: [],
        });
      },
      arrived: (event, i) => known(event)?.arrivals.push({ t: event.at_micros, i, host: event.host }),
      answered: (event, i) => known(event)?.answers.push({ t: event.at_micros, i, host: event.host, status: event.status }),
      lost: (event, i) => known(event)?.lost.push({ t: event.at_micros, i, side: event.side }),
      held: (event, i) => known(event)?.held.push({ t: event.at_micros, i, side: event.side, millis: event.millis }),
      repeated: (event, i) => known(event)?.repeats.push({ t: event.at_micros, i, ...event }),
      replied: (event, i) => this.endMessage(known(event), event, i),
      failed: (event, i) => this.endMessage(known(event), event, i),
    };
    this.events.forEach((event, i) => {
      readers[event.event]?.(event, i);
      if (event.message) this.messageOf.set(i, event.message);
    });
    this.messages = [...this.byNumber.values()];
  }

  endMessage(message, event, i) {
    if (message) message.end = { t: event.at_micros, i, kind: event.event, status: event.status, steps: event.steps, why: event.why };
  }

  /** Faults in force, cut or slow links, and hosts that are down, each with its time. */
  readFaults() {
    this.firedFaults = [];
    this.windows = [];
    this.links = [];
    this.downtimes = [];
    const parted = new Map();
    const down = new Map();
    this.events.forEach((event, i) => {
      const t = event.at_micros;
      if (event.event === "struck") this.fire(event, t, i);
      if (event.event === "eased") this.expire(event, t);
      if (event.event === "parted") parted.set(linkKey(event), { ...event, t0: t, t1: null, i });
      if (event.event === "rejoined" && parted.has(linkKey(event))) {
        this.links.push({ ...parted.get(linkKey(event)), t1: t });
        parted.delete(linkKey(event));
      }
      if (["crashed", "lost_power", "stopped", "taken_over"].includes(event.event)) down.set(event.host, { host: event.host, why: event.event, t0: t, t1: null, i });
      if (event.event === "booted" && down.has(event.host)) {
        this.downtimes.push({ ...down.get(event.host), t1: t });
        down.delete(event.host);
      }
    });
    for (const open of parted.values()) this.links.push({ ...open, t1: this.healedAt ?? this.end });
    for (const open of down.values()) this.downtimes.push({ ...open, t1: this.end });
    for (const window of this.windows) window.t1 ??= this.windowEnd(window);
    this.faultTimes = union(this.windows);
    for (const window of this.windows.filter((w) => w.fault.fault === "slow_link")) {
      this.links.push({ a: window.fault.a, b: window.fault.b, one_way: false, slow: true, t0: window.t0, t1: window.t1, i: window.i });
    }
  }

  fire(event, t, i) {
    const planned = this.plan.faults[event.fault];
    const fired = { index: event.fault, fault: planned?.fault ?? { fault: "unknown" }, what: event.what, host: event.host, t, i };
    this.firedFaults.push(fired);
    this.windows.push({ ...fired, t0: t, t1: null });
  }

  expire(event, t) {
    const open = this.windows.find((window) => window.index === event.fault && window.t1 === null);
    if (open) open.t1 = t;
  }

  /** The end of a fault without an event for it: at once, after the time in its plan, or at the healing. */
  windowEnd({ fault, t0 }) {
    const lasts = fault.millis ?? fault.down_millis ?? 0;
    const ends = t0 + (fault.times ? lasts * fault.times : lasts) * 1000;
    return Math.min(ends, Math.max(t0, this.healedAt ?? this.end));
  }

  /** The faults in force at this time. */
  activeAt(t) {
    return this.windows.filter((window) => window.t0 <= t && (t < window.t1 || window.t0 === t));
  }

  /** The host of an event. A probe is no message of the system, so its number is 0, and the network has no part in it. */
  hostOf(i) {
    const { host, message } = this.events[i];
    return message === 0 ? "probes" : host;
  }

  /** The table of a service: its title, key and columns. */
  table(service, table) {
    return this.labels.tables[`${service}/${table}`];
  }

  keyOf(service, table, row) {
    return this.table(service, table).key.map((column) => row[column]).join(":");
  }

  /** Every change of a row with the value before it. Sagas and plots are derived from these. */
  readRows() {
    this.commits = [];
    this.sagas = new Map();
    this.record.saga_ids.forEach((id, index) => this.sagas.set(id, newSaga(id, index + 1)));
    const rows = new Map();
    this.events.forEach((event, i) => {
      if (event.event !== "committed" || event.changes.length === 0) return;
      const service = serviceOf(event.host);
      const changes = event.changes.map((change) => this.applyChange(rows, service, change));
      const commit = { i, t: event.at_micros, host: event.host, service, what: event.what, changes };
      this.commits.push(commit);
      for (const change of changes) this.readSagaChange(change, commit);
    });
    this.sagaList = [...this.sagas.values()].filter((saga) => saga.states.length > 0).sort((a, b) => a.t0 - b.t0);
  }

  readSagaChange({ table, before, after }, { i, t, host }) {
    if (table === "barrier" && after) this.sagas.get(after.saga)?.rows.push({ step: after.step, state: after.state, fresh: !before, i, t, host });
    if (!["sagas", "saga_changes", "saga_parks"].includes(table) || !after) return;
    const id = after.id ?? after.saga;
    if (!this.sagas.has(id)) this.sagas.set(id, newSaga(id, null));
    const saga = this.sagas.get(id);
    if (saga.states.length === 0) beginSaga(saga, after, t, this.labels.sagas[saga.number - 1] ?? this.labels.unnumbered[id]);
    const parked = Boolean(after.parked) || table === "saga_parks";
    saga.states.push({ t, i, host, status: STATUS[sagaStatus(after)] ?? "unknown", parked, epoch: after.epoch });
  }

  applyChange(rows, service, { table, op, row: text }) {
    const row = JSON.parse(text);
    const key = this.keyOf(service, table, row);
    const at = `${service}/${table}/${key}`;
    const before = rows.get(at) ?? null;
    const after = op === "delete" ? null : row;
    if (after) rows.set(at, after);
    else rows.delete(at);
    return { service, table, key, before, after };
  }

  /** The rows of the databases just after this event, and the last commit up to it. */
  stateAt(i) {
    const rows = new Map();
    let last = null;
    for (const commit of this.commits) {
      if (commit.i > i) break;
      for (const { service, table, key, after } of commit.changes) {
        const at = `${service}/${table}`;
        if (!rows.has(at)) rows.set(at, new Map());
        if (after) rows.get(at).set(key, after);
        else rows.get(at).delete(key);
      }
      last = commit;
    }
    return { rows, last };
  }

  /** The verdict of the barrier on each request: whether it was applied, answered from its row, or refused. */
  readVerdicts() {
    for (const message of this.messages) {
      const ends = [message.end, ...message.repeats].filter((end) => end?.steps?.length);
      for (const end of ends) {
        for (const note of end.steps) {
          const verdict = this.verdict(message, note, end);
          message.verdicts.push(verdict);
          this.sagaNumbered(note.saga)?.verdicts.push({ ...verdict, message: message.number });
        }
      }
      for (const note of message.steps) {
        this.sagaNumbered(note.saga)?.attempts.push({ t: message.t, i: message.i, step: note.step, op: note.op, message: message.number });
      }
    }
  }

  sagaNumbered(number) {
    return this.sagas.get(this.record.saga_ids[number - 1]);
  }

  verdict(message, note, end) {
    const saga = this.sagaNumbered(note.saga);
    const from = message.arrivals[0]?.t ?? message.t;
    const row = saga?.rows.find((row) => row.step === note.step && row.t >= from && row.t <= end.t && serviceOf(row.host) === serviceOf(message.to));
    return { t: row?.t ?? end.t, i: row?.i ?? end.i, step: note.step, op: note.op, reply: note.reply, host: message.to, verdict: verdictWord(note, row) };
  }

  /** The operations of the clients. */
  readOperations() {
    this.operations = new Map();
    for (const [i, event] of this.events.entries()) {
      if (event.event === "invoked") {
        const operation = { ...event, i, t0: event.at_micros, t1: null, outcome: "open" };
        this.operations.set(clickOf(event), operation);
      }
      if (event.event === "returned") {
        const operation = this.operations.get(clickOf(event));
        if (operation) Object.assign(operation, { t1: event.at_micros, i1: i, outcome: event.outcome, status: event.status });
      }
    }
  }
}

/** The union of time intervals. Overlapping shades would look darker. */
function union(windows) {
  const times = [];
  for (const { t0, t1 } of windows.toSorted((a, b) => a.t0 - b.t0)) {
    const last = times.at(-1);
    if (last && t0 <= last.t1) last.t1 = Math.max(last.t1, t1);
    else times.push({ t0, t1 });
  }
  return times;
}

const STATUS = ["running", "completed", "compensating", "compensated"];
const ROW_STATE = ["done", "refused", "undone", "tombstone"];

function newSaga(id, number) {
  return { id, number, states: [], rows: [], attempts: [], verdicts: [], t0: Infinity, label: "" };
}

/** The status in a row of the log. A saga without a change is running; in older records its row has the status. */
function sagaStatus(row) {
  return row.to_status ?? row.status ?? 0;
}

function beginSaga(saga, row, t, label) {
  Object.assign(saga, { t0: t, label: label ?? row.kind });
  if (row.deadline_at && row.created_at) saga.deadline = t + (row.deadline_at - row.created_at);
}

function linkKey({ a, b, one_way }) {
  return `${a} ${b} ${one_way}`;
}

function verdictWord({ op, reply }, row) {
  if (reply === "dead") return op === "do" ? "hanging refused" : "dead";
  if (reply?.startsWith("refused")) return row ? "refused" : "replayed";
  if (!row) return "replayed";
  if (row.state === 3) return op === "undo" ? "null compensation" : "sealed";
  return "fresh";
}
