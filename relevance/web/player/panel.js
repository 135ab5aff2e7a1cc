// The side beside the clip: the keyword, the four levels, what goes with the grade, the tools, and the day.

import { clockText, fill, h, mark, wholePercent } from "./dom.js";

/** What clip the question is asked of. */
export class KeywordView {
  constructor({ t, language }) {
    this.t = t;
    this.language = language;
    this.element = h("section", { class: "rp-keyword", "aria-live": "polite" });
  }

  show(work, badges) {
    const [own, other] = this.language === "zh" ? ["zh", "en"] : ["en", "zh"];
    const main = work.keyword[own] || work.keyword[other];
    const second = work.keyword[own] && work.keyword[other] && work.keyword[own] !== work.keyword[other] ? work.keyword[other] : null;
    fill(this.element, [
      h("p", { class: "rp-ask" }, h("span", {}, this.t("question")), Object.entries(badges).map(([tone, text]) => text && h("em", { class: "rp-badge", "data-tone": tone }, text))),
      h("h1", { class: main.length > 14 ? "rp-word rp-long" : "rp-word", lang: work.keyword[own] ? own : other }, main),
      second ? h("p", { class: "rp-second", lang: other }, second) : null,
      work.keyword.note ? h("p", { class: "rp-note", title: work.keyword.note }, ...links(work.keyword.note)) : null,
      (work.asked_before ?? []).map((answer) => h("p", { class: "rp-told" }, h("b", {}, this.t("lead_said")), " ", answer)),
      (work.precedents ?? []).map((one) => h("p", { class: "rp-told rp-precedent" }, h("b", {}, `${this.t("precedent")} ${one.percent}%`), " ", one.reason)),
    ]);
  }

  clear() {
    fill(this.element, []);
  }
}

/** A keyword's note may name a page or a picture of the work: addresses become links, opened beside. */
function links(text) {
  return text.split(/(https?:\/\/[^\s<>"，。；）)]+)/).map((part, index) => (index % 2 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part));
}

/** The four levels: real buttons, in the order of their keys. */
export class LevelButtons {
  constructor({ t, levels, reversed, onLevel }) {
    this.t = t;
    this.onLevel = onLevel;
    this.element = h("section", { class: "rp-levels", "aria-label": t("levels") });
    this.say = h("p", { class: "rp-until", role: "status" });
    this.set(levels, reversed);
  }

  set(levels, reversed) {
    this.order = reversed ? levels.slice().reverse() : levels.slice();
    this.buttons = this.order.map((level, index) => {
      const name = `${level.percent} % ${level.name}`;
      return h("button", { type: "button", class: "rp-level", "data-level": level.level, "aria-label": level.definition ? `${name}. ${level.definition}` : name, "aria-keyshortcuts": String(index + 1),
        onclick: () => this.onLevel(level.level, "click") },
        h("kbd", {}, String(index + 1)),
        h("span", { class: "rp-bar4", "data-fill": level.level, "aria-hidden": "true" }, h("i"), h("i"), h("i")),
        h("span", { class: "rp-percent" }, String(level.percent), h("small", {}, "%")),
        h("span", { class: "rp-words" }, h("strong", {}, level.name), level.definition ? h("span", { class: "rp-definition" }, level.definition) : null));
    });
    fill(this.element, [this.buttons, this.say]);
  }

  at(place) {
    return this.order[place]?.level;
  }

  /** Which level stands now (a correction), and whether the keys act yet. `left`: share still to watch, 0 when free. */
  state({ given = null, locked = false, watched = 0, needed = 0 }) {
    this.element.style.setProperty("--rp-share", String(locked && needed ? Math.min(1, watched / needed) : 1));
    mark(this.element, "data-locked", locked);
    this.buttons.forEach((button, index) => {
      mark(button, "aria-disabled", locked ? "true" : null);
      mark(button, "aria-pressed", this.order[index].level === given ? "true" : null);
    });
    const text = locked && needed ? this.t("watch_first", { needed: wholePercent(needed), watched: wholePercent(watched) }) : "";
    if (this.say.textContent !== text) this.say.textContent = text;
  }

  /** The press was seen: the level lights up for a moment, whatever shows next. */
  flash(level) {
    const button = this.buttons[this.order.findIndex((one) => one.level === level)];
    if (!button) return;
    button.classList.remove("rp-flash");
    void button.offsetWidth; // begins the animation anew
    button.classList.add("rp-flash");
  }

  /** A key that may not act yet. */
  refuse() {
    this.say.classList.remove("rp-shake");
    void this.say.offsetWidth;
    this.say.classList.add("rp-shake");
  }
}

/** What goes with the grade: note, rule, evidence. Each can be taken away again. */
export class Attached {
  constructor({ t, onNote, onRule, onEvidence, onSeek }) {
    Object.assign(this, { t, onNote, onRule, onEvidence, onSeek });
    this.element = h("section", { class: "rp-attached" });
    this.note = h("textarea", { class: "rp-notebox", rows: "2", maxlength: "2000", hidden: true, placeholder: t("note_text"), "aria-label": t("note_text"),
      oninput: () => this.onNote(this.note.value),
      onblur: () => this.#close(),
      onkeydown: (event) => {
        if (event.isComposing || event.keyCode === 229) return;
        if (event.key === "Escape" || (event.key === "Enter" && !event.shiftKey)) {
          event.preventDefault();
          event.stopPropagation();
          this.note.blur();
        }
      } });
    this.chips = h("div", { class: "rp-chips" });
    fill(this.element, [this.note, this.chips]);
  }

  /** N: the note opens for writing; Enter ends it. */
  write() {
    this.note.hidden = false;
    this.note.focus({ preventScroll: true });
    this.note.setSelectionRange(this.note.value.length, this.note.value.length);
  }

  show(draft, ruleName) {
    if (document.activeElement !== this.note) {
      this.note.value = draft.note;
      this.note.hidden = true;
    }
    const chip = (kind, label, text, onOpen, onDrop) => h("span", { class: "rp-tag", "data-kind": kind },
      h("button", { type: "button", onclick: onOpen, title: text }, h("b", {}, label), " ", h("span", {}, text)),
      h("button", { type: "button", class: "rp-x", "aria-label": this.t("take_away", { what: label }), onclick: onDrop }, "✕"));
    fill(this.chips, [
      draft.rule ? chip("rule", this.t("rule"), ruleName(draft.rule), () => this.onRule(true), () => this.onRule(null)) : null,
      draft.evidence.map((ms) => chip("evidence", this.t("evidence"), clockText(ms), () => this.onSeek(ms), () => this.onEvidence(ms))),
      draft.note && document.activeElement !== this.note ? chip("note", this.t("note"), draft.note, () => this.write(), () => this.onNote("")) : null,
    ]);
  }

  #close() {
    this.note.hidden = true;
    this.onNote(this.note.value);
    this.element.closest(".rp-root")?.focus({ preventScroll: true });
  }
}

/** The tools, each with its key. */
export class Tools {
  constructor({ t, act, tools }) {
    this.buttons = {};
    this.element = h("nav", { class: "rp-tools", "aria-label": t("tools") }, tools.map(([name, key]) => {
      const button = h("button", { type: "button", "data-act": name, "aria-keyshortcuts": key, title: `${t(`do_${name}`)} (${key})`, onclick: () => act(name) }, h("kbd", {}, key), h("span", {}, t(`do_${name}`)));
      this.buttons[name] = button;
      return button;
    }));
  }
}

/** The day and the outbox: my count and pace against the goal, and what is saved. */
export class DayView {
  constructor({ t, onSaved }) {
    this.t = t;
    this.count = h("b", { class: "rp-count" });
    this.goal = h("span");
    this.pace = h("span", { class: "rp-pace" });
    this.fillbar = h("i");
    this.bar = h("div", { class: "rp-progress", role: "progressbar", "aria-label": t("today"), "aria-valuemin": "0" }, this.fillbar);
    this.dot = h("i", { class: "rp-dot", "aria-hidden": "true" });
    this.saved = h("span", { role: "status" });
    this.savedButton = h("button", { type: "button", class: "rp-saved", onclick: onSaved }, this.dot, this.saved);
    this.element = h("section", { class: "rp-day" }, h("p", { class: "rp-today" }, h("span", {}, t("today"), this.count, this.goal), this.pace), this.bar, this.savedButton);
  }

  /** `unsent` answers of this page are counted too: the grader did them. */
  show(day, unsent) {
    if (!day) return;
    const done = day.count + unsent;
    this.count.textContent = String(done);
    this.goal.textContent = day.goal ? `/ ${day.goal}` : "";
    this.pace.textContent = day.per_hour ? this.t(day.goal && done < day.goal ? "pace_left" : "pace", { pace: Math.round(day.per_hour), left: hours((day.goal - done) / day.per_hour) }) : "";
    this.fillbar.style.transform = `scaleX(${day.goal ? Math.min(1, done / day.goal) : 0})`;
    this.bar.hidden = !day.goal;
    mark(this.bar, "aria-valuemax", day.goal || null);
    mark(this.bar, "aria-valuenow", day.goal ? done : null);
  }

  /** `tone`: ok, busy, wait or bad. */
  tell(tone, text) {
    mark(this.savedButton, "data-tone", tone);
    if (this.saved.textContent !== text) this.saved.textContent = text;
  }
}

function hours(value) {
  return value >= 9.95 ? String(Math.round(value)) : String(Math.max(0.1, Math.round(value * 10) / 10));
}
