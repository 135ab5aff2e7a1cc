// The filmstrip: the whole clip at a glance, where it stands, what was watched, and the evidence marked on it. A click
// or a touch jumps there.

import { clockText, fill, h, mark } from "./dom.js";

const HEIGHT = 54;

export class Strip {
  constructor({ t, onSeek }) {
    this.t = t;
    this.onSeek = onSeek;
    this.tiles = h("div", { class: "rp-tiles", "aria-hidden": "true" });
    this.watched = h("div", { class: "rp-watched", "aria-hidden": "true" });
    this.marks = h("div", { class: "rp-marks" });
    this.head = h("div", { class: "rp-head", "aria-hidden": "true" });
    this.hover = h("div", { class: "rp-hover", "aria-hidden": "true" });
    this.element = h("div", { class: "rp-strip", role: "slider", tabindex: "0", "aria-label": t("strip"), "aria-valuemin": "0" },
      this.tiles, this.watched, this.marks, this.head, this.hover);
    const drag = (event) => {
      if (event.type === "pointermove" && !(event.buttons & 1)) return this.#peek(event);
      if (event.type === "pointerdown") this.element.setPointerCapture?.(event.pointerId);
      event.preventDefault();
      if (this.work) this.onSeek(this.#at(event));
    };
    this.element.addEventListener("pointerdown", drag);
    this.element.addEventListener("pointermove", drag);
    this.resized = new ResizeObserver(() => this.#draw());
    this.resized.observe(this.element);
  }

  /** Shows a clip's strip. `work.strip` is {url, columns, width, height, times} or null; times in ms, one a tile. */
  show(work) {
    this.work = work;
    this.start = work.start_ms ?? 0;
    this.end = work.end_ms ?? work.duration_ms;
    mark(this.element, "aria-valuemax", Math.round((this.end - this.start) / 1000));
    this.drawn = "";
    this.#draw();
    this.at(this.start);
    fill(this.watched, []);
    fill(this.marks, []);
  }

  /** No clip. */
  clear() {
    this.work = null;
    for (const part of [this.tiles, this.watched, this.marks]) fill(part, []);
    this.head.style.transform = "translateX(-9px)";
  }

  at(ms) {
    const x = this.#x(ms);
    this.head.style.transform = `translateX(${x}%)`;
    if (this.shownSecond !== Math.floor(ms / 1000)) {
      this.shownSecond = Math.floor(ms / 1000);
      mark(this.element, "aria-valuenow", Math.round((ms - this.start) / 1000));
      mark(this.element, "aria-valuetext", clockText(ms, false));
    }
  }

  /** The ranges that were watched, [from, to] in ms. */
  ranges(ranges) {
    const now = ranges.map(([from, to]) => [this.#x(from), this.#x(to)]);
    while (this.watched.childElementCount > now.length) this.watched.lastChild.remove();
    while (this.watched.childElementCount < now.length) this.watched.append(h("i"));
    now.forEach(([left, right], index) => {
      this.watched.children[index].style.transform = `translateX(${left}%) scaleX(${(right - left) / 100})`;
    });
  }

  /** The evidence times, ms; a click on a mark jumps there, its cross takes it away. */
  evidence(times, onDrop) {
    fill(this.marks, times.map((ms) =>
      h("button", { class: "rp-mark", type: "button", style: { left: `${this.#x(ms)}%` }, title: this.t("evidence_at", { time: clockText(ms) }),
        "aria-label": this.t("evidence_at", { time: clockText(ms) }),
        onpointerdown: (event) => event.stopPropagation(), onclick: () => this.onSeek(ms),
        ondblclick: () => onDrop(ms) })));
  }

  close() {
    this.resized.disconnect();
  }

  #x(ms) {
    return Math.min(100, Math.max(0, ((ms - this.start) / Math.max(1, this.end - this.start)) * 100));
  }

  #at(event) {
    const box = this.element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
    return this.start + share * (this.end - this.start);
  }

  #peek(event) {
    const box = this.element.getBoundingClientRect();
    this.hover.style.left = `${event.clientX - box.left}px`;
    this.hover.textContent = clockText(this.#at(event));
  }

  #draw() {
    const strip = this.work?.strip;
    const width = this.element.clientWidth;
    if (!strip || !strip.times?.length || !width) return void fill(this.tiles, []);
    const scale = HEIGHT / strip.height;
    const tile = Math.max(24, strip.width * scale);
    const slots = Math.max(1, Math.round(width / tile));
    const key = `${strip.url} ${slots} ${width}`;
    if (key === this.drawn) return; // the strip is redrawn with each clip: never for nothing
    this.drawn = key;
    const rows = Math.ceil(strip.times.length / strip.columns);
    fill(this.tiles, Array.from({ length: slots }, (_, slot) => {
      const wanted = this.start + ((slot + 0.5) / slots) * (this.end - this.start);
      let best = 0;
      strip.times.forEach((time, index) => {
        if (Math.abs(time - wanted) < Math.abs(strip.times[best] - wanted)) best = index;
      });
      const column = best % strip.columns;
      const row = Math.floor(best / strip.columns);
      const wide = width / slots;
      const spare = (tile - wide) / 2; // the tile is cut, never squeezed
      return h("i", { style: {
        backgroundImage: `url("${strip.url}")`,
        backgroundSize: `${strip.columns * tile}px ${rows * HEIGHT}px`,
        backgroundPosition: `${-column * tile - spare}px ${-row * HEIGHT}px`,
      } });
    }));
  }
}
