// The keyboard. By event.code, so that a layout or an input method changes nothing; first in line, so that neither the
// page's own shortcuts nor a focused button acts as well; never while somebody types; once a press, however long it is held.

const LEVELS = { Digit1: 0, Digit2: 1, Digit3: 2, Digit4: 3, Numpad1: 0, Numpad2: 1, Numpad3: 2, Numpad4: 3 };
const ACTS = {
  Space: "toggle", ArrowLeft: "back", ArrowRight: "forward", BracketLeft: "slower", BracketRight: "faster",
  KeyM: "mute", KeyL: "loop", KeyB: "blur", KeyC: "captions", KeyU: "undo", KeyF: "flag", KeyN: "note", KeyR: "rule",
  KeyE: "evidence", KeyA: "ask", KeyG: "guideline", KeyH: "handBack", Slash: "help", Escape: "escape", Enter: "enter",
};
const WITH_SHIFT = { ArrowLeft: "frameBack", ArrowRight: "frameForward", Slash: "help" };

/** True where the keys belong to a text: inputs, the choosing of Chinese characters, anything editable. */
export function typing(event) {
  if (event.isComposing || event.keyCode === 229) return true;
  const target = event.composedPath?.()[0] ?? event.target;
  if (!(target instanceof Element)) return false;
  return target.isContentEditable || Boolean(target.closest("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [role=combobox], [role=textbox], [role=listbox]"));
}

/**
 * Listens until the returned function is called.
 * @param act     (name, argument) => true if the key meant something now; "level" comes with the key's place, 0 to 3
 * @param anyKey  () => void, for every key that a person presses: he is at work, and sound may start
 * @param inside  (element) => true if a focused control of ours should keep its Enter and Space
 */
export function bindKeys({ act, anyKey, inside }) {
  const down = new Set();

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    anyKey(event);
    if (typing(event)) return;
    const level = LEVELS[event.code];
    const name = level !== undefined ? (event.shiftKey ? null : "level") : event.shiftKey ? WITH_SHIFT[event.code] : ACTS[event.code];
    if (!name) return;
    if ((event.code === "Space" || event.code === "Enter") && inside(event.target)) {
      if (event.repeat) event.preventDefault(); // a held Enter would press the button again and again
      return;
    }
    // Remote desktops send a held key as many presses without `repeat`: only a release makes the key new.
    const held = event.repeat || down.has(event.code);
    down.add(event.code);
    if (held || act(name, level)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  function released(event) {
    down.delete(event.code);
    // Firefox presses a focused button when Space is released.
    if (event.code === "Space" && !typing(event) && !inside(event.target)) event.preventDefault();
  }

  const forget = () => down.clear(); // a release outside the window is never heard
  window.addEventListener("keydown", pressed, true);
  window.addEventListener("keyup", released, true);
  window.addEventListener("blur", forget);
  return () => {
    window.removeEventListener("keydown", pressed, true);
    window.removeEventListener("keyup", released, true);
    window.removeEventListener("blur", forget);
  };
}
