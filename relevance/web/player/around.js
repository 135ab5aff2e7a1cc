// The page around the player. When its socket drops, Streamlit lays a dialog over everything and makes the page inert;
// the player needs no socket and says itself what is the matter, so that dialog is closed as soon as it opens.

const TITLE = "Connection error";

/** Watches until the returned function is called. */
export function keepUsable() {
  const look = () => {
    for (const dialog of document.querySelectorAll("body > .stDialog")) {
      if (dialog.querySelector("h2")?.textContent.trim() === TITLE) dialog.querySelector("button")?.click();
    }
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true });
  look();
  return () => watch.disconnect();
}
