// Which tab this is. A lease belongs to a person's tab, and a reload must find its leases again: the id lies in
// sessionStorage. Two surprises: a duplicated tab copies sessionStorage, so that two tabs would be one; and a closed
// tab forgets it, so that its started items would wait for their leases to end. Live tabs therefore keep a mark in
// localStorage, and a new tab takes up the id of one that was closed.

import { randomId } from "./dom.js";

const MARK_MS = 2000;
const STALE_MS = 9000; // a hidden tab's timers may be slowed to one a second; once a minute after five minutes
const ADOPT_MS = 10 * 60 * 1000;

/** Storage that never throws: private modes and full disks refuse it. */
export function safely(storage) {
  return {
    get(key) {
      try {
        return storage().getItem(key);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        storage().setItem(key, value);
        return true;
      } catch {
        return false;
      }
    },
    remove(key) {
      try {
        storage().removeItem(key);
      } catch {
        // nothing was kept, so nothing is left
      }
    },
    keys(prefix) {
      try {
        return Object.keys(storage()).filter((key) => key.startsWith(prefix));
      } catch {
        return [];
      }
    },
  };
}

export const shelf = safely(() => window.localStorage);
export const pocket = safely(() => window.sessionStorage);

/** This tab of this person: an id that survives a reload and is held by one living tab at a time. */
export class Tab {
  constructor(owner) {
    this.prefix = `relevance:tab:${owner}:`;
    this.pocketKey = `relevance:tab:${owner}`;
    this.nonce = randomId();
    this.id = pocket.get(this.pocketKey);
    if (this.id && this.#mark(this.id)?.living) this.id = null; // a duplicate of a living tab
    this.adopted = false;
    if (!this.id) {
      this.id = this.#adopt();
      this.adopted = Boolean(this.id);
    }
    this.#take(this.id ?? randomId().slice(0, 16));
    this.left = false; // a page that is on its way out may still hear its timer: it does not live again by it
    this.timer = setInterval(() => this.left || this.#write(), MARK_MS);
    this.leave = () => this.#write((this.left = true));
    this.back = (event) => event.persisted && this.#write((this.left = false));
    window.addEventListener("pagehide", this.leave);
    window.addEventListener("pageshow", this.back);
  }

  /** Resolves once the id is ours alone: two tabs opened in one moment may have taken up the same closed one. */
  async settle() {
    if (!this.adopted) return;
    await new Promise((done) => setTimeout(done, 80));
    if (this.#mark(this.id)?.living) this.#take(randomId().slice(0, 16));
  }

  /** True if another living tab goes by this id. */
  lives(id) {
    return id !== this.id && Boolean(this.#mark(id)?.living);
  }

  /** Called when the page is left within the app: the id stays in the pocket, free to be taken up. */
  close() {
    clearInterval(this.timer);
    window.removeEventListener("pagehide", this.leave);
    window.removeEventListener("pageshow", this.back);
    this.#write(true);
  }

  #mark(id) {
    try {
      const mark = JSON.parse(shelf.get(this.prefix + id));
      return mark && { ...mark, living: !mark.gone && mark.nonce !== this.nonce && Date.now() - mark.at < STALE_MS };
    } catch {
      return null;
    }
  }

  #take(id) {
    this.id = id;
    pocket.set(this.pocketKey, id);
    this.#write();
  }

  #write(gone = false) {
    shelf.set(this.prefix + this.id, JSON.stringify({ nonce: this.nonce, at: Date.now(), gone }));
  }

  #adopt() {
    const now = Date.now();
    let best = null;
    for (const key of shelf.keys(this.prefix)) {
      const id = key.slice(this.prefix.length);
      const mark = this.#mark(id);
      if (!mark || now - mark.at > ADOPT_MS) shelf.remove(key);
      else if (mark.gone && (!best || mark.at > best.at)) best = { id, at: mark.at };
    }
    return best?.id ?? null;
  }
}
