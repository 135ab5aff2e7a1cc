// The small dialogs: a flag, a question to the lead, the list of keys, and what is not saved yet.

import { fill, h, mark } from "./dom.js";

export const FLAGS = ["bad_clip", "unclear_keyword", "no_rule", "other"];

/** Control+Enter, or Enter where a line is one line, ends a text; never while Chinese is being composed. */
function ends(event, plain) {
  return event.key === "Enter" && !event.isComposing && event.keyCode !== 229 && (event.ctrlKey || event.metaKey || (plain && !event.shiftKey));
}

/** F: what is wrong, in which words, and whether a grade comes along. `send({flag, text, level})`. */
export function flagDialog({ overlay, t, levels, send, kind = null, text = "", level = null }) {
  const state = { kind, level };
  const options = FLAGS.map((flag, index) =>
    h("button", { type: "button", class: "rp-option", "data-flag": flag, "aria-pressed": "false", onclick: () => choose(flag) },
      h("kbd", {}, String(index + 1)), h("span", {}, h("strong", {}, t(`flag_${flag}`)), h("small", {}, t(`flag_${flag}_does`)))));
  const words = h("textarea", { rows: "3", maxlength: "2000", "aria-label": t("flag_text"), placeholder: t("flag_text") });
  words.value = text;
  const grades = [null, ...levels].map((one) =>
    h("button", { type: "button", class: "rp-chip", "aria-pressed": "false", "data-level": one ? one.level : "none", onclick: () => grade(one?.level ?? null) }, one ? `${one.percent}% ${one.name}` : t("no_grade")));
  const fault = h("p", { class: "rp-fault", role: "alert" });
  const go = h("button", { type: "button", class: "rp-go", onclick: done }, t("send_flag"), h("kbd", {}, "Ctrl+⏎"));

  function choose(flag) {
    state.kind = flag;
    options.forEach((option) => mark(option, "aria-pressed", String(option.dataset.flag === flag)));
    fault.textContent = "";
    words.focus();
  }
  function grade(one) {
    state.level = one;
    grades.forEach((chip) => mark(chip, "aria-pressed", String(chip.dataset.level === (one === null ? "none" : String(one)))));
  }
  function done() {
    if (!state.kind) return void (fault.textContent = t("flag_choose"));
    if (state.kind === "other" && !words.value.trim()) {
      fault.textContent = t("flag_say");
      return void words.focus();
    }
    overlay.close();
    send({ flag: state.kind, text: words.value.trim(), level: state.level });
  }

  overlay.show("flag", t("flag_title"), h("div", { class: "rp-form" },
    h("div", { class: "rp-options", role: "group", "aria-label": t("flag_title") }, options), words,
    h("div", { class: "rp-with" }, h("span", {}, t("flag_with")), h("div", { class: "rp-chips" }, grades)), fault,
    h("footer", {}, h("small", { class: "rp-hint" }, t("hint_flag")), go)), {
    keys(event) {
      if (ends(event, false)) return done(), true;
      const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code);
      if (digit && event.target !== words && !event.repeat) return choose(FLAGS[digit[1] - 1]), true;
      return false;
    },
  });
  grade(level);
  if (kind) choose(kind);
}

/** A: a question to one's lead about this item; the run goes on. `send(text)`. */
export function askDialog({ overlay, t, lead, asked, send }) {
  const words = h("textarea", { rows: "4", maxlength: "2000", "aria-label": t("ask_text"), placeholder: t("ask_text") });
  const done = () => {
    if (!words.value.trim()) return void words.focus();
    overlay.close();
    send(words.value.trim());
  };
  overlay.show("ask", lead ? t("ask_title", { lead }) : t("ask_title_any"), h("div", { class: "rp-form" },
    asked.length ? h("ul", { class: "rp-asked" }, asked.map((one) => h("li", {}, h("b", {}, one.text), one.reply ? h("span", {}, one.reply) : h("small", {}, t("no_reply"))))) : null,
    words, h("footer", {}, h("small", { class: "rp-hint" }, t("hint_ask")), h("button", { type: "button", class: "rp-go", onclick: done }, t("send"), h("kbd", {}, "Ctrl+⏎")))), {
    focus: words, keys: (event) => ends(event, false) && (done(), true),
  });
}

/** ?: the keys, as they act now. `rows` are [keys, sentence]; `turn` makes key 1 the other end of the scale. */
export function helpDialog({ overlay, t, rows, turn }) {
  overlay.show("help", t("keys"), h("div", {},
    h("dl", { class: "rp-keys" }, rows.map(([keys, sentence]) => [h("dt", {}, keys.map((key) => h("kbd", {}, key))), h("dd", {}, sentence)])),
    h("p", { class: "rp-turn" }, h("button", { type: "button", class: "rp-chip", "data-act": "turn", onclick: turn }, t("turn_keys")))), {
    keys: (event) => event.code === "Slash" && !event.repeat && (overlay.close(), true),
  });
}

/** What is not saved yet, and what the server told of late: a click on the saved line. */
export function savedDialog({ overlay, t, outbox, notices, describe }) {
  const list = h("div", { class: "rp-unsaved" });
  const draw = () => {
    const entries = outbox.entries();
    fill(list, [
      entries.length ? h("p", {}, t("unsaved_n", { n: entries.length })) : h("p", { class: "rp-quiet" }, t("all_saved_long")),
      entries.map((entry) => h("div", { class: "rp-entry", "data-refused": entry.refused ? "true" : null },
        h("span", {}, describe(entry)), h("small", {}, entry.refused ? entry.refused.message || entry.refused.code : t("waits")),
        entry.refused ? h("span", { class: "rp-chips" },
          h("button", { type: "button", class: "rp-chip", onclick: () => (outbox.again(entry.id), draw()) }, t("send_again")),
          h("button", { type: "button", class: "rp-chip", onclick: () => (outbox.drop(entry.id), draw()) }, t("drop_entry"))) : null)),
      notices.length ? h("h3", {}, t("notices")) : null,
      notices.map((notice) => h("p", { class: "rp-notice" }, h("small", {}, notice.time), " ", notice.text)),
    ]);
  };
  draw();
  overlay.show("saved", t("saved_title"), list);
}
