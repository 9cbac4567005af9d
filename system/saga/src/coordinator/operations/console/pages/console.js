// Refreshes a page that changes by itself. Without this script, its link does the same.
//
// Only the part that changes is replaced, and only while nobody is in it: the focus and the selection stay where they are.

"use strict";

const live = document.getElementById("live");
const controls = document.getElementById("refresh");

if (live?.dataset.seconds && controls) {
  const seconds = Number(live.dataset.seconds);
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = true;
  label.append(box, ` every ${seconds} s`);
  controls.append(label);

  const isUsed = () => live.contains(document.activeElement) || live.contains(getSelection()?.type === "Range" ? getSelection().anchorNode : null);

  async function refresh() {
    if (!box.checked || document.hidden || isUsed()) return;
    // Such a request does not keep the session open.
    const answer = await fetch(location.href, { headers: { "X-Console-Refresh": "1" } });
    if (answer.redirected) return location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (!fresh || isUsed()) return;
    live.replaceChildren(...fresh.childNodes);
    live.dataset.refreshed = String(Number(live.dataset.refreshed ?? 0) + 1);
    if (!fresh.dataset.seconds) box.checked = false;
  }

  // One request at a time, also to a server that is slow.
  const again = () => setTimeout(() => refresh().catch(() => {}).finally(again), seconds * 1_000);
  again();
}
