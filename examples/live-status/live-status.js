// Likes an article and follows the transaction until its end, also over connections that break.
//
// A front end needs little more than this: an Idempotency-Key, the address in `events`, and one rule. The browser comes back by
// itself when a connection is cut. When the service refuses, it gives up; then ask for the transaction, which has a new address.

const CHANGES = ["started", "parked", "compensating", "completed", "compensated"];
const ENDS = ["completed", "compensated"];

const pause = (millis) => new Promise((done) => setTimeout(done, millis));

/** Asks for the like and does not wait for its end. Returns the transaction, and where to follow it. */
export async function like(api, article, user) {
  const answer = await fetch(`${api}/v1/articles/${article}/like`, {
    method: "POST",
    // The key makes it safe to send the same request again.
    headers: { "X-User-ID": user, "Idempotency-Key": crypto.randomUUID(), Prefer: "wait=0" },
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return { id: body.transaction_id, events: body.events ?? (await find(api, body.transaction_id, user)).events };
}

/** The transaction as it is now. Null if there is none, or none any more. */
export async function find(api, id, user) {
  const answer = await fetch(`${api}/v1/transactions/${id}`, { headers: { "X-User-ID": user } });
  if ([404, 410].includes(answer.status)) return null;
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

/** Calls `show(event, data)` for each event, the last time with an end or with `gone`. Returns a function that stops it. */
export function follow(api, { id, events }, user, show) {
  const told = new Set();
  let source = null;
  let stopped = false;

  const stop = () => {
    stopped = true;
    source?.close();
  };
  const open = (address) => {
    source = new EventSource(api + address);
    source.onopen = () => show("connected");
    for (const name of ["snapshot", "step", ...CHANGES]) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        // A new EventSource begins at the start, so it tells again what the one before has told.
        if (CHANGES.includes(name)) {
          if (told.has(lastEventId)) return;
          told.add(lastEventId);
        }
        if (ENDS.includes(name)) stop();
        show(name, JSON.parse(data));
      });
    }
    source.onerror = () => {
      if (stopped) return;
      show("lost");
      if (source.readyState === EventSource.CLOSED) reopen();
    };
  };
  // Refused: the ticket has expired, there are too many streams, or the gateway has no service. Clients come back at different times.
  const reopen = async () => {
    while (!stopped) {
      await pause(1000 + 1000 * Math.random());
      try {
        const found = await find(api, id, user);
        if (!found) {
          stop();
          return show("gone");
        }
        if (!stopped) open(found.events);
        return;
      } catch {
        // Not reachable yet.
      }
    }
  };
  open(events);
  return stop;
}
