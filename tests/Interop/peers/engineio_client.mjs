// npm's client of Engine.IO against a server that echoes: says what it sees, a line for each thing, and ends.
// Usage: node engineio_client.mjs ADDRESS polling|websocket|upgrade
import { Socket } from "engine.io-client";

const [address, way] = process.argv.slice(2);
const transports = way === "upgrade" ? ["polling", "websocket"] : [way];

const say = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
// An empty text is undefined to this client.
const show = (value = "") => (typeof value === "string" ? value : `bytes ${Buffer.from(value).toString("hex")}`);
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));
const open = (query) => new Socket(address, { path: "/engine.io", transports, query });

setTimeout(() => {
  console.log("out of time");
  process.exit(1);
}, 60000).unref();

/** Messages in the order in which they come, for whoever waits for the next. */
function inbox(socket) {
  const come = [];
  const waiting = [];
  socket.on("message", (data) => (waiting.length > 0 ? waiting.shift()(data) : come.push(data)));
  return () => (come.length > 0 ? Promise.resolve(come.shift()) : new Promise((resolve) => waiting.push(resolve)));
}

const socket = open({ name: "Ann" });
const next = inbox(socket);
const upgraded = way === "upgrade" ? once(socket, "upgrade") : undefined;
await once(socket, "open");
say("greeted", await next());
// While the transport changes: each message once, in order.
const early = [];
for (let i = 0; i < 20; i++) socket.send(i % 2 === 0 ? `text ${i}` : Buffer.from([i]));
for (let i = 0; i < 20; i++) early.push(show(await next()));
say("early", early.every((value, i) => value === (i % 2 === 0 ? `text ${i}` : `bytes ${Buffer.from([i]).toString("hex")}`)));
if (upgraded) await upgraded;
say("transport", socket.transport.name);

const echo = async (data) => {
  socket.send(data);
  return show(await next());
};
say("text", await echo("Grüße, 世界! 🎈"));
say("empty", await echo(""));
say("half a character", await echo("half \ud83d"));
say("binary", await echo(Buffer.from([0, 1, 0xfe, 0xff])));
say("view", await echo(new Uint8Array([9, 8, 7, 6]).subarray(1, 3)));
say("no bytes", await echo(Buffer.alloc(0)));
say("large text", (await echo("ü".repeat(300000))) === "ü".repeat(300000));
say("large binary", (await echo(Buffer.alloc(600000, 7))) === `bytes ${"07".repeat(600000)}`);
const many = [];
for (let i = 0; i < 500; i++) socket.send(`${i}`);
for (let i = 0; i < 500; i++) many.push(await next());
say("many", many.every((value, i) => value === `${i}`));
const callback = new Promise((resolve) => socket.send("written", {}, resolve));
await callback;
say("written", await next());

// The client closes, with something still to send.
const closed = once(socket, "close");
socket.send("last");
socket.close();
say("closed", (await closed)[0]);

// The server closes, after what it has sent.
const told = open({ name: "Bob" });
const nextTold = inbox(told);
await once(told, "open");
await nextTold();
const toldClosed = once(told, "close");
told.send("close");
say("before the end", await nextTold());
say("closed by the server", (await toldClosed)[0]);

// A message that is too large ends the session. It leaves before the transport changes.
const large = open({ name: "Cid" });
await once(large, "open");
const largeClosed = once(large, "close");
large.send(Buffer.alloc(1000001));
say("too large", (await largeClosed)[0]);

// The server refuses the session at all.
const refused = open({ name: "nobody" });
const [error] = await once(refused, "error");
say("refused", [error.message, error.description.message ?? error.description]);
