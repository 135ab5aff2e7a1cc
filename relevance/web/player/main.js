// What Streamlit calls: once when the component appears, and again whenever the page's data changes.

import { Player } from "./player.js";

/** Only these make another player of it; anything else that changes is taken over while it runs. */
function identity(data) {
  return [data.owner, data.project.id, data.language, data.reversed].join(" ");
}

export default function show({ parentElement, data }) {
  const known = parentElement.relevancePlayer;
  if (known && known.identity === identity(data)) {
    Object.assign(known.player.config, { least_share: data.least_share, lead: data.lead });
  } else {
    known?.player.close();
    const player = new Player(parentElement, data);
    parentElement.relevancePlayer = { player, identity: identity(data) };
    player.start();
  }
  return () => {
    parentElement.relevancePlayer?.player.close();
    delete parentElement.relevancePlayer;
  };
}
