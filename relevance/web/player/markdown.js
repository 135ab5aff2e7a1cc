// The little Markdown that a guideline's rules use (paragraphs, lists, bold, emphasis, code), as nodes. What else stands
// in the text is shown as it is written. `find` marks what was searched for.

import { h } from "./dom.js";

const INLINE = /(\*\*[^*]+\*\*|\*[^*\s][^*]*\*|`[^`]+`)/;

export function fold(text) {
  return (text ?? "").normalize("NFKC").toLowerCase();
}

/** A text with every occurrence of `find` marked. */
export function marked(text, find) {
  if (!find) return [text];
  const low = text.toLowerCase(); // marks by plain lower case: NFKC may change the length
  const parts = [];
  let from = 0;
  for (let at = low.indexOf(find); at >= 0; at = low.indexOf(find, from)) {
    if (at > from) parts.push(text.slice(from, at));
    parts.push(h("mark", {}, text.slice(at, at + find.length)));
    from = at + find.length;
  }
  parts.push(text.slice(from));
  return parts;
}

function inline(text, find) {
  return text.split(INLINE).filter(Boolean).map((part) => {
    if (part.length > 4 && part.startsWith("**") && part.endsWith("**")) return h("strong", {}, marked(part.slice(2, -2), find));
    if (part.length > 2 && part.startsWith("`") && part.endsWith("`")) return h("code", {}, marked(part.slice(1, -1), find));
    if (part.length > 2 && part.startsWith("*") && part.endsWith("*")) return h("em", {}, marked(part.slice(1, -1), find));
    return marked(part, find);
  });
}

/** Block by block: blank lines part paragraphs, lines that begin with `-`, `*` or `1.` are lists. */
export function markdown(source, find = "") {
  const blocks = [];
  let list = null;
  let lines = [];
  const flush = () => {
    if (lines.length) blocks.push(h("p", {}, lines.flatMap((line, index) => (index ? [h("br"), ...inline(line, find)] : inline(line, find)))));
    lines = [];
  };
  for (const line of (source ?? "").split(/\r?\n/)) {
    const item = /^\s*(?:([-*+])|(\d+)[.)、])\s*(\S.*)$/.exec(line);
    const bullet = item && (item[1] ? /^\s*[-*+]\s/.test(line) : true);
    if (bullet) {
      flush();
      const kind = item[1] ? "ul" : "ol";
      if (!list || list.localName !== kind) blocks.push((list = h(kind)));
      list.append(h("li", {}, inline(item[3], find)));
    } else if (!line.trim()) {
      flush();
      list = null;
    } else {
      list = null;
      lines.push(line.trim());
    }
  }
  flush();
  return blocks;
}
