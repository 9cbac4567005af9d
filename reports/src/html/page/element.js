// Elements, made without markup: text from outside can never become anything but text.

/** An element with attributes and children; a function among the children is what a click does. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(attribute, value);
  }
  for (const child of children) {
    if (typeof child === "function") made.addEventListener("click", child);
    else if (child !== null && child !== undefined) made.append(child);
  }
  return made;
}

/** So many of something. */
function count(number, one, many) {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
}
