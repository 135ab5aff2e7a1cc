// The way to the server: JSON over fetch, and three outcomes that callers tell apart: an answer, a refusal (the server
// understood and said no), or unreachable (try again; nothing is known about what happened).

/** Nobody answered, or not in time, or something between us and the server did. */
export class Unreachable extends Error {}

/** The server said no: `status`, a `code` for programs and a sentence in the reader's language. */
export class Refused extends Error {
  constructor(status, code, message, detail = {}) {
    super(message || code);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }

  /** The session is gone, or belongs to somebody else now. */
  get signedOut() {
    return this.status === 401;
  }

  /** True where the same request may be accepted later without any change. */
  get later() {
    return this.status === 429 || this.status >= 500;
  }
}

const PATIENCE_MS = 15000;
const CLIP_PATIENCE_MS = 5000;

/** The calls of one person in one project. Each says whom it believes to be: the server refuses a changed cookie. */
export function makeApi({ base, account, project }) {
  async function call(method, path, body = null, { keepalive = false, patience = PATIENCE_MS } = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    const who = { account, project };
    const query = method === "GET" ? `?${new URLSearchParams({ ...who, ...(body ?? {}) })}` : "";
    let reply;
    let text;
    try {
      reply = await fetch(`${base}/${path}${query}`, {
        method,
        keepalive,
        signal: stop.signal,
        credentials: "same-origin",
        cache: "no-store",
        redirect: "manual", // the gate sends strangers to the sign-in page; that is a refusal here
        headers: method === "GET" ? {} : { "Content-Type": "application/json" },
        body: method === "GET" ? undefined : JSON.stringify({ ...who, ...(body ?? {}) }),
      });
      text = await reply.text();
    } catch (error) {
      throw new Unreachable(String(error));
    } finally {
      clearTimeout(timer);
    }
    if (reply.type === "opaqueredirect") throw new Refused(401, "signed-out", "");
    let said = null;
    try {
      said = text ? JSON.parse(text) : {};
    } catch {
      said = null; // not ours: a proxy's page
    }
    if (reply.ok && said) return said;
    if (reply.ok || (!said && reply.status >= 500)) throw new Unreachable(`HTTP ${reply.status}`);
    throw new Refused(reply.status, said?.error ?? "", said?.message ?? "", said ?? {});
  }

  return {
    get: (path, query) => call("GET", path, query),
    post: (path, body, options) => call("POST", path, body, options),
  };
}

/** Whether a clip's address can be had: "ok", "signed-out", "missing" or "unreachable". */
export async function tryClip(url) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), CLIP_PATIENCE_MS);
  try {
    const reply = await fetch(url, { headers: { Range: "bytes=0-0" }, signal: stop.signal, credentials: "same-origin", redirect: "manual", cache: "no-store" });
    reply.body?.cancel();
    if (reply.ok) return "ok";
    return reply.status === 401 || reply.type === "opaqueredirect" ? "signed-out" : reply.status >= 500 ? "unreachable" : "missing";
  } catch {
    return "unreachable";
  } finally {
    clearTimeout(timer);
  }
}
