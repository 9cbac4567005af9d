// Strips: what the space-time diagram draws instead of lines when a window has thousands of messages.

/** The width of a strip in pixels. */
const STRIP_WIDTH = 5;

/** Draws, for each pair of hosts and each strip of time, a bar whose opacity grows with the number of legs. */
function drawStrips(context, surface, view, tracks, legs) {
  const hosts = [...tracks.keys()];
  const indexOf = new Map(hosts.map((host, index) => [host, index]));
  const width = Math.ceil(surface.width / STRIP_WIDTH) + 1;
  const counts = new Uint32Array(hosts.length * hosts.length * width);
  const perStrip = ((view.to - view.from) / surface.width) * STRIP_WIDTH;
  let greatest = 1;
  for (const { t0, from, to } of legs) {
    const x = Math.floor((Math.max(t0, view.from) - view.from) / perStrip);
    const at = (indexOf.get(from) * hosts.length + indexOf.get(to)) * width + x;
    counts[at] += 1;
    greatest = Math.max(greatest, counts[at]);
  }
  context.fillStyle = ink("--do");
  counts.forEach((number, at) => {
    if (number === 0) return;
    const pair = Math.floor(at / width);
    const [one, other] = [Math.floor(pair / hosts.length), pair % hosts.length].map((index) => tracks.get(hosts[index]).y);
    context.globalAlpha = 0.08 + 0.35 * (Math.log1p(number) / Math.log1p(greatest));
    context.fillRect((at % width) * STRIP_WIDTH, Math.min(one, other), STRIP_WIDTH - 1, Math.abs(other - one));
  });
  context.globalAlpha = 1;
}
