// How a person likes clips to play: speed, sound, loop, and which end key 1 is. Kept from clip to clip and from day to day: in this browser at
// once, and with the person at the server, so that another desk plays them alike. Blur is for one clip and never kept.

import { shelf } from "./tab.js";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4];
const KEPT = ["speed", "muted", "loop", "captions", "reversed"];
const SEND_AFTER_MS = 1500;

export class Look {
  constructor({ owner, known, reversed, send }) {
    this.key = `relevance:look:${owner}`;
    this.send = send;
    let local = null;
    try {
      local = JSON.parse(shelf.get(this.key));
    } catch {
      local = null;
    }
    const newest = (local?.at ?? 0) >= (known?.at ?? 0) ? local : known;
    Object.assign(this, { speed: 1, muted: false, loop: false, captions: true, blur: false, reversed }, pick(newest ?? {}));
    if (!SPEEDS.includes(this.speed)) this.speed = 1;
  }

  faster(by) {
    const at = SPEEDS.indexOf(this.speed);
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))];
    this.keep();
  }

  keep() {
    const kept = { ...pick(this), at: Date.now() };
    shelf.set(this.key, JSON.stringify(kept));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(kept), SEND_AFTER_MS);
  }
}

function pick(from) {
  return Object.fromEntries(KEPT.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}
