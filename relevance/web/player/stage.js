// The videos: one on the screen, the next ones buffering out of sight, the last ones kept for a quick way back. A grade
// swaps a hidden video in, so that its first frame is there at once.

import { h } from "./dom.js";

const KEPT_BEHIND = 2;
const NEXT_AFTER_MS = 4000; // a slow clip does not hold the one after it back for longer

/**
 * @param onState   (state) => void: loading, ready, playing, error, for the clip on the screen
 * @param onTime    (ms) => void: about every frame while playing, and after a seek
 * @param onFirst   (ms since it was shown) => void: its first frame was on the screen
 * @param onBlocked (blocked) => void: the browser lets a clip start only without sound until a key is pressed
 */
export class Stage {
  constructor({ frame, look, onState, onTime, onFirst, onBlocked }) {
    Object.assign(this, { frame, look, onState, onTime, onFirst, onBlocked });
    this.reels = new Map(); // assignment -> reel
    this.current = null;
    this.behind = [];
    this.loads = []; // ms that clips needed to be playable
    this.blocked = false;
    this.draw = () => this.#frame();
  }

  /** Starts buffering what comes next, one after the other, and lets go of what is no longer needed. */
  buffer(works) {
    const wanted = new Set(works.map((work) => work.assignment));
    for (const [assignment, reel] of this.reels) {
      if (reel !== this.current && !this.behind.includes(reel) && !wanted.has(assignment)) this.#discard(reel);
    }
    let free = true;
    for (const work of works) {
      const reel = this.#reel(work);
      if (free && !reel.begun) this.#begin(reel);
      free = free && (reel.playable || performance.now() - reel.begun > NEXT_AFTER_MS);
    }
    this.waiting = works;
    clearTimeout(this.again);
    if (!free) this.again = setTimeout(() => this.buffer(this.waiting), NEXT_AFTER_MS + 50);
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
      while (this.behind.length > KEPT_BEHIND) this.#discard(this.behind.shift());
    }
    reel.video.classList.add("rp-on");
    this.apply();
    if (reel.failed) return this.onState("error");
    const from = at ?? reel.start;
    if (reel.playable && Math.abs(reel.video.currentTime * 1000 - from) > 40) reel.video.currentTime = from / 1000;
    else if (at !== null) reel.from = from;
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

  retry() {
    const reel = this.current;
    if (!reel) return;
    const work = reel.work;
    this.#discard(reel);
    this.current = null;
    this.show(work);
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
    const reel = { work, video, start: work.start_ms ?? 0, end: work.end_ms ?? work.duration_ms, begun: 0, playable: false, failed: false, shown: 0, seen: false, ended: false, wanted: false };
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
      this.loads.push(performance.now() - reel.begun);
      if (this.loads.length > 20) this.loads.shift();
      if (this.current === reel && !this.playing) this.onState("ready");
      if (this.waiting) this.buffer(this.waiting);
    };
    on("canplay", playable);
    on("seeked", playable);
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
    on("seeked", here(() => this.onTime(this.time)));
    on("ended", here(() => this.#end(reel)));
    on("error", () => {
      reel.failed = true;
      reel.why = video.error?.code ?? 0;
      if (this.current === reel) this.onState("error");
    });
    this.reels.set(work.assignment, reel);
    this.frame.append(video);
    return reel;
  }

  #begin(reel) {
    reel.begun = performance.now();
    reel.video.muted = this.look.muted || this.look.blur || this.blocked;
    reel.video.src = reel.work.url;
  }

  #first(reel) {
    if (reel.seen) return;
    reel.seen = true;
    const since = reel.shown;
    if (reel.video.requestVideoFrameCallback) {
      reel.video.requestVideoFrameCallback((now) => this.onFirst(Math.round(Math.max(0, now - since)), reel.work));
    } else this.onFirst(Math.round(performance.now() - since), reel.work);
  }

  #run() {
    cancelAnimationFrame(this.running);
    this.running = requestAnimationFrame(this.draw);
  }

  #frame() {
    const reel = this.current;
    if (!reel || reel.video.paused) return;
    this.onTime(this.time);
    if (this.time >= reel.end - 15 && reel.end < reel.work.duration_ms) this.#end(reel);
    this.#run();
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
