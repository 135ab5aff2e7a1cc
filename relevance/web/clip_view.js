// A clip to look at closely: filmstrip, speed, evidence marks; other parts of the page ask it to jump (relevance:jump).
// Keys and texts come ready from Python; nothing comes back to it.

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const KEY_SPEED = "relevance.view.speed";

function create(root) {
  const view = make("div", "view");
  view.dataset.state = "loading";
  const stage = make("div", "stage"), video = make("video"), say = make("div", "say");
  const bar = make("div", "bar"), strip = make("div", "strip"), tiles = make("div", "tiles"), marks = make("div", "marks");
  const range = make("div", "range"), range2 = make("div", "range"), head = make("div", "head");
  Object.assign(video, { playsInline: true, preload: "auto", controls: false });
  video.setAttribute("aria-label", "");
  stage.append(video, say);
  strip.append(tiles, marks, range, range2, head);
  view.append(stage, bar, strip);
  root.append(view);

  let data = null, frame = 0;
  const button = (name, text, act) => {
    const el = make("button", "", text);
    el.type = "button";
    el.dataset.name = name;
    el.addEventListener("click", act);
    bar.append(el);
    return el;
  };
  const from = () => (data?.start_ms ?? 0) / 1000;
  const length = () => data?.duration_ms || (video.duration || 0) * 1000;
  const until = () => (data?.end_ms ?? length()) / 1000;
  const total = () => Math.max(1, length()) / 1000;
  const jump = (seconds, play) => {
    video.currentTime = Math.min(Math.max(seconds, 0), total() - 0.01);
    if (play) video.play().catch(() => {});
    paint();
  };
  const toggle = () => {
    if (!video.paused) return video.pause();
    if (video.currentTime >= until() - 0.05) video.currentTime = from();
    video.play().catch(() => {});
  };
  const setSpeed = (speed) => {
    video.playbackRate = speed;
    try { localStorage.setItem(KEY_SPEED, String(speed)); } catch { /* private window: the speed lasts as long as the page */ }
    paint();
  };
  const shiftSpeed = (by) => {
    const at = SPEEDS.reduce((best, s, i) => Math.abs(s - video.playbackRate) < Math.abs(SPEEDS[best] - video.playbackRate) ? i : best, 0);
    setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))]);
  };
  const cover = () => {
    const on = view.classList.toggle("hidden");
    video.muted = on || video.muted;
    paint();
  };
  const evidence = () => [...new Set((data?.marks ?? []).map((mark) => mark.ms))].sort((a, b) => a - b);
  const nextEvidence = () => {
    const times = evidence();
    if (!times.length) return;
    const now = video.currentTime * 1000 + 50;
    jump((times.find((t) => t > now) ?? times[0]) / 1000, false);
  };

  const bPlay = button("play", "▶", toggle);
  const time = make("span", "time");
  bar.append(time);
  const bEvidence = button("evidence", "", nextEvidence);
  const bSlow = button("slower", "−", () => shiftSpeed(-1));
  const bSpeed = button("speed", "1×", () => setSpeed(1));
  const bFast = button("faster", "+", () => shiftSpeed(1));
  const bMute = button("mute", "", () => { video.muted = !video.muted; paint(); });
  const bCover = button("cover", "", cover);

  function paint() {
    if (!data) return;
    const t = data.texts, at = video.currentTime;
    bPlay.textContent = video.paused ? "▶" : "❚❚";
    time.textContent = `${clock(at * 1000)} / ${clock(length())}`;
    bSpeed.textContent = `${video.playbackRate}×`;
    bMute.textContent = video.muted ? t.sound_on : t.mute;
    bMute.classList.toggle("on", video.muted);
    bCover.textContent = view.classList.contains("hidden") ? t.uncover : t.cover;
    bCover.classList.toggle("on", view.classList.contains("hidden"));
    head.style.left = `${(100 * at) / total()}%`;
  }
  const loop = () => {
    if (data?.end_ms && video.currentTime >= until() && !video.paused) video.pause();
    paint();
    frame = video.paused ? 0 : requestAnimationFrame(loop);
  };
  video.addEventListener("play", () => { view.dataset.state = "playing"; if (!frame) loop(); });
  video.addEventListener("pause", () => { if (view.dataset.state === "playing") view.dataset.state = "ready"; paint(); });
  video.addEventListener("seeked", paint);
  video.addEventListener("loadedmetadata", () => { if (from()) video.currentTime = from(); drawStrip(); drawMarks(); paint(); });
  video.addEventListener("loadeddata", () => { if (view.dataset.state === "loading") view.dataset.state = "ready"; paint(); });
  video.addEventListener("error", () => { view.dataset.state = "error"; });

  const seekAt = (event) => {
    const box = strip.getBoundingClientRect();
    jump(((event.clientX - box.left) / box.width) * total(), false);
  };
  strip.addEventListener("pointerdown", (event) => {
    if (event.target.classList.contains("mark")) return;
    strip.setPointerCapture(event.pointerId);
    seekAt(event);
  });
  strip.addEventListener("pointermove", (event) => { if (strip.hasPointerCapture(event.pointerId)) seekAt(event); });

  const keys = (event) => {
    if (!view.isConnected || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    const acts = {
      Space: toggle,
      ArrowLeft: () => jump(video.currentTime - (event.shiftKey ? 1 / (data.fps || 25) : 1), false),
      ArrowRight: () => jump(video.currentTime + (event.shiftKey ? 1 / (data.fps || 25) : 1), false),
      BracketLeft: () => shiftSpeed(-1),
      BracketRight: () => shiftSpeed(1),
      KeyM: () => { video.muted = !video.muted; paint(); },
      KeyB: cover,
      KeyE: nextEvidence,
    };
    // Space and arrows belong to a focused button, slider or tab, unless it is one of ours.
    const focused = event.composedPath()[0];
    const foreign = focused instanceof HTMLElement && focused !== document.body && !root.contains(focused) &&
      /^(BUTTON|A)$|^$/.test(focused.tagName) && (event.code === "Space" || event.code.startsWith("Arrow"));
    if (!data || foreign || !(event.code in acts)) return;
    if (event.repeat && !event.code.startsWith("Arrow")) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.code]();
  };
  document.addEventListener("keydown", keys, true);

  const asked = (event) => { if (view.isConnected) jump(event.detail / 1000, false); };
  document.addEventListener("relevance:jump", asked);

  function drawMarks() {
    marks.replaceChildren(...data.marks.map((mark) => {
      const el = make("button", "mark");
      el.type = "button";
      el.title = `${mark.who} · ${clock(mark.ms)}`;
      el.setAttribute("aria-label", `${data.texts.jump} ${clock(mark.ms)}, ${mark.who}`);
      el.style.left = `${(100 * mark.ms) / Math.max(1, length())}%`;
      el.style.background = mark.level === null ? "currentColor" : `var(--l${mark.level})`;
      el.addEventListener("click", () => jump(mark.ms / 1000, false));
      return el;
    }));
  }

  function drawStrip() {
    const s = data.strip;
    tiles.style.display = s ? "flex" : "none";
    tiles.replaceChildren();
    if (s) {
      for (let i = 0; i < s.count; i++) {
        const tile = make("span");
        tile.style.backgroundImage = `url("${encodeURI(s.src)}")`;
        tile.style.backgroundSize = `${s.count * 100}% 100%`;
        tile.style.backgroundPosition = `${s.count > 1 ? (100 * i) / (s.count - 1) : 0}% 0`;
        tiles.append(tile);
      }
    }
    const a = (100 * from()) / total(), b = data.end_ms ? (100 * until()) / total() : 100;
    Object.assign(range.style, { left: "0", width: `${a}%` });
    Object.assign(range2.style, { left: `${b}%`, width: `${100 - b}%` });
  }

  return {
    set(next) {
      const fresh = next.item !== data?.item || next.src !== data?.src;
      data = next;
      view.dataset.item = String(data.item);
      say.textContent = data.texts.broken;
      bPlay.title = data.texts.play;
      bEvidence.textContent = data.texts.evidence;
      bEvidence.style.display = evidence().length ? "" : "none";
      video.setAttribute("aria-label", data.label);
      if (fresh) {
        view.dataset.state = "loading";
        view.classList.remove("hidden");
        video.replaceChildren();
        if (data.captions) {
          const track = make("track");
          Object.assign(track, { kind: "captions", src: data.captions, default: true });
          video.append(track);
        }
        video.src = data.src;
        let speed = 1;
        try { speed = Number(localStorage.getItem(KEY_SPEED)) || 1; } catch { /* private window */ }
        video.defaultPlaybackRate = video.playbackRate = speed;
        // A deep link has had no gesture yet: a browser then lets it play without sound only.
        video.play().catch((why) => { if (why.name === "NotAllowedError") { video.muted = true; video.play().catch(() => {}); } });
      }
      drawStrip();
      drawMarks();
      paint();
    },
    destroy() {
      document.removeEventListener("keydown", keys, true);
      document.removeEventListener("relevance:jump", asked);
      cancelAnimationFrame(frame);
      video.removeAttribute("src");
      video.load();
      view.remove();
    },
  };
}

export default mounted(create);
