// The videos: one on the screen, the next ones buffering out of sight, the last ones kept for a quick way back. A grade
// swaps a hidden video in, so that its first frame is there at once.
//
// The line belongs to the clip on the screen first, then to the next one, and so on: two that load at once are both late.
// What failed is asked for again, and so is what a dead connection keeps waiting: no event tells of that.

import { h } from "./dom.js";

const KEPT_BEHIND = 2;
const NEXT_AFTER_MS = 4000; // a clip that gets no bytes does not hold the one after it back for longer
const HUNG_MS = 8000; // no bytes for so long: the connection is dead, though nobody said so
const TEND_MS = 1000;
const RETRY_MS = 2500; // doubled each time, up to
const RETRY_MOST_MS = 20000;
const LOADS = 10; // clips from which the line is judged
const RESTING = 1; // HTMLMediaElement.NETWORK_IDLE: the browser has what it wants for now
const LOADING = 2; // HTMLMediaElement.NETWORK_LOADING
const ENOUGH = 4; // HTMLMediaElement.HAVE_ENOUGH_DATA: it would play through at the line's present speed

/**
 * @param onState   (state) => void: loading, ready, playing, error, for the clip on the screen
 * @param onTime    (ms) => void: about every frame while playing, and after a seek
 * @param onFirst   (ms since it was shown) => void: its first frame was on the screen
 * @param onBlocked (blocked) => void: the browser lets a clip start only without sound until a key is pressed
 * @param onAhead   (n) => void: so many of the next clips would start at once
 */
export class Stage {
  constructor({ frame, look, onState, onTime, onFirst, onBlocked, onAhead }) {
    Object.assign(this, { frame, look, onState, onTime, onFirst, onBlocked, onAhead });
    this.reels = new Map(); // assignment -> reel
    this.current = null;
    this.behind = [];
    this.waiting = []; // work whose clips are wanted next, in order
    this.loads = []; // ms that the last clips needed to be playable
    this.blocked = false;
    this.draw = () => this.#frame();
    this.stop = () => {}; // ends what was asked for of the next frame
  }

  /** Starts buffering what comes next, one after the other, and lets go of what is no longer needed. */
  buffer(works) {
    const wanted = new Set(works.map((work) => work.assignment));
    for (const [assignment, reel] of this.reels) {
      if (reel !== this.current && !this.behind.includes(reel) && !wanted.has(assignment)) this.#discard(reel);
    }
    this.waiting = works;
    for (const work of works) this.#reel(work);
    this.#tend();
  }

  /** Puts a clip on the screen and plays it. The one before is paused and kept for a while. */
  show(work, at = null) {
    const before = this.current;
    const reel = this.#reel(work);
    if (!reel.begun) this.#begin(reel);
    this.behind = this.behind.filter((one) => one !== reel);
    this.current = reel;
    reel.shown = performance.now();
    reel.seen = false;
    reel.ended = false;
    if (before && before !== reel) {
      before.video.pause();
      before.video.classList.remove("rp-on");
      this.behind.push(before);
      if (before.video.networkState === LOADING) this.#unload(before); // the line is wanted for what comes
      while (this.behind.length > KEPT_BEHIND) this.#discard(this.behind.shift());
    }
    reel.video.classList.add("rp-on");
    this.apply();
    if (reel.failed) return this.onState("error");
    const from = at ?? reel.start;
    if (!reel.playable) reel.from = from;
    else if (Math.abs(reel.video.currentTime * 1000 - from) > 40) reel.video.currentTime = from / 1000;
    this.onState(reel.playable ? "ready" : "loading");
    this.play();
  }

  /** Nothing on the screen. */
  clear() {
    if (this.current) this.#discard(this.current);
    this.current = null;
  }

  /** Speed, sound and blur as they are set now. */
  apply() {
    const video = this.current?.video;
    if (!video) return;
    video.playbackRate = this.look.speed;
    video.preservesPitch = true;
    video.muted = this.look.muted || this.look.blur || this.blocked;
  }

  async play() {
    const reel = this.current;
    if (!reel || reel.failed) return;
    if (reel.ended) this.seek(reel.start);
    reel.ended = false;
    reel.wanted = true;
    try {
      await reel.video.play();
    } catch (error) {
      if (error.name !== "NotAllowedError" || reel.video.muted) return; // paused again meanwhile, or the error event tells
      this.blocked = true;
      this.onBlocked(true);
      this.apply();
      reel.video.play().catch(() => this.onState("ready"));
    }
  }

  pause() {
    if (!this.current) return;
    this.current.wanted = false;
    this.current.video.pause();
  }

  toggle() {
    if (this.current?.video.paused) this.play();
    else this.pause();
  }

  /** The first key or touch: sound may start now. */
  unblock() {
    if (!this.blocked) return;
    this.blocked = false;
    this.apply();
    this.onBlocked(false);
  }

  get playing() {
    const video = this.current?.video;
    return Boolean(video && !video.paused && !video.ended && video.readyState > 2);
  }

  /** The present time within the clip, ms. */
  get time() {
    return this.current ? Math.round(this.current.video.currentTime * 1000) : 0;
  }

  seek(ms) {
    const reel = this.current;
    if (!reel) return;
    const to = Math.min(Math.max(ms, reel.start), reel.end - 1);
    reel.ended = false;
    reel.video.currentTime = to / 1000;
    this.onTime(to);
  }

  step(frames) {
    const reel = this.current;
    if (!reel) return;
    this.pause();
    // Half a frame in: a time on the edge may show the frame before.
    const length = 1000 / (reel.work.fps || 25);
    this.seek((Math.floor(this.time / length + 1e-6) + frames + 0.5) * length);
  }

  /** Fetches the clip on the screen anew; it goes on where it stood. */
  retry() {
    if (this.current) this.#again(this.current);
  }

  close() {
    clearTimeout(this.again);
    for (const reel of [...this.reels.values()]) this.#discard(reel);
    this.current = null;
  }

  #reel(work) {
    const known = this.reels.get(work.assignment);
    if (known) return known;
    const video = h("video", { class: "rp-video", playsinline: true, preload: "auto", disablepictureinpicture: true, tabindex: "-1" });
    const reel = { work, video, start: work.start_ms ?? 0, end: work.end_ms ?? work.duration_ms, begun: 0, playable: false, failed: false, tries: 0, heard: 0, shown: 0, seen: false, ended: false, wanted: false };
    reel.from = reel.start;
    if (work.captions) {
      video.append(h("track", { kind: "captions", src: work.captions, default: true }));
    }
    const on = (name, act) => video.addEventListener(name, () => this.reels.get(work.assignment) === reel && act());
    const here = (act) => () => this.current === reel && !reel.failed && act(); // a failed clip also pauses
    on("loadedmetadata", () => {
      if (Math.abs(reel.from - video.currentTime * 1000) > 1) video.currentTime = reel.from / 1000;
    });
    const playable = () => {
      if (reel.playable || video.seeking) return;
      reel.playable = true;
      reel.tries = 0;
      this.loads.push(performance.now() - reel.begun);
      if (this.loads.length > LOADS) this.loads.shift();
      if (this.current === reel && !this.playing) this.onState("ready");
      this.#tend();
    };
    on("canplay", playable);
    on("seeked", playable);
    for (const name of ["progress", "loadedmetadata", "loadeddata"]) on(name, () => (reel.heard = performance.now()));
    for (const name of ["canplaythrough", "suspend"]) on(name, () => this.#tend());
    on("playing", here(() => {
      this.onState("playing");
      this.#first(reel);
      this.#run();
    }));
    on("pause", here(() => {
      this.onTime(this.time);
      this.onState("ready");
    }));
    on("waiting", here(() => this.onState("loading")));
    // It wants bytes from now on; how long ago the last ones came says nothing.
    for (const name of ["waiting", "seeking"]) on(name, () => {
      reel.heard = performance.now();
      this.#tend();
    });
    on("seeked", here(() => this.onTime(this.time)));
    on("ended", here(() => this.#end(reel)));
    on("error", () => {
      reel.failed = true;
      reel.playable = false;
      reel.why = video.error?.code ?? 0;
      if (this.current === reel) this.onState("error");
      this.#tend();
    });
    this.reels.set(work.assignment, reel);
    this.frame.append(video);
    return reel;
  }

  /** Looks after the line: who may load now, what has to be asked for again. */
  #tend() {
    clearTimeout(this.again);
    const now = performance.now();
    const next = this.waiting.map((work) => this.reels.get(work.assignment)).filter((reel) => reel && reel !== this.current);
    let free = true;
    let quiet = true;
    for (const reel of this.current ? [this.current, ...next] : next) {
      const silent = now - reel.heard;
      if (!reel.begun) {
        if (free) this.#begin(reel);
      } else if (reel.failed) {
        // The player sees to the one on the screen: it has to tell a broken clip from a broken line.
        if (reel !== this.current && silent > Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** reel.tries)) this.#again(reel);
      } else if (loading(reel) && silent > HUNG_MS) this.#again(reel);
      const settled = reel.begun && (reel.failed || !loading(reel));
      free = free && (settled || (reel.begun && now - reel.heard > NEXT_AFTER_MS));
      quiet = quiet && settled && !reel.failed;
    }
    this.onAhead(next.filter((reel) => reel.playable).length);
    if (!quiet) this.again = setTimeout(() => this.#tend(), TEND_MS);
  }

  /** The longest that one of the last ten clips needed until it could be played, ms; endless while fewer are known. */
  get slowest() {
    return this.loads.length < LOADS ? Infinity : Math.max(...this.loads);
  }

  #begin(reel) {
    reel.begun = performance.now();
    reel.heard = reel.begun;
    reel.video.muted = this.look.muted || this.look.blur || this.blocked;
    reel.video.src = reel.work.url;
  }

  /** From the server again, from where it stands. */
  #again(reel) {
    if (reel.video.readyState > 0) reel.from = reel.video.currentTime * 1000;
    reel.tries += 1;
    reel.failed = false;
    reel.playable = false;
    this.loads.length = 0; // such a line is not judged by what it did before
    this.#begin(reel);
    if (reel !== this.current) return;
    this.onState("loading");
    this.apply();
    if (reel.wanted) this.play();
  }

  /** Ends its download; what comes back to it fetches it anew. */
  #unload(reel) {
    reel.from = reel.video.currentTime * 1000;
    reel.begun = 0;
    reel.playable = false;
    reel.video.removeAttribute("src");
    reel.video.load();
  }

  #first(reel) {
    if (reel.seen) return;
    reel.seen = true;
    const since = reel.shown;
    if (reel.video.requestVideoFrameCallback) {
      reel.video.requestVideoFrameCallback((now) => this.onFirst(Math.round(Math.max(0, now - since)), reel.work));
    } else this.onFirst(Math.round(performance.now() - since), reel.work);
  }

  /** With the clip's frames where the browser tells them: there are half as many as the screen's, and the page is drawn
   * for them anyway. */
  #run() {
    this.stop();
    const { video } = this.current;
    if (video.requestVideoFrameCallback) {
      const id = video.requestVideoFrameCallback(this.draw);
      this.stop = () => video.cancelVideoFrameCallback(id);
    } else {
      const id = requestAnimationFrame(this.draw);
      this.stop = () => cancelAnimationFrame(id);
    }
  }

  #frame() {
    const reel = this.current;
    if (!reel || reel.video.paused) return;
    this.onTime(this.time);
    // A part ends with the frame after which the next one would lie behind it.
    const half = 500 / (reel.work.fps || 25);
    if (this.time >= reel.end - Math.max(15, half) && reel.end < reel.work.duration_ms) this.#end(reel);
    if (!reel.video.paused) this.#run();
  }

  #end(reel) {
    this.onTime(this.time);
    if (this.look.loop) {
      reel.video.currentTime = reel.start / 1000;
      reel.video.play().catch(() => this.onState("ready"));
      return;
    }
    reel.ended = true;
    reel.wanted = false;
    reel.video.pause();
    this.onState("ready");
  }

  #discard(reel) {
    this.reels.delete(reel.work.assignment);
    reel.video.pause();
    reel.video.removeAttribute("src"); // frees the decoder and ends the download
    reel.video.load();
    reel.video.remove();
  }
}

/** The clip's bytes are still coming, and it needs them. */
function loading(reel) {
  return reel.video.readyState < ENOUGH && reel.video.networkState !== RESTING;
}
