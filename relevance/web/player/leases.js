// The items that this tab holds: the one on the screen and the next ones behind it. Leases are topped up after each
// saved answer, kept by a heartbeat while the grader is at work, and let go by silence when he is not.

import { Refused, Unreachable } from "./api.js";

export const MOST = 3; // the one on the screen included
const IDLE_MS = 120000;
const WATCHING_MS = 10 * 60000; // a clip may play so long without a key; in a loop it would for ever
const ASK_AGAIN_MS = 20000;

/**
 * How many items to hold, the one on the screen included: fewer where the line fills a clip in a fraction of the time that
 * a decision takes, since what one person holds nobody else can have.
 *
 * @param slowest   ms that the slowest of the last clips needed to be playable
 * @param decisions ms of the last decisions
 */
export function holding(slowest, decisions) {
  const middle = [...decisions].sort((a, b) => a - b)[Math.floor(decisions.length / 2)] ?? 0;
  return slowest < 400 && middle > 4000 ? 2 : MOST;
}

/**
 * @param api, tab       where to ask, and for whom
 * @param answered       (assignment) => true if an answer of ours waits in the outbox: the server still thinks it leased
 * @param playing        () => true while a clip plays: watching is working
 * @param onWork         () => void, new items or the reason why there are none
 * @param onTrouble      (error or null) => void
 */
export class Leases {
  constructor({ api, tab, answered, playing, onWork, onTrouble, beat }) {
    Object.assign(this, { api, tab, answered, playing, onWork, onTrouble });
    this.next = []; // work not yet shown, in order
    this.shown = null; // the assignment on the screen
    this.done = new Set(); // answered since this page was opened
    this.none = null; // why there is nothing: {code, why, more}
    this.want = MOST;
    this.touched = Date.now();
    this.asking = null;
    this.closed = false;
    this.timer = setInterval(() => this.beat(), beat);
    this.awake = () => document.visibilityState === "visible" && this.touch();
    document.addEventListener("visibilitychange", this.awake);
  }

  /** The grader did something. After a pause the leases may be gone: look at once. */
  touch() {
    const rested = Date.now() - this.touched > IDLE_MS;
    this.touched = Date.now();
    if (rested) this.beat();
  }

  get active() {
    const rested = Date.now() - this.touched;
    return document.visibilityState === "visible" && (rested < IDLE_MS || (rested < WATCHING_MS && this.playing()));
  }

  /** Takes the next item, or null. */
  take() {
    const work = this.next.shift() ?? null;
    this.shown = work?.assignment ?? null;
    return work;
  }

  /** An answer was given: the assignment is over, whatever a late reply of the server still lists. */
  finish(assignment) {
    this.done.add(assignment);
    if (this.shown === assignment) this.shown = null;
    this.next = this.next.filter((work) => work.assignment !== assignment);
  }

  /** Asks for work until `want` items are held. One request at a time; a call meanwhile asks once more afterwards. */
  topUp() {
    if (this.asking) {
      this.askAgain = true;
      return this.asking;
    }
    this.asking = this.#ask().finally(() => {
      this.asking = null;
      if (this.askAgain && !this.closed) {
        this.askAgain = false;
        this.topUp();
      }
    });
    return this.asking;
  }

  /** Says that this tab is alive; drops waiting items whose lease is gone and asks for others. */
  async beat() {
    if (this.closed || !this.active) return;
    const held = this.#known;
    if (!held.length) return void this.topUp();
    try {
      const reply = await this.api.post("heartbeat", { tab: this.tab.id, assignments: held });
      const leased = new Set(reply.leased);
      const before = this.next.length;
      this.next = this.next.filter((work) => leased.has(work.assignment));
      this.onTrouble(null);
      if (this.next.length < before || this.next.length < this.want - 1) this.topUp();
    } catch (error) {
      this.#trouble(error);
    }
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.later);
    document.removeEventListener("visibilitychange", this.awake);
  }

  /** What goes with an answer, so that its reply brings the next items; nothing where nobody is at work. */
  get asked() {
    return this.closed || !this.active ? {} : { tab: this.tab.id, want: this.want, known: this.#known };
  }

  /** Takes in what came with an answer's reply. */
  accept(reply) {
    if (this.closed || !reply) return;
    this.#take(reply);
    this.#soon();
  }

  get #known() {
    return [this.shown, ...this.next.map((work) => work.assignment)].filter(Boolean);
  }

  async #ask() {
    try {
      const reply = await this.api.post("lease", { tab: this.tab.id, want: this.want, known: this.#known });
      if (this.closed) return;
      this.#take(reply);
    } catch (error) {
      this.#trouble(error);
    }
    this.#soon();
  }

  #take(reply) {
    const known = new Set(this.#known);
    const fresh = reply.work.filter(
      (work) => !known.has(work.assignment) && !this.done.has(work.assignment) && !this.answered(work.assignment),
    );
    this.next.push(...fresh);
    this.none = reply.why_none ? { code: reply.none, why: reply.why_none, more: reply.more ?? "" } : null;
    this.onTrouble(null);
    this.onWork(reply);
    this.retryIn = ASK_AGAIN_MS;
  }

  /** Where there is nothing more to show, asks again by itself. */
  #soon() {
    clearTimeout(this.later);
    if (!this.closed && !this.next.length) this.later = setTimeout(() => this.topUp(), this.retryIn);
  }

  #trouble(error) {
    if (this.closed) return;
    if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
    this.retryIn = error instanceof Unreachable ? 2000 : ASK_AGAIN_MS;
    this.onTrouble(error);
  }
}
