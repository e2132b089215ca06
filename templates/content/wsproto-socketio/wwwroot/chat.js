// ?name=Ann in the address of the page chooses a name.
const name = new URLSearchParams(location.search).get("name") || "Guest " + Math.floor(Math.random() * 1000);
const state = document.getElementById("state");
const socket = io(); // comes back by itself when its connection is lost

socket.on("connect", async () => show(await socket.emitWithAck("join", name)));
socket.on("connect", () => { state.textContent = "Connected as " + name; });
socket.on("disconnect", () => { state.textContent = "Connection lost, trying again…"; });
socket.on("message", show);

function show(text) {
  const item = document.createElement("li");
  item.textContent = text;
  document.getElementById("messages").append(item);
}

document.getElementById("form").onsubmit = e => {
  e.preventDefault();
  const text = document.getElementById("text");
  socket.emit("say", text.value);
  text.value = "";
};
