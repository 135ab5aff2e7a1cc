// The guideline, one key away: level definitions and rules, searched as one types. The same drawer reads (G) and cites
// the rule that decided (R): arrows choose, Enter cites.

import { fill, h, mark } from "./dom.js";
import { fold, markdown, marked } from "./markdown.js";

export class GuidelineDrawer {
  constructor({ overlay, t, load, onCite }) {
    Object.assign(this, { overlay, t, load, onCite });
    this.book = null;
    this.query = "";
  }

  /** Opens it; `cited` is the rule that stands on the present item, `first` the rules to offer first. */
  async open({ citing, cited = null, first = [] }) {
    this.citing = citing;
    this.cited = cited;
    this.first = first;
    this.query = "";
    this.chosen = cited;
    this.search = h("input", { class: "rp-search", type: "search", placeholder: this.t("search_guideline"), "aria-label": this.t("search_guideline"), autocomplete: "off", spellcheck: "false",
      oninput: () => {
        this.query = this.search.value.trim();
        this.chosen = null;
        this.#draw();
      } });
    this.list = h("div", { class: "rp-rules", tabindex: "0", role: citing ? "listbox" : null, "aria-label": this.t("guideline") });
    const body = h("div", { class: "rp-book" }, this.search, this.list,
      h("footer", { class: "rp-hint" }, this.t(citing ? "hint_cite" : "hint_guideline")));
    this.overlay.show(citing ? "rule" : "guideline", this.t(citing ? "cite_rule" : "guideline"), body, {
      wide: true, focus: this.search, keys: (event) => this.#key(event),
    });
    if (!this.book) fill(this.list, [h("p", { class: "rp-quiet" }, this.t("loading"))]);
    this.book = await this.load();
    if (this.list.isConnected) this.#draw();
  }

  #key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") return this.#move(event.key === "ArrowDown" ? 1 : -1);
    if (event.key === "Enter" && this.chosen && (this.citing || event.ctrlKey)) return this.#cite(this.chosen);
    // The field is empty: the key that opened the drawer closes it again.
    if (event.code === (this.citing ? "KeyR" : "KeyG") && !this.search.value && event.target === this.search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.repeat) return true;
      this.overlay.close();
      return true;
    }
    return false;
  }

  #move(by) {
    if (!this.found?.length) return true;
    const at = this.found.findIndex((rule) => rule.rule === this.chosen);
    const next = this.found[Math.min(this.found.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : this.found.length - 1) : at + by))];
    this.#choose(next.rule);
    return true;
  }

  #choose(rule) {
    this.chosen = rule;
    for (const element of this.list.querySelectorAll("[data-rule]")) {
      const on = element.dataset.rule === rule;
      mark(element, "aria-selected", on ? "true" : "false");
      if (on) element.scrollIntoView({ block: "nearest" });
    }
  }

  #cite(rule) {
    this.onCite(rule === this.cited ? null : rule);
    this.overlay.close();
    return true;
  }

  #draw() {
    const book = this.book;
    if (!book) return void fill(this.list, [h("p", { class: "rp-quiet" }, this.t("guideline_unreachable"))]);
    const find = fold(this.query);
    const hits = (rule) => !find || [rule.number, rule.title, rule.text, rule.heading].some((text) => fold(text).includes(find));
    this.found = book.rules.filter(hits);
    if (this.citing && !find && this.first.length) {
      this.found = [...this.found].sort((a, b) => rank(this.first, a.rule) - rank(this.first, b.rule));
    }
    if (find && !this.found.some((rule) => rule.rule === this.chosen)) this.chosen = this.found[0]?.rule ?? null;
    const parts = [];
    if (!this.citing && (!find || book.levels.some((level) => fold(`${level.name} ${level.definition}`).includes(find)))) {
      parts.push(h("section", { class: "rp-leveltable", "aria-label": this.t("levels") },
        book.levels.slice().reverse().map((level) => h("div", { class: "rp-levelrow" },
          h("b", {}, `${level.percent}%`), h("span", {}, h("strong", {}, marked(level.name, find)), " ", marked(level.definition ?? "", find))))));
    }
    let heading = null;
    for (const rule of this.found) {
      if (rule.heading !== heading && !(this.citing && this.first.length && !find)) {
        heading = rule.heading;
        if (heading) parts.push(h("h3", {}, marked(heading, find)));
      }
      parts.push(this.#rule(rule, find));
    }
    if (!this.found.length && (find || !book.rules.length)) parts.push(h("p", { class: "rp-quiet" }, this.t(find ? "no_rule_found" : "no_rules")));
    fill(this.list, parts);
  }

  #rule(rule, find) {
    const on = rule.rule === this.chosen;
    const cited = rule.rule === this.cited;
    const head = h("header", {},
      rule.number ? h("b", { class: "rp-number" }, marked(rule.number, find)) : null,
      h("strong", {}, marked(rule.title ?? "", find)),
      h("button", { type: "button", class: "rp-cite", "aria-pressed": cited ? "true" : "false", onclick: () => this.#cite(rule.rule) }, this.t(cited ? "cited" : "cite")));
    return h("article", { class: "rp-rule", "data-rule": rule.rule, role: this.citing ? "option" : null, "aria-selected": on ? "true" : "false",
      onpointerdown: () => this.#choose(rule.rule), ondblclick: () => this.citing && this.#cite(rule.rule) }, head, markdown(rule.text, find),
      rule.examples?.length ? h("div", { class: "rp-examples" }, rule.examples.map((one) => this.#example(one))) : null);
  }

  /** A clip that shows the rule, or does not: a picture until it is clicked. */
  #example(one) {
    const said = [one.keyword, one.percent === null ? null : `${one.percent}%`, one.note].filter(Boolean).join(" · ");
    return h("figure", { class: "rp-example", "data-kind": one.kind },
      h("video", { src: one.clip, poster: one.poster, preload: "none", muted: true, controls: true, playsinline: true }),
      h("figcaption", {}, h("b", {}, one.kind_name), " ", said));
  }
}

function rank(first, rule) {
  const at = first.indexOf(rule);
  return at < 0 ? first.length : at;
}
