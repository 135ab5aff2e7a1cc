// The clip: large, moved by the chair for everyone who follows, with the mark of who watches where that is wanted.
import { config, h, language, pick, say, time } from "./dom.js";

// Drawn, since a machine without emoji shows boxes.
const icon = (name, path) => `<svg class="${name}" viewBox="0 0 24 24" width="18" height="18" fill="currentColor" aria-hidden="true"><path d="${path}"/></svg>`;
const PLAY = icon("play", "M8 5v14l11-7z");
const PAUSE = icon("pause", "M6 5h4v14H6zM14 5h4v14h-4z");
const SPEAKER = icon("loud", "M3 9v6h4l5 5V4L7 9zM16 8a5 5 0 0 1 0 8z") + icon("silent", "M3 9v6h4l5 5V4L7 9zM15 9l6 6-1.4 1.4-6-6zM21 9l-6 6 1.4 1.4 6-6z");

export class Stage {
  /** `moved(ms, playing)`: the person here has moved the clip. */
  constructor(moved) {
    this.moved = moved;
    this.case = null;
    this.cue = -1;
    this.start = 0;
    this.end = 0;
    this.times = [];
    this.video = h("video", { playsinline: true, preload: "auto", disablepictureinpicture: true, controlslist: "nodownload nofullscreen" });
    this.video.addEventListener("loadedmetadata", () => { if (this.video.currentTime * 1000 < this.start) this.seek(this.start); });
    this.video.addEventListener("timeupdate", () => this.tick());
    for (const name of ["play", "pause"]) this.video.addEventListener(name, () => this.tick());
    this.video.addEventListener("click", () => this.toggle());
    this.video.addEventListener("contextmenu", (event) => event.preventDefault());
    this.mark = h("div", { class: "mark", "aria-hidden": "true" });
    this.bar = h("input", { type: "range", min: 0, max: 1000, value: 0, step: 10, "aria-label": say("play") });
    this.bar.addEventListener("input", () => this.go(Number(this.bar.value), !this.video.paused));
    this.clock = h("span", { class: "clock" }, "0:00.0");
    this.knob = h("button", { class: "round", onclick: () => this.toggle() });
    this.knob.innerHTML = PLAY + PAUSE;
    this.sound = h("button", { class: "round", onclick: () => { this.video.muted = !this.video.muted; this.tick(); } });
    this.sound.innerHTML = SPEAKER;
    this.pins = h("div", { class: "pins" });
    this.node = h("section", { class: "stage" },
      h("div", { class: "screen" }, this.video, this.mark),
      h("div", { class: "transport" }, this.knob, h("div", { class: "track" }, this.bar, this.pins), this.clock, this.sound));
  }

  /** The case whose clip is shown. A new one stands at its start. */
  show(one, marked, name) {
    if (!one) { this.case = null; this.video.removeAttribute("src"); this.video.load(); return; }
    this.mark.hidden = !marked;
    if (marked && !this.mark.childElementCount) {
      const said = `${name} · ${new Date().toLocaleString(language)}`;
      this.mark.append(...Array.from({ length: 12 }, () => h("span", {}, said)));
    }
    const times = new Map();
    for (const grade of one.grades) for (const ms of grade.evidence) times.set(ms, grade.level);
    for (const vote of one.votes) for (const ms of vote.evidence) times.set(ms, vote.level);
    this.times = [...times.keys()].sort((a, b) => a - b);
    if (this.case !== one.case) {
      this.case = one.case;
      this.start = one.start_ms ?? 0;
      this.end = one.end_ms ?? one.duration_ms;
      this.video.src = config.clip + one.clip;
      this.video.setAttribute("aria-label", `${pick(one.keyword)} · ${one.name}`);
      this.bar.min = this.start;
      this.bar.max = this.end;
      this.seek(this.start);
    }
    const span = Math.max(1, this.end - this.start);
    this.pins.replaceChildren(...this.times.map((ms) =>
      h("button", { class: `pin l${times.get(ms) ?? ""}`, style: `left:${((ms - this.start) / span) * 100}%`, title: time(ms), onclick: () => this.go(ms, false) })));
  }

  /** What the chair did, for who follows. Each cue is obeyed once. */
  obey(cue, own) {
    if (cue.n === this.cue) return;
    const first = this.cue === -1;
    this.cue = cue.n;
    if (own && !first) return;
    this.seek(Math.max(this.start, cue.ms));
    if (cue.playing) this.play(); else this.video.pause();
  }

  seek(ms) {
    this.video.currentTime = Math.min(Math.max(ms, this.start), this.end) / 1000;
    this.tick();
  }

  /** Moves the clip by the person's own hand. */
  go(ms, playing) {
    this.seek(ms);
    if (playing) this.play(); else this.video.pause();
    this.moved(Math.round(Math.min(Math.max(ms, this.start), this.end)), playing);
  }

  play() {
    if (this.video.currentTime * 1000 >= this.end - 30) this.seek(this.start);
    this.video.play().catch(() => {
      // Browsers let nothing sound before the first touch; then it plays silently.
      this.video.muted = true;
      this.video.play().catch(() => this.tick());
    });
  }

  toggle() { this.go(this.now() >= this.end - 30 ? this.start : this.now(), this.video.paused); }
  by(ms) { this.go(this.now() + ms, !this.video.paused); }
  now() { return Math.round(this.video.currentTime * 1000); }

  /** The next evidence after the present time, round to the first again. */
  evidence() {
    if (!this.times.length) return;
    this.go(this.times.find((ms) => ms > this.now() + 40) ?? this.times[0], false);
  }

  tick() {
    const ms = this.now();
    if (ms >= this.end && !this.video.paused) this.video.pause();
    this.bar.value = ms;
    this.clock.textContent = `${time(Math.max(0, ms - this.start))} / ${time(this.end - this.start)}`;
    this.knob.classList.toggle("paused", this.video.paused);
    this.knob.setAttribute("aria-label", say("play"));
    this.sound.classList.toggle("muted", this.video.muted);
    this.sound.setAttribute("aria-label", say(this.video.muted ? "unmute" : "mute"));
  }
}
