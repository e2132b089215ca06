const name = prompt("Your name?") || "Somebody";
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
