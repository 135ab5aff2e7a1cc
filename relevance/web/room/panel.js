// What is known of the case: keyword and note, the rule and its neighbours, grades, votes side by side, how it ended.
import { h, pick, say, time } from "./dom.js";

export const percent = (book, level) => {
  const found = book.levels.find((one) => one.level === level);
  return found ? `${found.percent}%` : "–";
};
const named = (book, level) => {
  const found = book.levels.find((one) => one.level === level);
  return found ? `${found.percent}% ${pick(found.name)}` : "–";
};
const rule = (book, id) => {
  const found = book.rules.find((one) => one.id === id);
  return found ? `${found.number} ${pick(found.title)}`.trim() : id;
};
/** The guideline's **bold**; all other marks stay as written. */
const bold = (text) => text.split("**").map((part, at) => (at % 2 ? h("b", {}, part) : part));
const chip = (book, level) => h("span", { class: `level l${level ?? ""}` }, level === null ? "–" : percent(book, level));
const jumps = (times, jump) => times.map((ms) => h("button", { class: "jump", onclick: () => jump(ms) }, time(ms)));

/** Keyword and note above the clip. */
export function head(one) {
  return h("div", { class: "head" },
    h("h1", {}, pick(one.keyword)),
    h("span", { class: "other" }, one.keyword.zh === one.keyword.en ? "" : one.keyword[pick(one.keyword) === one.keyword.zh ? "en" : "zh"]),
    one.note ? h("p", { class: "note" }, one.note) : null);
}

/** The rule that applies between those before and after it. */
export function rules(one, book) {
  const at = book.rules.findIndex((found) => found.id === one.rule);
  if (at < 0) return null;
  const near = book.rules.slice(Math.max(0, at - 1), at + 2);
  return h("section", { class: "card rules" }, h("h2", {}, say("rules")),
    near.map((found) => h("article", { class: found.id === one.rule ? "applies" : "near" },
      h("h3", {}, `${found.number} ${pick(found.title)}`.trim()), h("p", {}, bold(pick(found.text))))));
}

/** What was decided before on the like. */
export function precedents(one, book) {
  if (!one.precedents.length) return null;
  return h("section", { class: "card" }, h("h2", {}, say("precedents")),
    one.precedents.map((found) => h("article", { class: "given" }, chip(book, found.level),
      h("div", {}, h("p", {}, found.reason), h("p", { class: "small" }, [pick(found.keyword), found.rule ? rule(book, found.rule) : ""].filter(Boolean).join(" · "))))));
}

/** Grades, and after the reveal the votes beside them. */
export function sides(one, book, jump) {
  const grades = h("section", { class: "card" }, h("h2", {}, say("grades")), one.grades.map((grade) =>
    h("article", { class: `given${grade.counts ? "" : " aside"}` }, chip(book, grade.level),
      h("div", {}, h("p", {}, h("b", {}, grade.who), " ", grade.note || h("i", {}, say("no_note"))),
        grade.flag ? h("p", { class: "flag" }, `⚑ ${say(`flag_${grade.flag}`)} ${grade.flag_text}`) : null,
        h("p", { class: "small" }, grade.rule ? `${rule(book, grade.rule)} ` : null, jumps(grade.evidence, jump))))));
  if (!one.revealed) return h("div", { class: "sides" }, grades);
  const votes = h("section", { class: "card votes" }, h("h2", {}, say("votes")), one.votes.map((vote) =>
    h("article", { class: "given" }, chip(book, vote.level),
      h("div", {}, h("p", {}, h("b", {}, vote.name), " ", vote.reason), h("p", { class: "small" }, jumps(vote.evidence, jump))))));
  return h("div", { class: "sides two" }, grades, votes);
}

/** The nearest earlier precedents that say otherwise, and how many more do. */
export function against(book, found, more) {
  return [...found.map((one) => h("p", { class: "against" }, `${say("against", { id: one.id })} `, chip(book, one.level), ` ${one.reason}`)),
    more ? h("p", { class: "against" }, say("against_more", { n: more })) : ""];
}

/** How the case ended, with who sees it otherwise. `dissent(outcome)` is null where none can be put on record. */
export function ends(one, book, dissent, like) {
  if (!one.outcomes.length) return null;
  return h("section", { class: "card ends" }, one.outcomes.map((end) =>
    h("article", { class: end.corrected_by ? "end aside" : "end" },
      h("h2", {}, end.corrects ? `${say("correction")}: ` : "", say(end.kind), end.level === null ? "" : ` ${named(book, end.level)}`),
      end.corrected_by ? h("p", { class: "small" }, say("corrected")) : null,
      h("p", {}, end.reason),
      line("rule", end.rule ? rule(book, end.rule) : ""), line("what_binds", end.binds ? say(end.binds) : ""),
      end.replaces ? h("p", { class: "small" }, say("in_place_of", { id: end.replaces })) : null, against(book, end.against, end.more),
      line("single_why", end.single_why), line("defer_to", end.defer_to), line("missing", end.missing), line("due", end.due),
      line("wants", end.wants ? say(`wants_${end.wants}`) : ""), line("evidence", end.evidence), line("client_answer", end.client_answer),
      line("settled", end.settled ? say("items", { n: end.settled }) : ""),
      end.by ? h("p", { class: "small" }, say("by", { name: end.by })) : null,
      end.dissent.map((other) => h("p", { class: "dissent" }, `${say("dissents")}: `, other.name ? h("b", {}, `${other.name} `) : "", other.text)),
      like && end.kind === "decided" && !end.corrected_by ? like(end) : null,
      dissent && !end.corrected_by ? dissent(end.outcome) : null)));
}

/** The items that wait for the same rule: looked at, any of them taken out, then settled. */
export class LikeList {
  constructor(ask, send, undo, play) { Object.assign(this, { ask, send, undo, play, made: new Map() }); }

  /** The list under an outcome; it is asked for once, and again after something was settled. */
  of(end, book) {
    const key = `${end.outcome}/${end.settled}/${say("like_apply")}`;
    if (!this.made.has(key)) {
      const node = h("div", { class: "like" });
      this.made.set(key, node);
      this.ask(end.outcome).then((said) => this.draw(node, end, book, said.like, said.check_from, said.earlier)).catch(() => this.made.delete(key));
    }
    return this.made.get(key);
  }

  /** `from`: so many items, the decided one among them, and the room looks at a second clip first, and at a third where
   * the two differ. `earlier`: what this decision settled before on this day counts with it, and what was said of clips then
   * stands. The server holds the rule (relevance/propagation.py, services/second_look.py); here it is asked for in time. */
  draw(node, end, book, rows, from, earlier) {
    const back = end.settled ? h("button", { onclick: () => this.undo(end.outcome) }, say("like_undo")) : "";
    node.replaceChildren(back);
    if (!rows.length) return;
    const out = new Set(), said = new Map(), further = h("div", { class: "looks" });
    const left = () => rows.filter((row) => !out.has(row.item));
    const button = h("button", { class: "main", onclick: () => this.send(end.outcome, left().map((row) => row.item), asked().filter((row) => said.has(row.item)).map((row) => ({ item: row.item, level: said.get(row.item) }))) });
    /** The clips that are looked at: those that disagree most, as many as the levels said so far ask for. */
    const asked = () => {
      const there = left(), levels = [end.level, ...earlier.levels], found = [];
      if (earlier.items + there.length + 1 < from) return [];
      for (const row of there) {
        if (levels.length >= (new Set(levels).size === 1 ? 2 : 3)) break;
        found.push(row);
        if (!said.has(row.item)) break;
        levels.push(said.get(row.item));
      }
      return found;
    };
    const count = () => {
      const looks = asked(), levels = looks.map((row) => said.get(row.item));
      const done = levels.every((level) => level !== undefined), holds = !looks.length || [...earlier.levels, ...levels].includes(end.level);
      further.replaceChildren(...looks.map((row) => h("div", { class: "look" }, h("p", { class: "small" }, say("like_look"), " ", h("button", { class: "jump", onclick: () => this.play(row.clip) }, row.name)),
        h("div", { class: "levels" }, [...book.levels].sort((a, b) => a.level - b.level).map((one) =>
          h("button", { class: `pick l${one.level}`, "data-level": one.level, "aria-pressed": String(said.get(row.item) === one.level), onclick: () => { said.set(row.item, one.level); count(); } },
            h("b", {}, `${one.percent}%`), h("span", {}, pick(one.name))))))),
        looks.length && done && !holds ? h("p", { class: "against" }, say("like_otherwise")) : "");
      button.textContent = say("like_apply", { n: left().length - levels.filter((level) => level !== undefined && level !== end.level).length });
      button.disabled = !left().length || !done || !holds;
    };
    count();
    node.replaceChildren(h("h2", {}, say("like", { n: rows.length })), h("ul", {}, rows.map((row) => {
      const box = h("input", { type: "checkbox", checked: true, "aria-label": say("like_out"), onchange: () => { box.checked ? out.delete(row.item) : out.add(row.item); count(); } });
      return h("li", {}, box, h("button", { class: "jump", onclick: () => this.play(row.clip) }, row.name), row.levels.map((level) => chip(book, level)));
    })), further, button, back);
  }
}

const line = (key, text) => (text ? h("p", { class: "small" }, h("span", { class: "key" }, `${say(key)}: `), text) : null);

/** The vote: a level, why, and the times that show it. Kept as it is while others vote. */
export class VoteForm {
  constructor(send, now) {
    this.send = send;
    this.now = now;
    this.level = null;
    this.times = [];
    this.case = null;
    this.said = null;
    this.node = h("section", { class: "card vote" });
  }

  /** `cast`: this person's vote is in. */
  show(one, book, cast, open) {
    if (this.case !== one.case) Object.assign(this, { case: one.case, level: null, times: [], said: null, sending: false, editing: false });
    this.node.hidden = !open;
    const key = JSON.stringify([one.case, open, cast, this.editing, book.id, say("vote")]);
    if (this.key === key) return;
    this.key = key;
    this.book = book;
    this.cast = cast;
    this.draw();
  }

  draw() {
    if (this.cast && !this.editing) {
      this.node.replaceChildren(h("h2", {}, say("vote")), h("p", { class: "sent" }, `✓ ${say("vote_sent")}`), h("p", { class: "small" }, say("vote_blind")),
        h("button", { onclick: () => this.edit() }, say("vote_again")));
      return;
    }
    this.reason = h("textarea", { rows: 2, placeholder: say("reason"), "aria-label": say("reason"), name: "reason" });
    this.marks = h("span", { class: "marks" });
    this.levels = h("div", { class: "levels" }, [...this.book.levels].sort((a, b) => a.level - b.level).map((one) =>
      h("button", { class: `pick l${one.level}`, "data-level": one.level, title: pick(one.definition), onclick: () => this.choose(one.level) },
        h("b", {}, `${one.percent}%`), h("span", {}, pick(one.name)))));
    this.button = h("button", { class: "main", disabled: this.level === null, onclick: () => this.go() }, say("vote"));
    this.node.replaceChildren(h("h2", {}, say("vote")), this.levels, this.reason,
      h("div", { class: "row" }, h("button", { onclick: () => this.evidence() }, `＋ ${say("evidence_at")}`), this.marks, this.button),
      h("p", { class: "small" }, say("vote_blind")));
    this.choose(this.level);
    this.drawMarks();
  }

  edit() { this.editing = true; this.key = null; this.draw(); }
  focus() { if (!this.node.hidden) { if (this.cast && !this.editing) this.edit(); this.reason.focus(); } }

  choose(level) {
    if (!this.levels || this.node.hidden) return;
    this.level = level;
    for (const one of this.levels.children) one.setAttribute("aria-pressed", String(Number(one.dataset.level) === level));
    this.button.disabled = level === null;
  }

  evidence() { this.times = [...new Set([...this.times, this.now()])].sort((a, b) => a - b); this.drawMarks(); }
  drawMarks() {
    this.marks.replaceChildren(...this.times.map((ms) => h("button", { class: "jump", onclick: () => { this.times = this.times.filter((one) => one !== ms); this.drawMarks(); } }, `${time(ms)} ×`)));
  }

  async go() {
    this.button.disabled = true;
    if (await this.send({ case: this.case, level: this.level, reason: this.reason.value, evidence: this.times })) {
      // From here on this browser does not know the vote any more either.
      Object.assign(this, { level: null, times: [], editing: false, cast: true, key: null });
      this.draw();
    } else this.button.disabled = false;
  }
}
