// A list to work through: click a row, or J and K for the next and the one before.

function create(root) {
  const list = make("div", "queue");
  list.setAttribute("role", "listbox");
  list.tabIndex = 0;
  root.append(list);
  let data = { rows: [] }, send = null, chosen = null;

  const mark = (id, scroll) => {
    chosen = id;
    for (const row of list.children) {
      const on = Number(row.dataset.id) === id;
      row.setAttribute("aria-selected", String(on));
      if (on && scroll) row.scrollIntoView({ block: "nearest" });
    }
  };
  const open = (id) => {
    if (id === undefined || id === chosen) return;
    mark(id, true);
    send("open", id);
  };
  const step = (by) => {
    const at = data.rows.findIndex((row) => row.id === chosen);
    open(data.rows[Math.min(data.rows.length - 1, Math.max(0, at + by))]?.id);
  };
  const keys = (event) => {
    if (!list.isConnected || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    const focused = event.composedPath().includes(list);
    const by = event.code === "KeyJ" || (focused && event.code === "ArrowDown") ? 1
      : event.code === "KeyK" || (focused && event.code === "ArrowUp") ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  };
  document.addEventListener("keydown", keys, true);

  const draw = (row) => {
    const el = make("div", "row");
    el.setAttribute("role", "option");
    el.dataset.id = row.id;
    const title = make("div", "title", row.title), sub = make("div", "sub");
    if (row.tag) sub.append(make("span", "tag", `${row.tag} · `));
    sub.append(row.sub);
    el.append(title, sub);
    if (row.dots) {
      const dots = make("div", "dots"), most = Math.max(1, ...row.dots);
      dots.title = row.says;
      dots.setAttribute("role", "img");
      dots.setAttribute("aria-label", row.says);
      row.dots.forEach((n, level) => {
        const bar = make("i");
        bar.style.height = `${n ? 8 + (22 * n) / most : 2}px`;
        if (n) bar.style.background = `var(--l${level})`;
        dots.append(bar);
      });
      el.append(dots);
    }
    el.addEventListener("click", () => open(row.id));
    return el;
  };

  return {
    set(next, trigger) {
      send = trigger;
      const same = JSON.stringify(next.rows) === JSON.stringify(data.rows);
      data = next;
      list.setAttribute("aria-label", data.label);
      if (!same || !list.children.length) list.replaceChildren(...data.rows.map(draw));
      mark(data.chosen, true);
    },
    destroy() {
      document.removeEventListener("keydown", keys, true);
      list.remove();
    },
  };
}

export default mounted(create);
