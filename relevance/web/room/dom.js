// Making elements, and the page's words in the reader's language.

/** An element: `h("button", {class: "x", onclick: f}, "text", child)`. Texts are texts, never HTML. */
export function h(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const config = JSON.parse(document.body.dataset.config);
export let language = localStorage.getItem("relevance.room.language") || config.language;
if (new URLSearchParams(location.search).has("language")) language = config.language;
if (!config.texts[language]) language = config.language;

/** Another language, from now on in this browser. */
export function speak(code) {
  language = code;
  localStorage.setItem("relevance.room.language", code);
  document.documentElement.lang = code === "zh" ? "zh-Hans" : code;
}

/** A sentence with its places filled in; of a pair the one for `values.n` of something. */
export function say(key, values = {}) {
  const found = config.texts[language][key] ?? key;
  const text = Array.isArray(found) ? found[values.n === 1 ? 0 : 1] : found;
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** A text that there is in both languages. */
export const pick = (pair) => (pair ? pair[language] || pair.en || pair.zh || "" : "");

/** Seconds as 1:05; what is over the hour as 1:02:05. */
export function clock(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** A time within a clip as 0:04.3 */
export function time(ms) {
  const s = ms / 1000;
  return `${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, "0")}`;
}

/** Whether a key was meant for a field. */
export function typing(event) {
  const at = event.composedPath()[0];
  return at instanceof HTMLElement && (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName));
}
