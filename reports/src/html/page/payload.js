// The data of the page: one compressed block for the campaign's names and one for each run, unpacked when it is opened.

/** Unpacks the block in the element of this id. */
async function unpack(id) {
  const text = document.getElementById(id).textContent.trim();
  const bytes = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

/** Runs that were unpacked already, by the ids of their blocks: the last few, since a large one takes memory. */
const unpacked = new Map();
const UNPACKED_MAX = 4;

/** A plan's path, seen from the campaign's folder, as a shell takes it from anywhere: the page lies in that folder. */
function fromHere(command) {
  if (location.protocol !== "file:") return command;
  const folder = decodeURIComponent(location.pathname).replace(/[^/]*$/, "");
  const quoted = /[^\w/.+-]/.test(folder) ? `'${folder.replaceAll("'", "'\\''")}'` : folder;
  return command.replace(" seeds/", ` ${quoted}seeds/`);
}

/** The run in the block of this id. */
async function loadRun(id) {
  if (!unpacked.has(id)) {
    if (unpacked.size >= UNPACKED_MAX) unpacked.delete(unpacked.keys().next().value);
    unpacked.set(id, new Run(await unpack(id)));
  }
  return unpacked.get(id);
}
