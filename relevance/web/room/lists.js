// The agenda and the people.
import { clock, h, pick, say } from "./dom.js";

const ENDED = ["decided", "deferred", "returned", "withdrawn", "no_rule", "gone"];
export const ended = (state) => ENDED.includes(state);

/** The agenda. `open(case)`; `edit` is null for who may not change it, else {move(case, to), remove(case)}. */
export function agenda(state, shown, open, edit) {
  const people = state.people.filter((one) => one.part !== undefined);
  return h("section", { class: "card agenda" }, h("h2", {}, `${say("agenda")} · ${state.agenda.filter((one) => ended(one.state)).length}/${state.agenda.length}`),
    state.agenda.length ? null : h("p", { class: "small" }, say("no_case")),
    h("ol", {}, state.agenda.map((one, at) => {
      const row = h("li", { class: `case ${one.state}${one.case === shown ? " shown" : ""}${one.case === state.on ? " on" : ""}`, "data-case": one.case, tabindex: 0, draggable: edit ? "true" : null },
        h("button", { class: "name", onclick: () => open(one.case) }, h("b", {}, pick(one.keyword)), one.items > 1 ? h("span", { class: "n" }, ` ${say("items", { n: one.items })}`) : null),
        h("span", { class: "small" }, [pick(one.why), ended(one.state) ? say(one.state) : one.state === "revealed" ? say("revealed") : "",
          one.state === "waiting" && people.length ? `${say("votes")} ${one.voted.length}/${people.length}` : "", one.spent_s ? clock(one.spent_s) : ""].filter(Boolean).join(" · ")),
        edit && !ended(one.state) ? h("span", { class: "edit" },
          h("button", { title: say("move_up"), "aria-label": say("move_up"), disabled: at === 0, onclick: () => edit.move(one.case, at - 1) }, "↑"),
          h("button", { title: say("move_down"), "aria-label": say("move_down"), disabled: at === state.agenda.length - 1, onclick: () => edit.move(one.case, at + 1) }, "↓"),
          h("button", { title: say("remove"), "aria-label": say("remove"), onclick: () => edit.remove(one.case) }, "×")) : null);
      if (edit) {
        row.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", String(one.case)));
        row.addEventListener("dragover", (event) => event.preventDefault());
        row.addEventListener("drop", (event) => { event.preventDefault(); edit.move(Number(event.dataTransfer.getData("text/plain")), at); });
        row.addEventListener("keydown", (event) => {
          if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
            event.preventDefault();
            edit.move(one.case, Math.max(0, at + (event.key === "ArrowUp" ? -1 : 1)));
          }
        });
      }
      return row;
    })));
}

/** Who belongs to the meeting, who is here, and who has voted on the case that is shown. */
export function people(state, voted) {
  return h("section", { class: "card people" }, h("h2", {}, say("people")), h("ul", {}, state.people.map((one) =>
    h("li", { class: one.here ? "here" : "" }, h("i", { class: "dot", title: one.here ? say("here") : "" }), h("span", { class: "who" }, one.name),
      h("span", { class: "small" }, one.attendee === state.hold.attendee ? `${say(`part_${one.part}`)} · ${say("drives")}` : say(`part_${one.part}`)),
      voted ? h("span", { class: voted.includes(one.attendee) ? "has" : "not" }, voted.includes(one.attendee) ? `✓ ${say("voted")}` : say("not_voted")) : null))));
}
