// Talking with the server: acts go out, the room's state comes in as soon as it changes.
import { config, language, say } from "./dom.js";

const address = (what, more = {}) =>
  `${config.base}/${what}?${new URLSearchParams({ meeting: config.meeting, language, ...more })}`;

export const link = { address };

/** Does something; an answer that is no yes is thrown with the server's sentence. */
export async function act(what, body = {}) {
  let reply;
  try {
    reply = await fetch(address(what), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw Object.assign(new Error(say("offline")), { code: "offline" });
  }
  const said = await reply.json().catch(() => ({}));
  if (!reply.ok) throw Object.assign(new Error(said.message || say("offline")), { code: said.error });
  return said;
}

/** Asks once. */
export async function look(what, more = {}, signal = undefined) {
  const reply = await fetch(address(what, more), { signal });
  const said = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(said.message), { code: said.error, status: reply.status });
  return said;
}

/** Follows the room: `show(state)` with every change, `away(error)` while there is no connection. */
export function follow(show, away) {
  let version = "", wanted = null, asking = null;
  const again = (ms) => setTimeout(ask, ms);
  async function ask() {
    asking = new AbortController();
    const more = { after: version };
    if (wanted !== null) more.case = wanted;
    try {
      const state = await look("state", more, asking.signal);
      version = state.version;
      show(state);
      again(0);
    } catch (error) {
      if (error.name === "AbortError") return again(0);
      away(error);
      if (error.status === 401) location.href = "/sign-in?ended=1";
      else if (error.status !== 404 && error.status !== 403) again(1000);
    }
  }
  ask();
  return {
    /** Another case than the one on everybody's screen; null: that one again. */
    want(number) {
      wanted = number;
      this.refresh();
    },
    refresh() {
      version = "";
      asking?.abort();
    },
  };
}
