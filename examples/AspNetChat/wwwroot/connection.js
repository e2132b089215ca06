// A WebSocket that comes back. It knows nothing of the chat but what proves that the connection is alive.

const firstDelay = 500; // milliseconds, as all times here
const longestDelay = 15_000;
const stableAfter = 5_000; // a connection that lasted this long starts the delays anew
const measureEvery = 3_000;
const silentFor = 10_000; // after which a connection is given up
const connectWithin = 10_000;

/**
 * Events: "state" ({ state: "connecting" | "open" | "waiting" | "ended", at: when it tries again, reason }), "message" (a string or an
 * ArrayBuffer).
 */
export class Connection extends EventTarget {
  #url;
  #attempt = null;
  #failures = 0;
  #timers = new Set();
  #ended = false;

  /** @param url Called before each attempt, as what is asked for changes. */
  constructor(url) {
    super();
    this.#url = url;
    addEventListener("online", () => this.connectNow());
    this.#connect();
  }

  get isOpen() {
    return this.#attempt?.socket?.readyState === WebSocket.OPEN;
  }

  /** Sends if the connection is open. What has to arrive is kept by the caller. */
  send(data) {
    if (this.isOpen)
      this.#attempt.socket.send(data);
  }

  /** Ends the waiting between two attempts. */
  connectNow() {
    if (this.#attempt || this.#ended)
      return;
    this.#clear();
    this.#connect();
  }

  async #connect() {
    const attempt = this.#attempt = {};
    this.#tell("connecting");
    try {
      // A browser opens a WebSocket over HTTP/2 only where it has such a connection to the server: this makes one.
      await fetch("/icon.svg", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(connectWithin) });
    } catch {
      return this.#lose(attempt);
    }
    const socket = attempt.socket = new WebSocket(this.#url());
    let lastHeard = 0;
    socket.binaryType = "arraybuffer";
    this.#after(connectWithin, () => socket.readyState === WebSocket.CONNECTING && this.#lose(attempt));
    socket.onopen = () => {
      lastHeard = performance.now();
      this.#after(stableAfter, () => this.#failures = 0);
      this.#tell("open");
      const measure = () => {
        if (performance.now() - lastHeard > silentFor)
          return this.#lose(attempt);
        this.dispatchEvent(new Event("measure"));
        this.#after(measureEvery, measure);
      };
      measure();
    };
    socket.onmessage = ({ data }) => {
      lastHeard = performance.now();
      this.dispatchEvent(new MessageEvent("message", { data }));
    };
    socket.onclose = ({ code, reason }) => this.#lose(attempt, code, reason);
  }

  #lose(attempt, code, reason) {
    if (attempt !== this.#attempt)
      return;
    this.#attempt = null;
    if (attempt.socket) {
      // A browser waits for the other end's Close; nobody waits for the browser.
      attempt.socket.onclose = attempt.socket.onmessage = attempt.socket.onopen = null;
      attempt.socket.close();
    }
    this.#clear();
    if (code === 1008 && reason) {
      this.#ended = true;
      return this.#tell("ended", { reason });
    }
    // Between half of the delay and all of it, so that the pages of a server that restarts do not come back as one.
    const longest = Math.min(longestDelay, firstDelay * 2 ** this.#failures++);
    const delay = longest * (0.5 + Math.random() / 2);
    this.#after(delay, () => this.#connect());
    this.#tell("waiting", { at: performance.now() + delay });
  }

  #tell(state, detail = {}) {
    this.dispatchEvent(new CustomEvent("state", { detail: { state, ...detail } }));
  }

  #after(delay, action) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delay);
    this.#timers.add(timer);
  }

  #clear() {
    this.#timers.forEach(clearTimeout);
    this.#timers.clear();
  }
}
