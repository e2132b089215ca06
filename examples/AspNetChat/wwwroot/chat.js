// The page: what is said becomes elements, and what is typed is kept until the server has it.

import { Connection } from "./connection.js";

const largestPicture = 256 * 1024; // bytes; the server takes no more
const typingEvery = 2_000; // milliseconds
const typingFades = 4_000;
const measurements = 30;

const at = id => document.getElementById(id);
const decoder = new TextDecoder();
const encoder = new TextEncoder();
const pending = new Map(); // by key: what was sent and has not come back
const typists = new Map(); // by name: the timer that forgets it
const trips = [];

let connection, me, room, epoch = "", lastId = 0, lastTyping = -Infinity, countdown;

// The door. The room is in the address, so that a link leads there; the name is this window's.
const form = at("enter").elements;
form.name.value = sessionStorage.name ?? "";
if (location.hash.length > 1)
  form.room.value = decodeURIComponent(location.hash.slice(1));
at("enter").addEventListener("submit", event => {
  event.preventDefault();
  me = form.name.value.trim();
  room = form.room.value.trim();
  if (me && room)
    enter();
});
if (sessionStorage.name && location.hash.length > 1)
  at("enter").requestSubmit();

function enter() {
  sessionStorage.name = me;
  location.hash = encodeURIComponent(room);
  document.title = `${room} - WsProto chat`;
  at("room").textContent = room;
  at("door").hidden = true;
  at("chat").hidden = false;
  at("text").focus();
  connection = new Connection(() => {
    const query = new URLSearchParams({ name: me, epoch, since: lastId });
    return `${location.protocol.replace("http", "ws")}//${location.host}/chat/${encodeURIComponent(room)}?${query}`;
  });
  connection.addEventListener("state", ({ detail }) => showState(detail));
  connection.addEventListener("measure", () => sendJson({ type: "ping", at: performance.now() }));
  connection.addEventListener("message", ({ data }) => take(data));
  showState({ state: "connecting" });
}

const sendJson = message => connection.send(JSON.stringify(message));

// What comes.

function take(data) {
  if (typeof data === "string")
    return handlers[JSON.parse(data).type]?.(JSON.parse(data));
  const bytes = new Uint8Array(data);
  const end = bytes.indexOf(10);
  const head = JSON.parse(decoder.decode(bytes.subarray(0, end)));
  handlers[head.type]?.(head, bytes.subarray(end + 1));
}

const handlers = {
  welcome(message) {
    if (message.epoch !== epoch)
      lastId = 0;
    epoch = message.epoch;
    at("state").dataset.carrier = message.carrier;
    showState({ state: "open" });
    showPeople(message.names);
    // The server knows by its key what it has already.
    for (const { data } of pending.values())
      connection.send(data);
  },
  people({ names, came, left }) {
    showPeople(names);
    note(came ? `${came} came` : `${left} left`);
    if (left)
      forgetTyping(left);
  },
  said(message) {
    arrive(message, () => textBody(message.text));
  },
  shown(message, bytes) {
    arrive(message, () => pictureBody(new Blob([bytes], { type: message.mime })));
  },
  typing({ from }) {
    clearTimeout(typists.get(from));
    typists.set(from, setTimeout(() => forgetTyping(from), typingFades));
    showTyping();
  },
  pong({ at: sent }) {
    showTrip(performance.now() - sent);
  },
};

function arrive(message, body) {
  if (message.id <= lastId)
    return;
  lastId = message.id;
  forgetTyping(message.from);
  const mine = pending.get(message.key);
  if (mine) {
    pending.delete(message.key);
    mine.item.classList.remove("pending");
    mine.item.querySelector("time").replaceWith(clock(message.at));
  } else if (!at("log").querySelector(`[data-key="${CSS.escape(message.key)}"]`)) {
    append(message, body());
  }
}

// What goes.

at("compose").addEventListener("submit", event => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text)
    return;
  const key = crypto.randomUUID?.() ?? String(Math.random());
  say(key, JSON.stringify({ type: "say", key, text }), textBody(text));
  at("text").value = "";
  lastTyping = -Infinity;
  grow();
});

at("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("compose").requestSubmit();
  }
});

at("text").addEventListener("input", () => {
  grow();
  const now = performance.now();
  if (at("text").value && now - lastTyping > typingEvery) {
    lastTyping = now;
    sendJson({ type: "typing" });
  }
});

at("picture").addEventListener("change", ({ target }) => {
  [...target.files].forEach(sendPicture);
  target.value = "";
});
addEventListener("paste", ({ clipboardData }) => [...clipboardData.files].forEach(sendPicture));
addEventListener("dragover", event => event.preventDefault());
addEventListener("drop", event => {
  event.preventDefault();
  [...event.dataTransfer.files].forEach(sendPicture);
});
at("now").addEventListener("click", () => connection.connectNow());

function say(key, data, body) {
  const item = append({ key, from: me, at: Date.now() }, body);
  item.classList.add("pending");
  pending.set(key, { data, item });
  connection.send(data);
  at("log").scrollTop = at("log").scrollHeight;
}

async function sendPicture(file) {
  const blob = await fit(file).catch(() => null);
  if (!connection || !blob)
    return note(`${file.name} is no picture that can be sent`);
  const key = crypto.randomUUID?.() ?? String(Math.random());
  const head = encoder.encode(JSON.stringify({ type: "picture", key, mime: blob.type }) + "\n");
  say(key, await new Blob([head, blob]).arrayBuffer(), pictureBody(blob));
}

/** The picture as it is, or as a smaller one that the server takes; null if there is none. */
async function fit(file) {
  if (!file.type.startsWith("image/"))
    return null;
  const bitmap = await createImageBitmap(file);
  if (file.size <= largestPicture && ["image/png", "image/jpeg", "image/gif", "image/webp"].includes(file.type))
    return file;
  for (let edge = 1600; edge >= 200; edge /= 2) {
    const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
    if (blob.size <= largestPicture)
      return blob;
  }
  return null;
}

// What is shown.

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

const textBody = text => element("p", "text", text);

function pictureBody(blob) {
  const image = element("img", "picture");
  image.alt = "A picture";
  image.src = URL.createObjectURL(blob);
  image.onload = () => stayAtEnd();
  return image;
}

function clock(time) {
  const made = element("time", "", new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  made.dateTime = new Date(time).toISOString();
  return made;
}

function avatar(name) {
  let hash = 0;
  for (const c of name)
    hash = (hash * 31 + c.codePointAt(0)) >>> 0;
  const made = element("span", "avatar", [...name][0].toUpperCase());
  made.style.setProperty("--hue", hash % 360);
  made.ariaHidden = "true";
  return made;
}

let isAtEnd = true;
at("log").addEventListener("scroll", ({ target }) => isAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 60);
const stayAtEnd = () => isAtEnd && (at("log").scrollTop = at("log").scrollHeight);
new ResizeObserver(stayAtEnd).observe(at("log"));

function append({ key, from, at: time }, body) {
  const last = at("log").lastElementChild;
  const item = element("li", "message", avatar(from), element("b", "", from), body, clock(time));
  item.dataset.key = key;
  item.dataset.from = from;
  item.classList.toggle("own", from === me);
  item.classList.toggle("next", last?.dataset.from === from);
  at("log").append(item);
  stayAtEnd();
  return item;
}

function note(text) {
  at("log").append(element("li", "note", text));
  stayAtEnd();
}

function showPeople(names) {
  at("count").textContent = names.length;
  at("people").replaceChildren(...names.map(name => element("li", name === me ? "me" : "", avatar(name), element("span", "", name))));
}

function forgetTyping(name) {
  clearTimeout(typists.get(name));
  typists.delete(name);
  showTyping();
}

function showTyping() {
  const names = [...typists.keys()];
  const who = names.length > 3 ? "Several people" : names.join(", ");
  at("typing").replaceChildren(...(names.length ? [element("span", "dots"), `${who} ${names.length === 1 ? "is" : "are"} typing`] : []));
}

function showTrip(milliseconds) {
  trips.push(milliseconds);
  if (trips.length > measurements)
    trips.shift();
  const highest = Math.max(4, ...trips);
  const points = trips.map((trip, i) => `${60 - (trips.length - 1 - i) * 60 / (measurements - 1)},${15 - 14 * trip / highest}`);
  at("spark").firstElementChild.setAttribute("points", trips.length > 2 ? points.join(" ") : "");
  at("time").textContent = `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

function showState({ state, at: next, reason }) {
  clearInterval(countdown);
  const words = {
    connecting: () => "Connecting",
    open: () => `Connected${at("state").dataset.carrier ? `, ${at("state").dataset.carrier}` : ""}`,
    waiting: () => `Offline, again in ${Math.max(0, Math.ceil((next - performance.now()) / 1000))} s`,
    ended: () => reason,
  }[state];
  document.body.dataset.state = state;
  at("now").hidden = state !== "waiting";
  if (state === "waiting" || state === "ended")
    at("time").textContent = "";
  at("words").textContent = words();
  if (state === "waiting")
    countdown = setInterval(() => at("words").textContent = words(), 250);
}

function grow() {
  at("text").style.height = "auto";
  at("text").style.height = `${Math.min(at("text").scrollHeight, 160)}px`;
}
