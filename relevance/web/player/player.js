// The grade loop: what is on the screen, what a key does, and what becomes of an answer.

import { makeApi, Refused, tryClip, Unreachable } from "./api.js";
import { keepUsable } from "./around.js";
import { askDialog, flagDialog, helpDialog, savedDialog } from "./dialogs.js";
import { clockText, fill, h, makeText, mark, randomId } from "./dom.js";
import { GuidelineDrawer } from "./guideline.js";
import { icon } from "./icons.js";
import { bindKeys } from "./keys.js";
import { holding, Leases } from "./leases.js";
import { Look } from "./look.js";
import { Outbox } from "./outbox.js";
import { Overlay } from "./overlay.js";
import { Attached, DayView, KeywordView, LevelButtons, Tools } from "./panel.js";
import { Stage } from "./stage.js";
import { Strip } from "./strip.js";
import { pocket, shelf, Tab } from "./tab.js";
import { Watch } from "./watch.js";

// A second press this soon after a clip came up was meant for the one before: nobody has seen it yet.
const DOUBLE_PRESS_MS = 300;
const HISTORY = 20;
const TOAST_MS = 12000;
const RETRIED_MS = 10000; // a clip that fails again within this, though the server gives it, is broken
const QUIET_MS = 400; // an answer on its way for less than this is not worth a word

export class Player {
  constructor(host, config) {
    this.config = config;
    this.t = makeText(config.texts);
    this.api = makeApi({ base: config.base, account: config.account, project: config.project.id });
    this.tab = new Tab(config.owner);
    this.look = new Look({ owner: config.owner, known: config.preferences, reversed: config.reversed, send: (kept) => this.api.post("preferences", { player: kept }).catch(() => null) });
    this.session = null; // what is on the screen: see #begin
    this.live = null; // what was on the screen before going back with U
    this.history = []; // my last answers, newest first
    this.decisions = []; // ms of the last ten
    this.notices = [];
    this.asks = []; // what I asked my lead, with replies
    this.heard = new Set();
    this.day = config.day ?? null;
    this.trouble = null; // {kind, message}
    this.swapped = -DOUBLE_PRESS_MS;
    this.closed = false;
    this.#build(host);
    this.outbox = new Outbox({
      owner: config.owner, tab: this.tab,
      send: (entry) => this.#send(entry), onSaved: (entry, echo) => this.#saved(entry, echo),
      onRefused: (entry, error) => this.#refused(entry, error), onChange: () => this.#status(),
    });
    this.leases = new Leases({
      api: this.api, tab: this.tab, beat: (config.beat_seconds ?? 30) * 1000,
      answered: (assignment) => this.outbox.has((entry) => entry.body.assignment === assignment && entry.kind === "answer" && !entry.refused),
      playing: () => this.stage.playing, onWork: (reply) => this.#work(reply), onTrouble: (error) => this.#troubled(error),
    });
    this.unwatch = keepUsable();
    this.unbind = bindKeys({
      act: (name, place) => this.act(name, place), inside: (target) => this.#inside(target),
      anyKey: () => { this.leases.touch(); this.stage.unblock(); },
    });
  }

  async start() {
    this.#status();
    this.#screen();
    await this.tab.settle();
    if (this.closed) return;
    // Before the first is sent: a list of leases that crosses with it on the way would bring its item back.
    for (const entry of this.outbox.entries()) if (entry.kind === "answer") this.leases.done.add(entry.body.assignment);
    this.outbox.pump();
    this.leases.topUp();
    this.api.get("recent").then((reply) => {
      const mine = new Set(this.history.map((one) => one.work.assignment));
      this.history.push(...reply.answers.filter((one) => !mine.has(one.work.assignment)));
    }).catch((error) => this.#troubled(error));
    this.#everyMinute();
    this.minute = setInterval(() => this.#everyMinute(), 60000);
  }

  close() {
    this.closed = true;
    this.unbind();
    this.unwatch();
    clearInterval(this.minute);
    clearTimeout(this.toastTimer);
    clearTimeout(this.quiet);
    clearTimeout(this.again);
    window.removeEventListener("resize", this.fit);
    document.removeEventListener("visibilitychange", this.hidden);
    this.fitted.disconnect();
    this.leases.close();
    this.outbox.close();
    this.stage.close();
    this.strip.close();
    this.tab.close();
    this.root.remove();
  }

  // --- What a key or a click does -------------------------------------------------------------------------------

  /** Does what a key, a tool or a control means; false where it means nothing now. */
  act(name, place) {
    if (this.overlay.open) return this.#closes(name);
    if (name === "level") return this.#key(place);
    const acts = {
      toggle: () => this.stage.toggle(), back: () => this.stage.seek(this.stage.time - 1000), forward: () => this.stage.seek(this.stage.time + 1000),
      frameBack: () => this.stage.step(-1), frameForward: () => this.stage.step(1),
      slower: () => this.#speed(-1), faster: () => this.#speed(1),
      mute: () => this.#set("muted"), loop: () => this.#set("loop"), captions: () => this.#set("captions"), blur: () => this.#set("blur"),
      undo: () => this.#undo(), flag: () => this.#flag(), note: () => this.session && this.attached.write(),
      rule: () => this.#cite(), evidence: () => this.#evidence(), ask: () => this.#ask(), handBack: () => this.#handBack(),
      guideline: () => this.drawer.open({ citing: false, cited: this.session?.draft.rule }), help: () => this.#help(),
      escape: () => this.#escape(), enter: () => false,
    };
    return acts[name] ? acts[name]() !== false : false;
  }

  /** Grades the clip on the screen; by key, click or touch. */
  grade(level) {
    const session = this.session;
    if (!session || this.overlay.open || this.#barred()) return;
    if (performance.now() - this.swapped < DOUBLE_PRESS_MS) return;
    if (this.#locked()) return void this.levels.refuse();
    this.levels.flash(level);
    this.#answer({ level });
  }

  #key(place) {
    const level = this.levels.at(place);
    if (level !== undefined) this.grade(level);
    return true;
  }

  #closes(name) {
    const own = { guideline: "guideline", rule: "rule", help: "help" };
    if (own[name] !== this.overlay.open) return false;
    this.overlay.close();
    return true;
  }

  /** Space and Enter belong to a control of ours that the keyboard reached; never to a level that was clicked. */
  #inside(target) {
    return target instanceof Element && target.matches("button, a, summary, [role=button]") && target.matches(":focus-visible");
  }

  #speed(by) {
    this.look.faster(by);
    this.#looks();
  }

  #set(name) {
    this.look[name] = !this.look[name];
    if (name !== "blur") this.look.keep();
    if (name === "muted" && !this.look.muted) this.stage.unblock();
    this.#looks();
  }

  #escape() {
    if (this.session?.review) return this.#return();
    return false;
  }

  #evidence() {
    const session = this.session;
    if (!session) return;
    const at = this.stage.time;
    const near = session.draft.evidence.find((ms) => Math.abs(ms - at) < 150);
    this.#draft({ evidence: near === undefined ? [...session.draft.evidence, at].sort((a, b) => a - b).slice(0, 20) : session.draft.evidence.filter((ms) => ms !== near) });
  }

  #cite() {
    if (!this.session) return;
    const word = this.#word(this.session.work);
    const first = this.history.filter((one) => one.rule && this.#word(one.work) === word).map((one) => one.rule);
    this.drawer.open({ citing: true, cited: this.session.draft.rule, first: [...new Set(first)] });
  }

  #flag() {
    const session = this.session;
    if (!session || this.#barred()) return;
    if (this.cannotPlay && performance.now() - this.swapped >= DOUBLE_PRESS_MS) {
      return void this.#answer({ flag: "bad_clip", flagText: this.t("flag_auto") }); // one key: there is nothing to add
    }
    const { review } = session;
    flagDialog({
      overlay: this.overlay, t: this.t, levels: this.config.levels, kind: review?.flag ?? null, text: review?.flag_text ?? "", level: review?.level ?? null,
      send: ({ flag, text, level }) => this.session === session && this.#answer({ flag, flagText: text, level }),
    });
  }

  #ask() {
    const session = this.session;
    if (!session) return;
    askDialog({
      overlay: this.overlay, t: this.t, lead: this.config.lead, asked: this.asks.filter((one) => one.item === session.work.item),
      send: (text) => {
        const request = randomId();
        this.outbox.put(`ask-${request}`, "ask", { project: this.config.project.id, request, assignment: session.work.assignment, text }, { keyword: this.#word(session.work), text });
        this.asks = [{ ask: 0, item: session.work.item, keyword: session.work.keyword, text, reply: null }, ...this.asks];
        this.#toast(this.t("asked"));
        this.outbox.pump();
      },
    });
  }

  /** A clip that one would rather not see: it ends here, and the lead is told why. */
  #handBack() {
    if (!this.session || this.session.review || !this.look.blur || this.#barred()) return false;
    this.#answer({ flag: "handed_back", flagText: this.t("hand_back_text") });
    this.#toast(this.t("handed_back"));
    return true;
  }

  #help() {
    const levels = this.levels.order.map((level, index) => [[String(index + 1)], `${level.percent}% ${level.name}`]);
    const rows = [["Space"], ["←", "→"], ["Shift ←", "Shift →"], ["[", "]"], ["M"], ["L"], ["B"], ["H"], ["C"], ["U"], ["F"], ["N"], ["R"], ["E"], ["A"], ["G"], ["?"]];
    const words = ["toggle", "seek", "frame", "speed", "mute", "loop", "blur", "handBack", "captions", "undo", "flag", "note", "rule", "evidence", "ask", "guideline", "help"];
    helpDialog({ overlay: this.overlay, t: this.t, rows: [...levels, ...rows.map((keys, index) => [keys, this.t(`key_${words[index]}`)])], turn: () => {
      this.look.reversed = !this.look.reversed;
      this.look.keep();
      this.levels.set(this.config.levels, this.look.reversed);
      this.#lock();
      this.#help();
    } });
  }

  // --- Going back ---------------------------------------------------------------------------------------------------

  /** U: the last answer again, then the one before it. What was on the screen waits. */
  #undo() {
    const at = this.session?.review ? this.history.indexOf(this.session.review) + 1 : 0;
    const entry = this.history[at];
    if (!entry) return void this.#toast(this.t("nothing_back"));
    if (!this.session?.review) {
      this.live = this.session;
      if (this.live) Object.assign(this.live, { at: this.stage.time, left: performance.now() });
    }
    const session = this.#begin(entry.work, entry);
    session.draft = { note: entry.note ?? "", rule: entry.rule ?? null, evidence: [...(entry.evidence_ms ?? [])] };
    this.#put(session);
  }

  #return() {
    const live = this.live;
    this.live = null;
    this.session = null;
    if (!live) return this.#next();
    live.away += performance.now() - live.left;
    this.#put(live, live.at);
  }

  // --- An answer ------------------------------------------------------------------------------------------------------

  #answer({ level = null, flag = null, flagText = "" }) {
    const session = this.session;
    const { work, draft, review } = session;
    const now = performance.now();
    session.watch.rest(this.stage.time, now);
    const seq = review ? review.seq + 1 : work.seq ?? 0;
    const body = {
      project: this.config.project.id, assignment: work.assignment, seq, item: work.item, level, flag, flag_text: flagText || null,
      note: draft.note.trim() || null, rule: draft.rule, evidence_ms: draft.evidence,
      first_frame_ms: session.firstFrame, decision_ms: Math.round(now - session.shown - session.away),
      watched_ms: Math.round(session.watch.played), watched_share: Math.round(session.watch.share * 1000) / 1000,
      speed: this.look.speed, client: this.config.client,
    };
    // On disk before anything else shows: a crash from here on loses nothing.
    this.outbox.put(`${work.assignment}-${seq}`, "answer", body, { keyword: this.#word(work), shown: session.shownAt, again: Boolean(review) });
    this.outbox.pump(); // on its way while the next clip comes up
    pocket.remove(this.#draftKey(work));
    const entry = { work: { ...work, seq: seq + 1 }, seq, level, flag, flag_text: flagText, note: body.note, rule: draft.rule, evidence_ms: draft.evidence };
    if (review) this.history[this.history.indexOf(review)] = entry;
    else {
      this.decisions = [...this.decisions.slice(-9), body.decision_ms];
      this.history.unshift(entry);
      this.history.length = Math.min(this.history.length, HISTORY);
      this.leases.finish(work.assignment);
    }
    if (review) this.#return();
    else {
      this.session = null;
      this.#next();
    }
  }

  async #send(entry) {
    if (entry.kind === "ask") {
      const echo = await this.api.post("ask", entry.body, { keepalive: true });
      if (echo.request !== entry.body.request) throw new Unreachable("another echo");
      return echo;
    }
    // How long ago it was shown: the server's clock makes a time of it, whatever this machine's clock says.
    const shown = Math.max(0, Date.now() - (entry.about?.shown ?? entry.at));
    const echo = await this.api.post("answer", { ...entry.body, ...this.leases.asked, shown_ms_ago: shown }, { keepalive: true });
    if (echo.assignment !== entry.body.assignment || echo.seq !== entry.body.seq) throw new Unreachable("another echo");
    return echo;
  }

  #saved(entry, echo) {
    if (this.trouble?.kind === "unreachable" || this.trouble?.kind === "signed-out") {
      this.trouble = null;
      this.#screen();
      if (!this.session) this.leases.topUp();
    }
    if (echo.day) this.day = echo.day;
    if (entry.kind === "answer") this.leases.done.add(entry.body.assignment);
    this.leases.accept(echo.lease);
    if (entry.kind === "answer" && !echo.counted && echo.why_not) {
      this.#notice(this.t(entry.about?.again ? "correction_kept" : "surplus", { keyword: entry.about?.keyword ?? "", why: this.t(`why_${echo.why_not}`) }));
    }
    if (echo.feedback) {
      const known = this.config.levels.find((one) => one.level === echo.feedback.level);
      const about = { keyword: entry.about?.keyword ?? "", level: known ? `${known.percent}% ${known.name}` : "", why: echo.feedback.reason };
      this.#notice(this.t(echo.feedback.right ? "gold_right" : "gold_wrong", about), echo.feedback.right ? "note" : "bad");
    }
    if (this.leases.next.length < this.leases.want - 1) this.leases.topUp();
    this.#status();
  }

  #refused(entry, error) {
    this.#notice(this.t("refused", { keyword: entry.about?.keyword ?? "", why: error.message || error.code }), "bad");
  }

  // --- What is on the screen ----------------------------------------------------------------------------------------

  #begin(work, review = null) {
    let draft = { note: "", rule: null, evidence: [] };
    try {
      draft = { ...draft, ...JSON.parse(pocket.get(this.#draftKey(work))) };
    } catch {
      // nothing was kept of it
    }
    return { work, review, draft, watch: new Watch(work.start_ms ?? 0, work.end_ms ?? work.duration_ms), shown: performance.now(), shownAt: Date.now(), firstFrame: null, away: 0 };
  }

  #next() {
    const work = this.leases.take();
    if (!work) {
      this.session = null;
      this.stage.clear();
      this.strip.clear();
      this.keyword.clear();
      this.attached.show({ note: "", rule: null, evidence: [] }, String);
      this.about.hidden = true;
      this.reviewBar.hidden = true;
      this.time.textContent = "";
      fill(this.playButton, [icon("play")]);
      this.leases.topUp();
      return this.#screen();
    }
    this.#put(this.#begin(work));
  }

  #put(session, at = null) {
    this.session = session;
    const { work, review } = session;
    this.cannotPlay = false;
    this.swapped = performance.now();
    if (this.look.blur) {
      this.look.blur = false;
      this.#looks();
    }
    this.root.dataset.item = work.item;
    this.root.dataset.assignment = work.assignment;
    this.stage.show(work, at); // the clip first: everything else may take a frame longer
    mark(this.root, "data-review", review ? "true" : null);
    this.keyword.show(work, { plain: this.config.project.demo ? this.t("demo") : "", strong: review ? this.t("going_back") : "" });
    this.strip.show(work);
    this.strip.ranges(session.watch.ranges);
    fill(this.about, [work.title ? h("b", {}, work.title) : null, work.description ? h("span", {}, work.description) : null]);
    this.about.hidden = !work.title && !work.description;
    fill(this.reviewBar, review ? [
      h("span", {}, this.t("was", { grade: this.#gradeText(review) })),
      h("button", { type: "button", class: "rp-chip", onclick: () => this.#return() }, this.t("do_return"), h("kbd", {}, "Esc")),
    ] : []);
    this.reviewBar.hidden = !review;
    this.#attachments();
    this.#lock();
    this.#screen();
    this.stage.buffer(this.leases.next);
    this.leases.want = holding(this.stage.slowest, this.decisions);
  }

  #draft(change) {
    const session = this.session;
    if (!session) return;
    Object.assign(session.draft, change);
    if (!session.review) pocket.set(this.#draftKey(session.work), JSON.stringify(session.draft));
    this.#attachments();
  }

  #attachments() {
    const session = this.session;
    if (!session) return;
    this.attached.show(session.draft, (rule) => this.#ruleName(rule));
    this.strip.evidence(session.draft.evidence, (ms) => this.#draft({ evidence: session.draft.evidence.filter((one) => one !== ms) }));
  }

  #work(reply) {
    if (reply.day) this.day = reply.day;
    if (reply.guideline && this.config.guideline && reply.guideline !== this.config.guideline) this.#newGuideline(reply.guideline);
    if (!this.session && !this.live) this.#next();
    else this.stage.buffer(this.leases.next);
    this.#status();
  }

  async #newGuideline(version) {
    this.config.guideline = version;
    this.drawer.book = null;
    const book = await this.#book();
    if (!book) return;
    this.config.levels = book.levels;
    this.levels.set(book.levels, this.look.reversed);
    this.#lock();
    this.#notice(this.t("new_guideline", { version }));
  }

  async #book() {
    try {
      const book = await this.api.get("guideline", { language: this.config.language });
      this.rules = new Map(book.rules.map((rule) => [rule.rule, rule]));
      this.#attachments();
      return book;
    } catch (error) {
      this.#troubled(error);
      return this.drawer.book;
    }
  }

  #ruleName(id) {
    const rule = this.rules?.get(id);
    return rule ? [rule.number, rule.title].filter(Boolean).join(" ") : id;
  }

  #gradeText({ level, flag }) {
    const known = this.config.levels.find((one) => one.level === level);
    return [known ? `${known.percent}% ${known.name}` : null, flag ? this.t(`flag_${flag}`) : null].filter(Boolean).join(" · ");
  }

  #word(work) {
    return work.keyword[this.config.language] || work.keyword.zh || work.keyword.en || "";
  }

  #draftKey(work) {
    return `relevance:draft:${this.config.owner}:${work.assignment}`;
  }

  // --- Watching -------------------------------------------------------------------------------------------------------

  #time(ms) {
    const session = this.session;
    if (session) this.strip.at(ms);
    const length = session ? (session.work.end_ms ?? session.work.duration_ms) - (session.work.start_ms ?? 0) : 0;
    const text = session ? `${clockText(ms - (session.work.start_ms ?? 0))} / ${clockText(length)}` : "";
    if (this.time.textContent !== text) this.time.textContent = text;
    if (!session) return;
    if (this.stage.playing) session.watch.tick(ms);
    this.strip.ranges(session.watch.ranges);
    if (this.wasLocked) this.#lock();
  }

  #playing(state) {
    if (state !== "playing") this.session?.watch.rest(this.stage.current ? this.stage.time : null);
    this.clipState = state;
    fill(this.playButton, [icon(state === "playing" ? "pause" : "play")]);
    mark(this.playButton, "aria-label", this.t(state === "playing" ? "pause" : "play"));
    if (state === "error") this.#clipFails();
    else this.cannotPlay = false;
    this.#screen();
  }

  /** A clip failed: is it the clip, or the way to it? */
  async #clipFails() {
    const session = this.session;
    if (!session) return;
    const found = await tryClip(session.work.url);
    if (this.session !== session || this.closed || this.clipState !== "error") return;
    if (found === "signed-out") return this.#troubled(new Refused(401, "signed-out", ""));
    if (found === "unreachable") {
      session.retried = 0;
      this.#troubled(new Unreachable("clip"));
      clearTimeout(this.again);
      this.again = setTimeout(() => this.session === session && this.clipState === "error" && this.stage.retry(), 2500);
      return;
    }
    // It failed on the way to us, perhaps before it was on the screen. A clip that is broken fails again at once.
    const lately = session.retried && performance.now() - session.retried < RETRIED_MS;
    if (found === "ok" && (this.stage.current?.why === MediaError.MEDIA_ERR_NETWORK || !lately)) {
      session.retried = performance.now();
      return this.stage.retry();
    }
    this.cannotPlay = true;
    this.#lock();
    this.#screen();
  }

  #locked() {
    const session = this.session;
    const least = this.config.least_share ?? 0;
    return Boolean(session && least > 0 && !session.review && !this.cannotPlay && session.watch.share < least);
  }

  #lock() {
    const session = this.session;
    this.wasLocked = this.#locked();
    this.levels.state({ given: session?.review?.level ?? null, locked: this.wasLocked, watched: session?.watch.share ?? 0, needed: this.config.least_share ?? 0 });
  }

  // --- What is said -----------------------------------------------------------------------------------------------------

  /** True where no grade may be given: somebody else, or nobody, is signed in. */
  #barred() {
    return this.trouble?.kind === "signed-out" || this.trouble?.kind === "disabled";
  }

  #troubled(error) {
    const before = this.trouble?.kind;
    if (!error) this.trouble = null;
    else if (error instanceof Unreachable) this.trouble = this.#barred() ? this.trouble : { kind: "unreachable", message: "" };
    else if (error instanceof Refused) {
      const kind = error.signedOut ? "signed-out" : error.code === "disabled" ? "disabled" : error.later ? "unreachable" : "refused";
      this.trouble = { kind, message: error.message && error.message !== error.code ? error.message : "", other: error.code === "other-account" };
    } else throw error;
    if (before && !this.trouble) this.outbox.retry();
    if (this.#barred() && this.stage.playing) this.stage.pause();
    this.#status();
    this.#screen();
  }

  /** The state for everyone who looks, eyes or programs, and the card on the stage where there is no clip to see. */
  #screen() {
    if (this.closed) return;
    const { session } = this;
    const trouble = this.trouble ?? (this.outbox?.state === "unreachable" ? { kind: "unreachable", message: "" } : null);
    let state = session ? this.clipState ?? "loading" : "loading";
    let card = null;
    const signIn = h("a", { class: "rp-go", href: this.config.sign_in }, this.t("sign_in"));
    if (this.#barred()) {
      state = "error";
      card = this.#card(trouble.kind === "disabled" ? "disabled" : trouble.other ? "other_account" : "signed_out", this.outbox.count ? this.t("kept_here", { n: this.outbox.count }) : trouble.message, [signIn]);
    } else if (session && this.cannotPlay) {
      card = this.#card("cannot_play", this.t("cannot_play_do"), [
        h("button", { type: "button", class: "rp-go", onclick: () => this.#flag() }, this.t("flag_bad_clip_now"), h("kbd", {}, "F")),
        h("button", { type: "button", class: "rp-chip", onclick: () => this.stage.retry() }, this.t("try_again"))]);
    } else if (session && state === "error" && trouble?.kind === "unreachable") card = this.#card("unreachable", this.t("unreachable_clip"), []);
    else if (!session && trouble?.kind === "unreachable") card = this.#card("unreachable", trouble.message || this.t("unreachable_do"), [this.#againButton()]);
    else if (!session && trouble) {
      state = "error";
      card = this.#card("refused_work", trouble.message, [this.#againButton()]);
    } else if (!session && this.leases?.none) {
      state = "empty";
      const unread = this.leases.none.code === "unread"; // a card of a new version: the way to it stands with the word of it
      card = this.#card(unread ? "unread" : "nothing", [this.leases.none.why, this.leases.none.more].filter(Boolean).join(" "), [
        unread ? h("a", { class: "rp-go", href: "/guideline" }, this.t("read_card")) : null, this.#againButton()].filter(Boolean));
    } else if (!session) card = h("p", { class: "rp-loading" }, this.t("fetching"));
    this.root.dataset.state = state;
    if (!session) {
      this.root.dataset.item = "";
      this.root.dataset.assignment = "";
    }
    mark(this.root, "data-idle", session ? null : "true");
    const shown = card ? card.textContent : "";
    if (this.cardText !== shown) {
      this.cardText = shown;
      fill(this.card, card ? [card] : []);
      this.card.hidden = !card;
    }
    this.spinner.hidden = !(session && state === "loading");
  }

  #card(key, text, buttons) {
    return h("div", { class: "rp-card", "data-card": key }, h("h2", {}, this.t(`${key}_title`)), text ? h("p", {}, text) : null, buttons.length ? h("div", { class: "rp-chips" }, buttons) : null);
  }

  #againButton() {
    return h("button", { type: "button", class: "rp-chip", onclick: () => { this.leases.topUp(); this.outbox.retry(); } }, this.t("look_again"));
  }

  /** The outbox in a few words: quiet while all is well, exact when it is not. */
  #status() {
    if (this.closed || !this.outbox) return;
    const { outbox, t } = this;
    const n = outbox.count;
    this.root.dataset.outbox = n;
    const refused = n ? outbox.refused.length : 0;
    const unsent = outbox.entries().filter((entry) => entry.kind === "answer" && !entry.about?.again && !entry.refused).length;
    this.dayView.show(this.day, unsent);
    clearTimeout(this.quiet);
    if (refused) this.dayView.tell("bad", t("st_refused", { n: refused }));
    else if (outbox.volatile) this.dayView.tell("bad", t("st_volatile", { n }));
    else if (outbox.state === "signed-out") {
      this.dayView.tell("bad", n ? t("st_signed_out", { n }) : t("signed_out_title"));
      if (!this.#barred()) return this.#troubled(outbox.error);
    } else if (n && outbox.state === "unreachable") this.dayView.tell("wait", outbox.error?.later && outbox.error.message ? t("st_later", { n, why: outbox.error.message }) : t("st_unreachable", { n }));
    else if (n && outbox.sendingSince && Date.now() - outbox.sendingSince > QUIET_MS) this.dayView.tell("busy", t("st_sending", { n }));
    else if (n) {
      mark(this.dayView.savedButton, "data-tone", "busy");
      this.quiet = setTimeout(() => this.#status(), QUIET_MS);
    } else if (this.trouble?.kind === "unreachable") this.dayView.tell("wait", t("st_away"));
    else this.dayView.tell("ok", t("st_saved"));
    if (!this.session) this.#screen();
  }

  #notice(text, tone = "note") {
    this.notices.unshift({ text, time: new Date().toTimeString().slice(0, 5) });
    this.notices.length = Math.min(this.notices.length, 30);
    this.#toast(text, tone);
  }

  #toast(text, tone = "note") {
    clearTimeout(this.toastTimer);
    fill(this.toast, [h("span", {}, text), h("button", { type: "button", class: "rp-x", "aria-label": this.t("close"), onclick: () => (this.toast.hidden = true) }, "✕")]);
    mark(this.toast, "data-tone", tone);
    this.toast.hidden = false;
    this.toastTimer = setTimeout(() => (this.toast.hidden = true), TOAST_MS);
  }

  async #everyMinute() {
    if (document.visibilityState !== "visible") return;
    if (this.#barred()) {
      this.outbox.retry();
      return void this.leases.topUp();
    }
    try {
      const reply = await this.api.get("day");
      this.day = reply.day;
      this.#replies(reply.asks);
      this.#status();
    } catch (error) {
      this.#troubled(error);
    }
  }

  /** Replies of the lead: each is said once in this browser. */
  #replies(asks) {
    const key = `relevance:heard:${this.config.owner}`;
    const heard = Number(shelf.get(key) ?? 0);
    const fresh = asks.filter((one) => one.reply && one.ask > heard && !this.heard.has(one.ask)).reverse();
    for (const one of fresh) {
      this.heard.add(one.ask);
      this.#notice(this.t("replied", { keyword: this.#word({ keyword: one.keyword }), reply: one.reply }));
    }
    const waiting = asks.filter((one) => !one.reply).map((one) => one.ask);
    const upTo = Math.max(heard, ...asks.filter((one) => one.reply && waiting.every((ask) => ask > one.ask)).map((one) => one.ask));
    shelf.set(key, String(upTo));
    this.asks = asks;
  }

  #looks() {
    this.stage.apply();
    const { look, t } = this;
    mark(this.root, "data-blur", look.blur);
    this.speedText.textContent = `${look.speed}×`;
    mark(this.speedText, "data-changed", look.speed === 1 ? null : "true");
    const quiet = look.muted || look.blur || this.stage.blocked;
    fill(this.controls.mute, [icon(quiet ? "muted" : "sound")]);
    mark(this.controls.mute, "aria-pressed", String(quiet));
    mark(this.controls.loop, "aria-pressed", String(look.loop));
    mark(this.controls.blur, "aria-pressed", String(look.blur));
    mark(this.controls.captions, "aria-pressed", String(look.captions));
    const tracks = this.stage.current?.video.textTracks ?? [];
    for (const track of tracks) track.mode = look.captions ? "showing" : "hidden";
    this.controls.captions.hidden = !tracks.length;
    this.blurNote.hidden = !look.blur;
    mark(this.controls.mute, "title", this.stage.blocked ? t("sound_after_key") : `${t("key_mute")} (M)`);
  }

  // --- The parts ------------------------------------------------------------------------------------------------------

  #build(host) {
    const { t, config } = this;
    const control = (name, key, content) => h("button", { type: "button", class: "rp-control", "data-act": name, title: `${t(`key_${name}`)} (${key})`, "aria-label": t(`key_${name}`), onclick: () => this.act(name) }, content);
    this.frame = h("div", { class: "rp-frame" });
    this.card = h("div", { class: "rp-cover", hidden: true, "aria-live": "polite" });
    this.spinner = h("div", { class: "rp-spinner", hidden: true, role: "img", "aria-label": t("loading") });
    this.blurNote = h("div", { class: "rp-blurnote", hidden: true }, h("span", {}, t("blurred")),
      h("button", { type: "button", class: "rp-chip", onclick: () => this.act("blur") }, t("show_clip"), h("kbd", {}, "B")),
      h("button", { type: "button", class: "rp-chip", onclick: () => this.act("handBack") }, t("hand_back"), h("kbd", {}, "H")));
    this.toast = h("div", { class: "rp-toast", role: "status", hidden: true });
    this.strip = new Strip({ t, onSeek: (ms) => this.stage.seek(ms) });
    this.playButton = h("button", { type: "button", class: "rp-control", "data-act": "toggle", title: `${t("key_toggle")} (Space)`, "aria-label": t("play"), onclick: () => this.act("toggle") }, icon("play"));
    this.time = h("span", { class: "rp-time" });
    this.speedText = h("span", { class: "rp-speed", role: "status", "aria-label": t("speed") }, "1×");
    this.controls = { mute: control("mute", "M", icon("sound")), loop: control("loop", "L", icon("loop")), captions: control("captions", "C", icon("captions")), blur: control("blur", "B", icon("blur")) };
    this.about = h("p", { class: "rp-about", hidden: true });
    this.keyword = new KeywordView({ t, language: config.language });
    this.reviewBar = h("p", { class: "rp-review", hidden: true });
    this.levels = new LevelButtons({ t, levels: config.levels, reversed: this.look.reversed, onLevel: (level) => this.grade(level) });
    this.attached = new Attached({
      t, onNote: (note) => this.#draft({ note }), onRule: (rule) => (rule === true ? this.#cite() : this.#draft({ rule })),
      onEvidence: (ms) => this.#draft({ evidence: this.session.draft.evidence.filter((one) => one !== ms) }), onSeek: (ms) => this.stage.seek(ms),
    });
    this.tools = new Tools({ t, act: (name) => this.act(name), tools: [["undo", "U"], ["flag", "F"], ["note", "N"], ["rule", "R"], ["evidence", "E"], ["ask", "A"], ["guideline", "G"], ["help", "?"]] });
    this.dayView = new DayView({ t, onSaved: () => savedDialog({ overlay: this.overlay, t, outbox: this.outbox, notices: this.notices, describe: (entry) => this.#describe(entry) }) });
    this.root = h("div", { class: "rp-root", tabindex: "-1", role: "application", "aria-label": t("player"), "data-item": "", "data-state": "loading", "data-outbox": "0", lang: config.language },
      h("div", { class: "rp-left" },
        h("div", { class: "rp-stage" }, this.frame, this.spinner, this.blurNote, this.card, this.toast),
        this.strip.element,
        h("div", { class: "rp-controls" }, this.playButton, this.time, h("span", { class: "rp-gap" }),
          h("button", { type: "button", class: "rp-control rp-text", "aria-label": t("key_slower"), title: `${t("key_slower")} ([)`, onclick: () => this.act("slower") }, "−"), this.speedText,
          h("button", { type: "button", class: "rp-control rp-text", "aria-label": t("key_faster"), title: `${t("key_faster")} (])`, onclick: () => this.act("faster") }, "+"),
          this.controls.mute, this.controls.loop, this.controls.captions, this.controls.blur),
        this.about),
      h("aside", { class: "rp-right" }, this.keyword.element, this.reviewBar, this.levels.element, this.attached.element, h("span", { class: "rp-gap" }), this.tools.element, this.dayView.element));
    this.overlay = new Overlay({ root: this.root, t, onChange: () => this.session && this.#attachments() });
    this.drawer = new GuidelineDrawer({ overlay: this.overlay, t, load: () => this.#book(), onCite: (rule) => this.#draft({ rule }) });
    this.stage = new Stage({
      frame: this.frame, look: this.look, onState: (state) => this.#playing(state), onTime: (ms) => this.#time(ms),
      onFirst: (ms, work) => {
        if (this.session?.work === work && this.session.firstFrame === null) this.session.firstFrame = ms;
        if (!this.rules) this.#book().then((book) => (this.drawer.book = book)); // once the first clip plays: then offline too
      },
      onBlocked: () => this.#looks(), onAhead: (n) => (this.root.dataset.ahead = n),
    });
    // A pointer leaves the keyboard with the clip: otherwise Space would press what was clicked last.
    this.root.addEventListener("pointerup", (event) => {
      this.leases.touch();
      this.stage.unblock();
      const control = event.target.closest?.("button, a, .rp-strip");
      if (control && !this.overlay.open) setTimeout(() => document.activeElement === control && this.root.focus({ preventScroll: true }));
    });
    this.frame.addEventListener("click", () => this.act("toggle"));
    this.hidden = () => {
      if (document.visibilityState !== "visible") this.session?.watch.rest(this.stage.current ? this.stage.time : null);
      else if (this.#barred()) this.#everyMinute(); // signed in again in another tab, perhaps
    };
    document.addEventListener("visibilitychange", this.hidden);
    host.append(this.root);
    this.#looks();
    this.fit = () => {
      const top = Math.max(0, Math.round(this.root.getBoundingClientRect().top + window.scrollY));
      this.root.style.setProperty("--rp-top", `${top}px`);
      mark(this.root, "data-narrow", this.root.clientWidth < 820);
    };
    this.fitted = new ResizeObserver(this.fit);
    this.fitted.observe(host);
    window.addEventListener("resize", this.fit);
    this.fit();
    if (!document.activeElement || document.activeElement === document.body) this.root.focus({ preventScroll: true });
  }

  #describe(entry) {
    const about = entry.about?.keyword ?? "";
    return entry.kind === "ask" ? `${this.t("ask")} · ${about}` : `${about} · ${this.#gradeText(entry.body)}`;
  }
}
