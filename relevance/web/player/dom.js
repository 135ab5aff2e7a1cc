// Elements, texts and numbers: what every other module draws with. No framework, no innerHTML: what came from a file
// or a person is only ever a text node.

/** An element: `h("p", {class: "x", onclick: f}, "text", child)`. A null or false attribute or child is left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  fill(element, children);
  return element;
}

/** Replaces what stands in an element. */
export function fill(element, children) {
  const kept = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
  element.replaceChildren(...kept);
  return element;
}

/** Sets or removes an attribute. */
export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** The page's sentences by key, their places filled in: `t("left", {n: 3})`. */
export function makeText(texts) {
  return (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A time within a clip: 65250 ms is `1:05.2`. */
export function clockText(ms, tenths = true) {
  const all = Math.max(0, tenths ? Math.floor(ms / 100) / 10 : Math.floor(ms / 1000));
  const minutes = Math.floor(all / 60);
  const seconds = all - minutes * 60;
  return `${minutes}:${(tenths ? seconds.toFixed(1) : String(seconds)).padStart(tenths ? 4 : 2, "0")}`;
}

/** A share as whole percent, never showing 100 before it is all: 0.996 is 99. */
export function wholePercent(share) {
  return Math.min(100, Math.max(0, Math.floor(share * 100 + 1e-9)));
}

/** 32 hexadecimal digits. crypto.randomUUID is missing on a plain http address; getRandomValues is not. */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
