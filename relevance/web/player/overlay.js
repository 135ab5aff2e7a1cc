// What opens over the panel: the guideline, and the small dialogs. One at a time; Escape closes it and gives the
// keyboard back to the clip; a focus trap keeps Tab inside.

import { fill, h } from "./dom.js";

export class Overlay {
  constructor({ root, t, onChange }) {
    this.root = root;
    this.t = t;
    this.onChange = onChange;
    this.open = null;
    this.element = h("div", { class: "rp-overlay", hidden: true });
    this.element.addEventListener("keydown", (event) => this.#trap(event));
    this.element.addEventListener("pointerdown", (event) => event.target === this.element && this.close());
    root.append(this.element);
  }

  /** Opens a dialog. `wide` is the guideline's drawer. `keys(event)` sees each key first; true means done. */
  show(name, title, body, { wide = false, keys = null, focus = null } = {}) {
    if (this.open) this.close(true);
    this.open = name;
    this.keys = keys;
    const heading = h("h2", { class: "rp-title", id: "rp-title" }, title);
    const shut = h("button", { class: "rp-shut", type: "button", "aria-label": this.t("close"), onclick: () => this.close() }, "✕");
    this.box = h("div", { class: wide ? "rp-drawer" : "rp-dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": "rp-title", "data-dialog": name, tabindex: "-1" },
      h("header", { class: "rp-bar" }, heading, shut), body);
    this.element.className = wide ? "rp-overlay rp-side" : "rp-overlay";
    fill(this.element, [this.box]);
    this.element.hidden = false;
    (focus ?? this.box).focus({ preventScroll: true });
    this.onChange(name);
  }

  close(quiet = false) {
    if (!this.open) return;
    this.open = null;
    this.keys = null;
    this.element.hidden = true;
    fill(this.element, []);
    if (!quiet) {
      this.root.focus({ preventScroll: true });
      this.onChange(null);
    }
  }

  #trap(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return void this.close();
    }
    if (this.keys?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key !== "Tab") return;
    const stops = [...this.box.querySelectorAll("button, input, textarea, select, a[href], [tabindex='0']")].filter((one) => !one.disabled && one.offsetParent);
    if (!stops.length) return;
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (document.activeElement === edge || document.activeElement === this.box) {
      event.preventDefault();
      (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
    }
  }
}
