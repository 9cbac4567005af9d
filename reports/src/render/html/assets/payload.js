// The packed runs of the page: one compressed element for each run, unpacked when the reader opens it.

/** The content of the element with this id. */
async function unpack(id) {
  const text = document.getElementById(id).textContent.trim();
  const bytes = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

/** Unpacked runs by the ids of their elements. Only the last few are kept, because large runs take much memory. */
const unpacked = new Map();
const UNPACKED_MAX = 4;

/**
 * The replay command with the path that a shell in the root of the repository takes: relative if the page lies in a target folder,
 * else absolute. Paths of plans are relative to the campaign's folder, which is the folder of this page.
 */
function withPath(command) {
  if (location.protocol !== "file:") return command;
  const folder = decodeURIComponent(location.pathname).replace(/[^/]*$/, "").replace(/^.*\/(?=target\/)/, "");
  const quoted = /[^\w/.+-]/.test(folder) ? `'${folder.replaceAll("'", "'\\''")}'` : folder;
  return command.replace(" seeds/", ` ${quoted}seeds/`);
}

/** The run in the element with this id. */
async function loadRun(id) {
  if (!unpacked.has(id)) {
    if (unpacked.size >= UNPACKED_MAX) unpacked.delete(unpacked.keys().next().value);
    unpacked.set(id, new Run(await unpack(id)));
  }
  return unpacked.get(id);
}
