// Interaction outside of the run view: the details of the fault matrix, copy buttons, links into runs, and the theme.

/** Copies a text and confirms it for two seconds. */
async function copyText(text, status) {
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = "copied";
  } catch {
    status.textContent = "copying failed: select the text";
  }
  setTimeout(() => (status.textContent = ""), 2_000);
}

/** Pressing a cell of the matrix shows below its row the injection points that it counts; pressing it again hides them. */
function listenToMatrix(root) {
  const points = [...root.querySelectorAll("details.points tr[data-kind]")];
  let pressed = null;
  let beside = null;
  const press = (cell) => {
    beside?.remove();
    pressed?.setAttribute("aria-pressed", "false");
    pressed = pressed === cell ? null : cell;
    if (!pressed) return;
    cell.setAttribute("aria-pressed", "true");
    const row = cell.closest("tr");
    const details = element("td", { colspan: row.children.length, role: "status" });
    beside = element("tr", { class: "beside" }, details);
    // A status that is in the page before its text is read out.
    row.after(beside);
    details.append(...pointsOf(cell, points));
  };
  for (const cell of root.querySelectorAll("button.cell")) cell.addEventListener("click", () => press(cell));
}

/** The injection points that a cell counts, with their part of its number. */
function pointsOf(cell, points) {
  const { kind, ending } = cell.dataset;
  const part = ending ? `[data-ending="${ending}"]` : "[data-part=fired]";
  const listed = points
    .filter((row) => row.dataset.kind === kind)
    .map((row) => ({ point: row.querySelector("[data-part=point]").textContent, cell: row.querySelector(part) }))
    .filter(({ cell }) => !cell.classList.contains("hatched"));
  const what = `${cell.getAttribute("aria-label")}, at ${count(listed.length, "injection point", "injection points")}`;
  const items = listed.map(({ point, cell }) => element("li", {}, element("span", {}, point), element("b", {}, cell.textContent)));
  return [element("p", {}, what), element("ul", {}, ...items)];
}

/** The run and the position in the address: `#seed=17&t=140&saga=3`, or `#run=seeds/17`. */
function target(address) {
  const parts = new URLSearchParams(new URL(address).hash.slice(1));
  const number = (name) => (parts.has(name) ? Number(parts.get(name)) : undefined);
  return { seed: parts.get("seed"), run: parts.get("run"), t: number("t"), saga: number("saga"), message: number("message"), event: number("event") };
}

/** The id of the element with the packed run that the address names. */
function packedRunId({ seed, run }) {
  const runs = [...document.querySelectorAll("script[data-run]")];
  const found = runs.find(({ dataset }) => (run !== null && dataset.run === run) || (seed !== null && dataset.seed === seed));
  return found?.id;
}

/** The light and the dark theme: the system's setting until the reader chooses. */
function listenToTheme(button) {
  const isDark = () => (document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const label = () => button.setAttribute("aria-label", isDark() ? "light theme" : "dark theme");
  const changed = () => {
    inks.clear();
    hatches.clear();
    label();
    runView.view?.changed();
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  label();
}

const runView = new RunView(document.getElementById("run-view"));

/** Opens the run that the address names. */
async function openTarget(address) {
  const wanted = target(address);
  const id = packedRunId(wanted);
  if (!id) return false;
  await runView.open(id, wanted);
  return true;
}

async function start() {
  listenToMatrix(document.getElementById("matrix"));
  listenToKeys(runView);
  listenToTheme(document.getElementById("theme"));
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", () => copyText(button.dataset.copy, button.querySelector("[data-part=copied]")));
  }
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  // The event's own address: the view may have put the position of the cursor into the page's address since the click.
  window.addEventListener("hashchange", async ({ newURL }) => {
    if (await openTarget(newURL)) runView.root.scrollIntoView({ block: "start" });
  });
  if (await openTarget(location.href)) runView.root.scrollIntoView({ block: "start" });
  else {
    const first = document.querySelector("script[data-run]");
    if (first) await runView.open(first.id);
  }
  document.documentElement.dataset.ready = "yes";
}

start();
