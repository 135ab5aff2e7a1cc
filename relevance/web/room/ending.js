// The chair's form: how a case ends. No decision without what it leaves, or the word that it is a single case.
import { h, pick, say } from "./dom.js";
import { against } from "./panel.js";

const KINDS = ["decided", "deferred", "returned", "withdrawn", "no_rule"];
const SCOPES = ["keyword", "pair", "family", "general"];

export class Ending {
  /** `ask`: which earlier precedents one of this case, level, rule and scope would contradict. */
  constructor(send, ask) {
    this.send = send;
    this.ask = ask;
    this.others = [];
    this.node = h("section", { class: "card ending" });
    this.case = null;
  }

  show(one, book, open, binds) {
    this.node.hidden = !open;
    const key = JSON.stringify([one.case, open, book.id, say("decide")]);
    this.version = this.version ?? one.version;
    if (this.key === key) return;
    if (this.case !== one.case) {
      Object.assign(this, { case: one.case, version: one.version, kind: "decided", binds: "precedent", level: null });
    }
    Object.assign(this, { key, book, rule: one.rule, offered: binds });
    this.draw();
  }

  /** What the chair has seen: a grade that came later is told, not decided over. */
  seen(version) { this.version = version; }

  draw() {
    const text = (name, rows = 1) => (rows > 1 ? h("textarea", { name, rows, placeholder: say(name), "aria-label": say(name) })
      : h("input", { name, placeholder: say(name), "aria-label": say(name), autocomplete: "off" }));
    const choice = (name, of, word) => h("select", { name, "aria-label": say(name) }, of.map((one) => h("option", { value: one }, word(one))));
    const radio = (name, of, chosen) => h("div", { class: "kinds", role: "radiogroup" }, of.map((one) =>
      h("button", { "data-value": one, "aria-pressed": String(one === chosen), onclick: () => { this[name] = one; this.fit(); } }, say(one))));
    this.fields = {
      reason: text("reason", 2), single_why: text("single_why"), heading: text("heading"), amendment_text: text("amendment_text", 2),
      defer_to: text("defer_to"), missing: text("missing"), due: text("due"), evidence: text("evidence", 2), client_answer: text("client_answer", 2),
      wants: choice("wants", ["grades", "clip"], (one) => say(`wants_${one}`)),
      extra: h("input", { name: "extra", type: "number", min: 1, max: 5, value: 2, "aria-label": say("extra") }),
      scope: choice("scope", SCOPES, (one) => say(`scope_${one}`)),
      rule: h("select", { name: "rule", "aria-label": say("rule") }, h("option", { value: "" }, `${say("rule")}: ${say("none")}`),
        this.book.rules.map((one) => h("option", { value: one.id }, `${one.number} ${pick(one.title)}`.trim()))),
    };
    if (this.rule) this.fields.rule.value = this.rule;
    for (const name of ["rule", "scope"]) this.fields[name].addEventListener("change", () => this.compare());
    this.supersedes = h("select", { name: "supersedes", "aria-label": say("instead") });
    this.warning = h("div", { class: "warning", role: "status" });
    this.kinds = radio("kind", KINDS, this.kind);
    this.bound = radio("binds", this.offered, this.binds);
    this.levels = h("div", { class: "levels" }, [...this.book.levels].sort((a, b) => a.level - b.level).map((one) =>
      h("button", { class: `pick l${one.level}`, "data-level": one.level, title: pick(one.definition), onclick: () => this.choose(one.level) },
        h("b", {}, `${one.percent}%`), h("span", {}, pick(one.name)))));
    this.button = h("button", { class: "main", onclick: () => this.go() }, say("on_record"));
    this.node.replaceChildren(h("h2", {}, say("decide")), this.kinds, this.levels, this.bound, ...Object.values(this.fields), this.warning, h("div", { class: "row" }, this.button));
    this.fit();
  }

  fit() {
    const f = this.fields, kind = this.kind, decided = kind === "decided";
    const show = (node, yes) => { node.hidden = !yes; };
    for (const [row, name] of [[this.kinds, "kind"], [this.bound, "binds"]]) {
      for (const one of row.children) one.setAttribute("aria-pressed", String(one.dataset.value === this[name]));
    }
    show(this.levels, decided || kind === "no_rule");
    show(this.bound, decided);
    show(f.rule, decided);
    show(f.scope, decided && this.binds === "precedent");
    show(f.single_why, decided && this.binds === "single");
    for (const name of ["heading", "amendment_text"]) show(f[name], decided && this.binds === "amendment");
    for (const name of ["defer_to", "missing", "due"]) show(f[name], kind === "deferred");
    show(f.wants, kind === "returned");
    show(f.extra, kind === "returned");
    for (const name of ["evidence", "client_answer"]) show(f[name], kind === "no_rule");
    this.choose(this.level);
  }

  choose(level) {
    this.level = level;
    for (const one of this.levels.children) one.setAttribute("aria-pressed", String(Number(one.dataset.level) === level));
    this.compare();
  }

  /** Asks what says otherwise, and shows it before anything is put on record. */
  async compare() {
    const f = this.fields, bound = this.kind === "decided" && this.binds === "precedent" && this.level !== null;
    const asked = bound ? JSON.stringify([this.case, this.level, f.rule.value, f.scope.value]) : null;
    if (this.asked !== asked) {
      this.asked = asked;
      this.others = [];
      if (bound) {
        const said = await this.ask({ case: this.case, level: this.level, rule: f.rule.value, scope: f.scope.value }).catch(() => ({ against: [], more: 0 }));
        if (this.asked !== asked) return; // another level was chosen meanwhile
        this.others = said.against;
        this.more = said.more;
      }
    }
    const kept = this.supersedes.value;
    this.supersedes.replaceChildren(h("option", { value: "" }, say("both_stand")),
      ...this.others.map((one) => h("option", { value: one.id }, say("in_place_of", { id: one.id }))));
    if (this.others.some((one) => String(one.id) === kept)) this.supersedes.value = kept;
    this.warning.hidden = !this.others.length;
    this.warning.replaceChildren(...against(this.book, this.others, this.more), this.supersedes);
  }

  focus() { this.node.scrollIntoView({ block: "nearest" }); this.fields?.reason.focus(); }

  async go() {
    const f = this.fields, of = (name) => f[name].value;
    const decided = this.kind === "decided", leveled = decided || this.kind === "no_rule";
    const zh = /[\u3400-\u9fff]/.test(of("amendment_text"));
    this.button.disabled = true;
    await this.send({
      case: this.case, expects: this.version, kind: this.kind, reason: of("reason"), level: leveled ? this.level : null,
      rule: decided && of("rule") ? of("rule") : null, binds: decided ? this.binds : null, single_why: of("single_why"),
      scope: of("scope"), supersedes: decided && this.binds === "precedent" && this.others.length ? Number(this.supersedes.value) || null : null, heading: of("heading"), text_zh: zh ? of("amendment_text") : "", text_en: zh ? "" : of("amendment_text"),
      defer_to: of("defer_to"), missing: of("missing"), due: of("due"), wants: this.kind === "returned" ? of("wants") : null,
      extra: Number(of("extra")) || 1, evidence: of("evidence"), client_answer: of("client_answer"),
    });
    this.button.disabled = false;
  }
}
