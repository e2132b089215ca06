// The page. `io` comes from socket.io.min.js, which npm has installed.

const typingEvery = 2_000; // milliseconds
const typingFades = 4_000;

const at = id => document.getElementById(id);
const typists = new Map(); // by name: the timer that forgets it
const known = new Set(); // the keys of messages that are shown
let me, lastTyping = -Infinity;

// ?transports=polling, or websocket; otherwise polling first, and a WebSocket as soon as one is open.
const transports = new URLSearchParams(location.search).get("transports")?.split(",");
const socket = io({ autoConnect: false, ...(transports && { transports }) });

// The door.

at("enter").addEventListener("submit", event => {
  event.preventDefault();
  me = at("name").value.trim();
  if (!me)
    return;
  showDoor(false);
  showState("connecting", "Connecting");
  at("text").focus();
  socket.auth = { name: me };
  socket.connect();
});

function showDoor(isShown, refusal = "") {
  at("door").hidden = !isShown;
  at("chat").hidden = isShown;
  at("refusal").textContent = refusal;
}

// The connection. The client comes back by itself, unless it was the server that wanted it to go.

socket.on("connect", () => {
  const { engine } = socket.io;
  showState("open", "Connected", engine.transport.name);
  engine.on("upgrade", transport => showState("open", "Connected", transport.name));
});

socket.on("disconnect", () => socket.active ? showState("waiting", "Offline") : showState("ended", "Disconnected by the server"));

socket.on("connect_error", error => socket.active ? showState("waiting", "Offline") : showDoor(true, error.message));

socket.io.on("reconnect_attempt", attempt => showState("waiting", `Offline, attempt ${attempt}`));

function showState(state, words, transport = "") {
  document.body.dataset.state = state;
  at("words").textContent = words;
  at("transport").textContent = transport;
}

// What comes.

socket.on("welcome", (names, history) => {
  showPeople(names);
  history.forEach(show);
});

socket.on("joined", (name, names) => {
  showPeople(names);
  append(element("li", "note", `${name} joined`));
});

socket.on("left", (name, names) => {
  showPeople(names);
  forgetTyping(name);
  append(element("li", "note", `${name} left`));
});

socket.on("said", said => {
  forgetTyping(said.from);
  show(said);
});

socket.on("typing", name => {
  clearTimeout(typists.get(name));
  typists.set(name, setTimeout(() => forgetTyping(name), typingFades));
  showTyping();
});

// What goes.

at("compose").addEventListener("submit", event => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text)
    return;
  const key = crypto.randomUUID();
  const item = show({ from: me, key, text, at: Date.now() });
  item.classList.add("pending");
  item.scrollIntoView();
  deliver(key, text, item);
  at("text").value = "";
  lastTyping = -Infinity;
});

/** Says it until the server has it. The client keeps what is said while it is offline; what was on its way then is said again. */
async function deliver(key, text, item) {
  while (item.classList.contains("pending")) {
    try {
      await socket.emitWithAck("say", key, text);
      item.classList.remove("pending");
    } catch {
      // The connection was lost before the ack. The server knows by the key what it has.
    }
  }
}

at("text").addEventListener("input", () => {
  const now = performance.now();
  if (socket.connected && at("text").value && now - lastTyping > typingEvery) {
    lastTyping = now;
    socket.emit("typing");
  }
});

// What is shown.

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The same colour for a name each time. */
const hue = name => [...name].reduce((hash, c) => (hash * 31 + c.codePointAt(0)) >>> 0, 0) % 360;

function show({ from, key, text, at: time }) {
  if (known.has(key))
    return;
  known.add(key);
  const clock = element("time", "", new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  clock.dateTime = new Date(time).toISOString();
  const item = element("li", from === me ? "message own" : "message", "");
  item.append(element("b", "", from), clock, element("p", "", text));
  item.dataset.from = from;
  item.style.setProperty("--hue", hue(from));
  append(item);
  return item;
}

function append(item) {
  const log = at("log");
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  log.append(item);
  if (isAtEnd)
    log.scrollTop = log.scrollHeight;
}

function showPeople(names) {
  at("count").textContent = names.length;
  at("people").replaceChildren(...names.map(name => element("li", name === me ? "me" : "", name)));
}

function forgetTyping(name) {
  clearTimeout(typists.get(name));
  typists.delete(name);
  showTyping();
}

function showTyping() {
  const names = [...typists.keys()];
  const who = names.length > 3 ? "Several people" : names.join(", ");
  at("typing").textContent = names.length ? `${who} ${names.length === 1 ? "is" : "are"} typing` : "";
}
