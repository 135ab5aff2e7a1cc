// What a grader did and the server has not yet confirmed. Written to localStorage before the next clip shows, one key
// an entry (so that tabs never overwrite each other's), under the person's own prefix (so that the next person at this
// browser neither sees nor sends it). Sending twice is harmless: the server knows an answer by assignment and sequence.

import { Refused } from "./api.js";
import { shelf } from "./tab.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

/**
 * @param owner   names the person (and the store) that the entries belong to
 * @param tab     this tab; another tab's entries are sent only once that tab is gone
 * @param send    async (entry) => what the server echoed; throws Unreachable or Refused
 * @param onSaved (entry, echo) => void;  onRefused (entry) => void;  onChange () => void
 */
export class Outbox {
  constructor({ owner, tab, send, onSaved, onRefused, onChange }) {
    this.prefix = `relevance:outbox:${owner}:`;
    this.tab = tab;
    this.send = send;
    this.onSaved = onSaved;
    this.onRefused = onRefused;
    this.onChange = onChange;
    this.memory = new Map(); // what the browser would not keep
    this.state = "idle"; // idle, sending, unreachable, signed-out
    this.why = "";
    this.failures = 0;
    this.sendingSince = 0;
    this.closed = false;
    this.heard = (event) => {
      if (event.key === null || event.key.startsWith(this.prefix)) this.onChange();
    };
    this.nudge = () => this.retry();
    window.addEventListener("storage", this.heard);
    window.addEventListener("online", this.nudge);
    this.timer = setInterval(() => this.state === "idle" && this.pump(), 5000); // what dead tabs left
  }

  /** Keeps an entry; returns false if only this page's memory could. Synchronous: call it before showing what is next. */
  put(id, kind, body, about) {
    const entry = { id, kind, body, about, tab: this.tab.id, at: Date.now(), refused: null };
    const kept = this.#write(entry);
    this.onChange();
    return kept;
  }

  /** All entries of this person in this browser, oldest first. */
  entries() {
    const found = shelf.keys(this.prefix).map((key) => parse(shelf.get(key))).filter(Boolean);
    return [...found, ...this.memory.values()].sort((a, b) => a.at - b.at || a.id.localeCompare(b.id, "en", { numeric: true }));
  }

  get count() {
    return shelf.keys(this.prefix).length + this.memory.size;
  }

  get refused() {
    return this.entries().filter((entry) => entry.refused);
  }

  /** True where the browser refuses to keep things: closing the page would lose what is unsent. */
  get volatile() {
    return this.memory.size > 0;
  }

  has(test) {
    return this.entries().some(test);
  }

  /** Tries now, whatever the waiting time: the network came back, the person signed in again, or asked. */
  retry() {
    this.failures = 0;
    clearTimeout(this.waiting);
    if (this.state !== "sending") this.#become("idle");
    this.pump();
  }

  /** Sends a refused entry again, or drops it, as the person decides. */
  again(id) {
    const entry = this.entries().find((one) => one.id === id);
    if (entry) this.#write({ ...entry, refused: null, tab: this.tab.id });
    this.onChange();
    this.retry();
  }

  drop(id) {
    this.#remove(id);
    this.onChange();
  }

  /** Sends what waits, one at a time and oldest first, so that a correction never overtakes what it corrects. */
  async pump() {
    if (this.closed || this.state === "sending" || this.state === "signed-out" || this.waitingUntil > Date.now()) return;
    let entry;
    while (!this.closed && (entry = this.#next())) {
      this.sendingSince ||= Date.now();
      this.#become("sending");
      try {
        const echo = await this.send(entry);
        this.failures = 0;
        this.#remove(entry.id);
        this.onSaved(entry, echo);
      } catch (error) {
        if (error instanceof Refused && error.signedOut) return this.#become("signed-out", error);
        if (error instanceof Refused && !error.later) {
          this.#write({ ...entry, refused: { code: error.code, message: error.message, at: Date.now() } });
          this.onRefused(entry, error);
        } else return this.#wait(error);
      }
    }
    this.sendingSince = 0;
    this.#become("idle");
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    window.removeEventListener("storage", this.heard);
    window.removeEventListener("online", this.nudge);
  }

  #wait(error) {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    clearTimeout(this.waiting);
    this.waitingUntil = Date.now() + wait;
    this.waiting = setTimeout(() => {
      this.waitingUntil = 0;
      this.pump();
    }, wait);
    this.#become("unreachable", error);
  }

  #become(state, error = null) {
    if (state !== "unreachable") this.waitingUntil = 0;
    this.state = state;
    this.error = error;
    this.onChange();
  }

  #next() {
    return this.entries().find((entry) => !entry.refused && (entry.tab === this.tab.id || !this.tab.lives(entry.tab)));
  }

  #write(entry) {
    if (shelf.set(this.prefix + entry.id, JSON.stringify(entry))) {
      this.memory.delete(entry.id);
      return true;
    }
    this.memory.set(entry.id, entry);
    return false;
  }

  #remove(id) {
    this.memory.delete(id);
    shelf.remove(this.prefix + id);
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
