// What makes the rest of the page answer: filters of the matrix, copying, links into runs, and the theme.

/** Copies, and says so for a moment. */
async function copyText(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = "copied";
  } catch {
    said.textContent = "select it and copy it by hand";
  }
  setTimeout(() => (said.textContent = ""), 2_000);
}

/** A cell of the matrix shows only what it counts; the same cell again shows all. */
function listenToMatrix(root) {
  const chosen = { kind: null, ending: null };
  const rows = [...root.querySelectorAll("tr[data-kind]")];
  const said = root.querySelector("[data-part=filter]");
  const show = () => {
    for (const row of rows) {
      const isKind = !chosen.kind || row.dataset.kind === chosen.kind;
      const hasEnding = !chosen.ending || row.dataset.endings.split(" ").includes(chosen.ending);
      row.hidden = !(isKind && hasEnding);
    }
    for (const cell of root.querySelectorAll("button.cell")) {
      const isChosen = cell.dataset.kind === chosen.kind && (cell.dataset.ending ?? null) === chosen.ending;
      cell.setAttribute("aria-pressed", String(isChosen));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    const what = [chosen.kind?.replaceAll("_", " "), chosen.ending?.replaceAll("_", " ")].filter(Boolean).join(", ");
    said.textContent = what ? `${what}: ${count(shown, "place", "places")}. Press the cell again for all ${rows.length}.` : count(rows.length, "place", "places");
  };
  for (const cell of root.querySelectorAll("button.cell")) {
    cell.addEventListener("click", () => {
      const same = chosen.kind === cell.dataset.kind && chosen.ending === (cell.dataset.ending ?? null);
      chosen.kind = same ? null : cell.dataset.kind;
      chosen.ending = same ? null : (cell.dataset.ending ?? null);
      if (!same) root.querySelector("details.places").open = true;
      show();
    });
  }
  show();
}

/** What the address asks for: `#seed=17&t=140&saga=3`, or `#run=seeds/17`. */
function asked() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (name) => (parts.has(name) ? Number(parts.get(name)) : undefined);
  return { seed: parts.get("seed"), run: parts.get("run"), t: number("t"), saga: number("saga"), message: number("message"), event: number("event") };
}

/** The block of the run that the address asks for. */
function blockOf({ seed, run }) {
  const blocks = [...document.querySelectorAll("script[data-run]")];
  const found = blocks.find((block) => (run !== null && block.dataset.run === run) || (seed !== null && block.dataset.seed === seed));
  return found?.id;
}

/** Light and dark: as the system says, until somebody chooses. */
function listenToTheme(button) {
  const isDark = () => (document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const say = () => button.setAttribute("aria-label", isDark() ? "light theme" : "dark theme");
  const changed = () => {
    inks.clear();
    hatches.clear();
    say();
    workbench.view?.changed();
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  say();
}

const workbench = new Workbench(document.getElementById("workbench"));

async function follow() {
  const wanted = asked();
  const id = blockOf(wanted);
  if (!id) return false;
  await workbench.open(id, wanted);
  return true;
}

async function start() {
  listenToMatrix(document.getElementById("matrix"));
  listenToKeys(workbench);
  listenToTheme(document.getElementById("theme"));
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", () => copyText(button.dataset.copy, button.querySelector("[data-part=copied]")));
  }
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  window.addEventListener("hashchange", async () => {
    if (await follow()) workbench.root.scrollIntoView({ block: "start" });
  });
  if (await follow()) workbench.root.scrollIntoView({ block: "start" });
  else {
    const first = document.querySelector("script[data-run]");
    if (first) await workbench.open(first.id);
  }
  document.documentElement.dataset.ready = "yes";
}

start();
