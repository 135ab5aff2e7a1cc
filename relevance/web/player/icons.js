// The few pictures on the controls, drawn here so that they look alike everywhere and need no font.

const PATHS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15 8.5a5 5 0 0 1 0 7M17.5 6a8.5 8.5 0 0 1 0 12",
  muted: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9.5l5 5M20.5 9.5l-5 5",
  loop: "M6 11V9.5A2.5 2.5 0 0 1 8.500 7H18M15.500 4.500 18 7l-2.500 2.500M18 13v1.500A2.500 2.500 0 0 1 15.500 17H6M8.500 19.500 6 17l2.500-2.500",
  blur: "M4 4l16 16M9.5 5.600A9.500 9.500 0 0 1 21 12a13 13 0 0 1-2.500 3.300M6.500 7.500A13 13 0 0 0 3 12a9.500 9.500 0 0 0 12.500 6",
  captions: "M4 6h16v12H4zM7.500 13.500h4M14 13.500h2.500M7.500 10h2.500M12.500 10h4",
};

/** An icon by name; its strokes take the text's colour. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", name === "play" || name === "pause" ? "rp-icon rp-solid" : "rp-icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
