// The room: one screen, driven by the chair's keyboard and followed by everybody else.
import { clock, config, h, language, pick, say, speak, typing } from "./dom.js";
import { act, follow, link, look } from "./link.js";
import { Stage } from "./stage.js";
import { Ending } from "./ending.js";
import { agenda, ended, people } from "./lists.js";
import { LikeList, VoteForm, ends, head, precedents, rules, sides } from "./panel.js";

const root = document.getElementById("room");
let state = null, book = { id: null, levels: [], rules: [] }, following = true, shift = 0, feed = null;
const kept = new Map(); // half-written dissents, by outcome

const drives = () => state?.me.drives && state.meeting.state === "open";
const leads = () => drives() && following;

const stage = new Stage((ms, playing) => { if (leads()) tell("cue", { ms, playing }, false); });
const vote = new VoteForm((said) => tell("vote", said), () => stage.now());
const ending = new Ending((said) => tell("end", said), (given) => look("against", given));

const likes = new LikeList(async (outcome) => look("like", { outcome }), (outcome, items, looks) => tell("settle", { outcome, items, looks }),
  (outcome) => tell("unsettle", { outcome }),
  (clip) => { stage.video.src = config.clip + clip; stage.case = null; stage.play(); });

const bar = h("header", {});
const note = h("div", { class: "said", role: "status", hidden: true });
const left = h("main", { class: "left" }), right = h("aside", { class: "right" });
const part = (name) => h("div", { class: `known ${name}` });
const headline = part("headline"), known = part("facts"), door = part("door"), side = part("side"), lists = part("lists");
left.append(headline, stage.node, known);
right.append(door, side, vote.node, ending.node, lists);
const help = h("dialog", { class: "help" });
root.append(bar, note, h("div", { class: "table" }, left, right), help);

/** Does something and says what the server objects to; true where it was done. */
async function tell(what, body = {}, refresh = true) {
  try {
    await act(what, body);
    note.hidden = true;
    return true;
  } catch (error) {
    complain(error.message);
    if (refresh) feed.refresh();
    return false;
  }
}

let quiet = null;
function complain(text) {
  note.textContent = text;
  note.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => { note.hidden = true; }, 8000);
}

function open(number) {
  if (leads()) return tell("step", { case: number });
  if (state.meeting.state === "open") following = false;
  feed.want(number);
}

function by(n) {
  if (!state?.agenda.length) return;
  const at = state.agenda.findIndex((one) => one.case === state.case?.case);
  const next = state.agenda[Math.min(Math.max(at + n, 0), state.agenda.length - 1)];
  if (next && next.case !== state.case?.case) open(next.case);
}

async function take() {
  const holder = state.people.find((one) => one.attendee === state.hold.attendee);
  const anyway = Boolean(holder?.here);
  if (anyway && !confirm(say("take_sure", { name: holder.name }))) return;
  await tell("take", { expects: state.hold.id, anyway });
}

function close() {
  const n = state.agenda.filter((one) => !ended(one.state)).length;
  if (confirm(say("close_sure", { n }))) tell("close");
}

function dissent(outcome) {
  const made = kept.get(`${outcome}${language}`) ?? (() => {
    const text = h("input", { placeholder: say("dissent"), "aria-label": say("dissent"), name: "dissent" });
    const name = h("input", { type: "checkbox", checked: true });
    return h("div", { class: "row dissenting" }, text, h("label", {}, name, say("named")), h("button", {
      onclick: async () => { if (await tell("dissent", { outcome, text: text.value, named: name.checked })) text.value = ""; },
    }, say("on_record")));
  })();
  kept.set(`${outcome}${language}`, made);
  return made;
}

const link_of = (format) => link.address("minutes", { format });

/** How long the case on the screen and the meeting have taken, in seconds: [spent, budget] each. */
function times() {
  const m = state.meeting, now = Date.now() + shift;
  const row = state.agenda.find((one) => one.case === state.on);
  return {
    case_time: [row ? row.spent_s + (now - state.at) / 1000 : 0, (row?.minutes ?? 1.5) * 60],
    total_time: [m.opened_at ? ((m.closed_at ?? now) - m.opened_at) / 1000 : 0, m.budget_s],
  };
}

/** Only the figures change from second to second: a button that is being pressed stays where it is. */
function tick() {
  for (const [key, [spent, budget]] of Object.entries(times())) {
    const node = bar.querySelector(`[data-timer=${key}]`);
    if (!node) continue;
    node.classList.toggle("over", spent > budget);
    node.querySelector("b").textContent = clock(spent);
  }
}

function drawBar() {
  const m = state.meeting;
  const timer = (key) => h("span", { class: "timer", "data-timer": key }, `${say(key)} `, h("b", {}, "0:00"), ` / ${clock(times()[key][1])}`);
  const at = state.agenda.findIndex((one) => one.case === (state.on ?? state.case?.case));
  const next = state.agenda.slice(at + 1).find((one) => !ended(one.state));
  bar.replaceChildren(
    config.back ? h("a", { class: "back", href: config.back, title: say("back"), "aria-label": say("back") }, "‹") : "",
    h("span", { class: "title" }, m.title), h("span", { class: `badge ${m.state}` }, say(m.state)),
    m.state === "open" ? timer("case_time") : "", m.opened_at ? timer("total_time") : "",
    m.state !== "closed" && next ? h("span", { class: "next" }, `${say("next")}: `, h("b", {}, pick(next.keyword))) : "",
    h("span", { class: "gap" }),
    ...doors(m),
    h("span", { class: "tongues" }, Object.entries(config.languages).map(([code, name]) =>
      h("button", { "aria-pressed": String(code === language), lang: code, onclick: () => { speak(code); vote.key = ending.key = null; draw(); } }, name))),
    h("button", { class: "round", "aria-label": say("keys"), onclick: showKeys }, "?"));
  tick();
}

function doors(m) {
  const made = [];
  if (m.state === "before" && state.me.may_drive) made.push(h("button", { class: "main", onclick: () => tell("open") }, say("begin")));
  if (m.state === "open" && !state.me.drives) {
    made.push(h("label", { class: "follow" }, h("input", { type: "checkbox", checked: following, onchange: (event) => { following = event.target.checked; stage.cue = -1; feed.want(following ? null : state.case?.case ?? null); } }), say("follow")));
  }
  if (m.state !== "closed" && state.me.may_drive && !state.me.drives) made.push(h("button", { onclick: take }, say("take")));
  if (drives()) made.push(h("button", { onclick: close }, say("close")));
  if (m.state === "closed") for (const format of ["docx", "md"]) made.push(h("a", { class: "button", href: link_of(format), download: "" }, say(`minutes_${format}`)));
  return made;
}

function draw() {
  document.title = state.meeting.title;
  document.body.className = `${state.meeting.state}${state.me.drives ? " drives" : ""}`;
  drawBar();
  const one = state.case, m = state.meeting;
  left.hidden = !one;
  if (one) {
    headline.replaceChildren(head(one));
    stage.show(one, state.me.mark, state.me.name);
    if (m.state === "open" && following && one.case === state.on) stage.obey(state.cue, state.me.drives);
    const over = one.outcomes.length > 0, row = state.agenda.find((found) => found.case === one.case);
    const gone = row?.state === "gone";
    vote.show(one, book, (row?.voted ?? []).includes(state.me.attendee), !over && !gone && !one.revealed && m.state !== "closed");
    ending.show(one, book, drives() && !over && !gone, state.binds);
    if (one.case !== ending.seenCase || document.activeElement?.closest(".ending") === null) { ending.seen(one.version); ending.seenCase = one.case; }
    const jump = (ms) => stage.go(ms, false);
    put(known, [sides(one, book, jump), rules(one, book), precedents(one, book)]);
    const reveal = drives() && !one.revealed && !over ? h("button", { class: "main wide", disabled: !row?.voted.length, onclick: () => tell("reveal", { case: one.case }) },
      `${say("reveal")} (${row?.voted.length ?? 0})`) : null;
    put(door, [reveal]);
    put(side, [ends(one, book, m.state === "open" ? dissent : null, drives() ? (end) => likes.of(end, book) : null)]);
    put(lists, [people(state, m.state === "closed" || over ? null : row?.voted ?? []), list()]);
  } else {
    vote.node.hidden = ending.node.hidden = true;
    put(door, []);
    put(side, []);
    put(lists, [people(state, null), list()]);
  }
}

const list = () => agenda(state, state.case?.case, open, state.me.may_drive && state.meeting.state !== "closed"
  ? { move: (number, to) => tell("move", { case: number, to }), remove: (number) => tell("remove", { case: number }) } : null);

/** Puts parts in place without taking the caret out of a field that stays, or the keyboard away from a case that moved. */
function put(node, parts) {
  const at = document.activeElement;
  const inside = at && node.contains(at) ? at : null, row = inside?.closest("[data-case]")?.dataset.case;
  node.replaceChildren(...parts.filter(Boolean));
  if (inside && node.contains(inside)) inside.focus();
  else if (row) node.querySelector(`[data-case="${row}"]`)?.focus();
}

function showKeys() {
  const rows = [["N P", "key_next"], ["Space", "key_play"], ["← →", "key_seek"], ["E", "key_evidence"], ["1 2 3 4", "key_level"], ["V", "key_vote"],
    ["R", "key_reveal"], ["D", "key_decide"], ["T", "key_take"], ["Alt ↑ ↓", "key_move"], ["?", "key_help"]];
  help.replaceChildren(h("h2", {}, say("keys")), h("dl", {}, rows.map(([key, text]) => [h("dt", {}, key), h("dd", {}, say(text))])),
    h("button", { onclick: () => help.close() }, say("cancel")));
  help.showModal();
}

const KEYS = {
  n: () => by(1), p: () => by(-1), e: () => stage.evidence(), " ": () => stage.toggle(), "?": showKeys,
  ArrowLeft: () => stage.by(-1000), ArrowRight: () => stage.by(1000), v: () => vote.focus(),
  r: () => { if (drives() && state.case && !state.case.revealed) tell("reveal", { case: state.case.case }); },
  d: () => { if (!ending.node.hidden) ending.focus(); },
  t: () => { if (state.me.may_drive && !state.me.drives && state.meeting.state !== "closed") take(); },
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && typing(event)) { event.target.blur(); return; }
  if (!state || typing(event) || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if ("1234".includes(event.key)) {
    const level = Number(event.key) - 1;
    if (!ending.node.hidden && (vote.node.hidden || vote.cast)) ending.choose(level); else vote.choose(level);
  } else {
    const found = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!found || (event.key === " " && event.target.tagName === "BUTTON")) return;
    found();
  }
  event.preventDefault();
});

async function show(fresh) {
  shift = fresh.now - Date.now();
  fresh.at = fresh.now;
  const first = state === null;
  state = fresh;
  root.dataset.version = fresh.version;
  if (first) book = await look("guideline");
  if (first && fresh.case === null && fresh.agenda.length) feed.want(fresh.agenda[0].case);
  if (fresh.meeting.state === "open" && following && fresh.case?.case !== fresh.on) feed.want(null);
  if (note.dataset.away) { note.hidden = true; delete note.dataset.away; }
  draw();
}

feed = follow(show, (error) => { complain(error.status ? error.message : say("offline")); note.dataset.away = "1"; });
setInterval(() => { if (state?.meeting.state === "open") tick(); }, 1000);
