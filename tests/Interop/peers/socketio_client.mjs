// npm's client of Socket.IO against a server: says what it sees, a line for each thing, and ends.
// Usage: node socketio_client.mjs ADDRESS polling|websocket|upgrade text|msgpack
import { io } from "socket.io-client";
import msgpack from "socket.io-msgpack-parser";

const [address, way, form] = process.argv.slice(2);
const transports = way === "upgrade" ? ["polling", "websocket"] : [way];
const parser = form === "msgpack" ? { parser: msgpack } : {};
const options = { ...parser, transports, reconnectionDelay: 50, reconnectionDelayMax: 200, forceNew: true, timeout: 20000 };

const say = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));
// emitWithAck gives the first argument of an ack alone.
const echo = (...values) => new Promise((resolve) => socket.emit("echo", ...values, (...answer) => resolve(answer)));
const show = (value) =>
  Buffer.isBuffer(value) || value instanceof Uint8Array
    ? `bytes ${Buffer.from(value).toString("hex")}`
    : Array.isArray(value)
      ? value.map(show)
      : value && typeof value === "object"
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, show(inner)]))
        : value;

setTimeout(() => {
  console.log("out of time");
  process.exit(1);
}, 60000).unref();

const socket = io(address, { ...options, auth: { name: "Ann", sends: "early" } });
// Sent in the handler of the connection, before the server has greeted.
const early = [];
let go;
socket.once("connect", () => {
  for (let i = 0; i < 10; i++) early.push(socket.emitWithAck("count", i));
  // The server greets when it has seen this, which comes after them.
  go = socket.io.socket("/go");
});
const welcome = once(socket, "welcome");
await once(socket, "connect");
if (way === "upgrade" && socket.io.engine.transport.name !== "websocket") await once(socket.io.engine, "upgrade");
say("transport", socket.io.engine.transport.name);
say("welcome", await welcome);
say("early", await Promise.all(early));

say("text", await echo("Grüße, 世界! 🎈", { list: [1, 2.5, null, true], deep: { er: "x" } }));
say("binary", show(await echo(Buffer.from([1, 2, 3]), { inside: [new Uint8Array([4]), "t"] })));
say("large", (await echo(Buffer.alloc(200000, 7)))[0].equals(Buffer.alloc(200000, 7)));
// What JSON does not have.
say("values", await echo(new Date(1000), { gone: undefined, kept: 1 }, undefined, NaN, -0.5, 2 ** 53));
say("half a character", (await echo("half \ud83d"))[0]);

socket.on("question", (number, answer) => answer(number * 2));
socket.on("binary question", (bytes, answer) => answer(Buffer.from([...bytes].reverse())));
say("asked", await socket.emitWithAck("ask", 21));
say("asked for bytes", show(await socket.emitWithAck("ask bytes", Buffer.from([1, 2, 3]))));

// Many at once, with attachments between them: all arrive, each once and in order.
const many = [];
for (let i = 0; i < 200; i++) many.push(echo(i, Buffer.from([i])));
say("many", (await Promise.all(many)).every(([number, bytes], i) => number === i && bytes.length === 1 && bytes[0] === i));

// Another namespace of the same connection, which judges.
const refused = io(`${address}/admin`, { ...options, auth: { token: "wrong" }, reconnection: false });
const [error] = await once(refused, "connect_error");
say("refused", [error.message, error.data]);
refused.close();
const nowhere = io(`${address}/nowhere`, { ...options, reconnection: false });
const [unknown] = await once(nowhere, "connect_error");
say("unknown", unknown.message);
nowhere.close();
const admin = socket.io.socket("/admin", { auth: { token: "right" } });
// It connects by itself, so this asks twice, as applications do by mistake.
admin.connect();
await once(admin, "connect");
say("admin", await admin.emitWithAck("where"));

// Rooms, with a second client.
const other = io(address, { ...options, auth: { name: "Bob" } });
await once(other, "connect");
await Promise.all([socket.emitWithAck("join", "room"), other.emitWithAck("join", "room")]);
const heard = once(other, "said");
await socket.emitWithAck("say", "room", "hello");
say("heard", await heard);

// Ends: of one namespace, of all by the server, of the transport.
const left = once(admin, "disconnect");
admin.disconnect();
say("left", (await left)[0]);
const kicked = once(other, "disconnect");
other.emit("kick");
say("kicked", (await kicked)[0]);
const lost = once(socket, "disconnect");
const back = once(socket, "connect");
socket.emit("drop");
say("lost", (await lost)[0]);
await back;
say("back", await socket.emitWithAck("count", 5));
// What was missed while the connection was lost comes after it.
const kept = io(`${address}/kept`, options);
await once(kept, "connect");
const { id } = kept;
await kept.emitWithAck("join", "room");
for (let round = 0; round < 3; round++) {
  const numbers = [];
  kept.removeAllListeners("n");
  kept.on("n", (number) => numbers.push(number));
  const done = once(kept, "done");
  const again = once(kept, "connect");
  kept.io.engine.close();
  await again;
  await done;
  say("recovered", [kept.recovered, kept.id === id, numbers]);
}
kept.close();

// The process ends when nothing is left to be sent.
other.close();
go.disconnect();
socket.disconnect();
say("end", true);
