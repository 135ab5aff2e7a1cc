// What our small components share; put in front of each (parts.py). A text that somebody typed is always set as text.

const make = (tag, cls, text) => {
  const el = document.createElement(tag);
  if (cls) el.className = cls;
  if (text !== undefined && text !== null) el.textContent = text;
  return el;
};

const clock = (ms) => {
  const s = Math.max(0, ms) / 1000;
  return `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}.${Math.floor((s * 10) % 10)}`;
};

// Keys are letters while somebody writes, and parts of a syllable while he composes Chinese.
const typing = (event) => event.isComposing || event.composedPath().some((el) =>
  el instanceof HTMLElement && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)));

// Streamlit calls a component anew with each change of its data: what was made lives as long as the place it stands in.
const mounted = (create) => {
  const made = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    if (!made.has(parentElement)) made.set(parentElement, create(parentElement));
    const one = made.get(parentElement);
    one.set(data, setTriggerValue);
    return () => { one.destroy(); made.delete(parentElement); };
  };
};
