// DOM elements, created without markup: text from outside can never become anything but text.

/** An element with attributes and children. A function among the children becomes its click handler. */
function element(name, attributes = {}, ...children) {
  const created = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) created.setAttribute(attribute, value);
  }
  for (const child of children) {
    if (typeof child === "function") created.addEventListener("click", child);
    else if (child !== null && child !== undefined) created.append(child);
  }
  return created;
}

/**
 * Shows one child element for each key, in the order of the keys, and reuses the elements of keys that were shown
 * before. `shown` maps keys to elements; it must be the same map in each call, and kept keys must keep their order.
 *
 * An element that stays is never detached. If it were replaced between the press and the release of a mouse button, the
 * browser would find no common target and drop the click.
 */
function showKeyed(parent, shown, keys, create) {
  const wanted = new Set(keys);
  for (const [key, child] of shown) {
    if (wanted.has(key)) continue;
    child.remove();
    shown.delete(key);
  }
  let next = parent.firstElementChild;
  for (const key of keys) {
    if (shown.has(key)) {
      next = shown.get(key).nextElementSibling;
      continue;
    }
    const child = create(key);
    shown.set(key, child);
    parent.insertBefore(child, next);
  }
}

/** Sets an attribute only if it changes: an unchanged row costs no style or accessibility update. */
function setAttribute(target, name, value) {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** A number with the noun it counts. */
function count(number, one, many) {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
}
