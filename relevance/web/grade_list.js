// Every grade of an item; an evidence time asks the clip beside it to jump there.

function create(root) {
  const list = make("div", "grades");
  root.append(list);
  let shown = null;

  const jumper = (ms, label) => {
    const el = make("button", "jump", clock(ms));
    el.type = "button";
    el.setAttribute("aria-label", `${label} ${clock(ms)}`);
    el.addEventListener("click", () => {
      document.dispatchEvent(new CustomEvent("relevance:jump", { detail: ms }));
      list.querySelectorAll(".jump").forEach((one) => one.classList.toggle("now", one === el));
    });
    return el;
  };

  const card = (grade, texts) => {
    const el = make("div", grade.aside ? "grade aside" : "grade");
    if (grade.level !== null) el.style.setProperty("--c", `var(--l${grade.level})`);
    const top = make("div", "top");
    if (grade.says) top.append(make("span", "level", grade.says));
    if (grade.flag) top.append(make("span", "flag", grade.flag));
    top.append(make("span", "who", grade.who), make("span", "when", grade.when));
    el.append(top, make("div", grade.note ? "note" : "note none", grade.note || texts.no_note));
    if (grade.rule) el.append(make("div", "small", grade.rule));
    if (grade.evidence.length) {
      const jumps = make("div", "jumps");
      jumps.append(...grade.evidence.map((ms) => jumper(ms, texts.jump)));
      el.append(jumps);
    }
    if (grade.small) el.append(make("div", "small", grade.small));
    return el;
  };

  return {
    set(data) {
      list.classList.toggle("tall", data.tall);
      list.replaceChildren(...data.grades.map((grade) => card(grade, data.texts)));
      if (data.item !== shown) list.scrollTop = 0;
      shown = data.item;
    },
    destroy() { list.remove(); },
  };
}

export default mounted(create);
