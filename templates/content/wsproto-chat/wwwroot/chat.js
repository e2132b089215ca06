// ?name=Ann in the address of the page chooses a name.
const name = new URLSearchParams(location.search).get("name") || "Guest " + Math.floor(Math.random() * 1000);
const state = document.getElementById("state");
let ws;

function connect(delay) {
  const url = new URL("chat?name=" + encodeURIComponent(name), location.href);
  url.protocol = url.protocol.replace("http", "ws");
  ws = new WebSocket(url);
  ws.onopen = () => { state.textContent = "Connected as " + name; delay = 500; };
  ws.onmessage = e => show(e.data);
  ws.onclose = () => {
    state.textContent = "Connection lost, trying again…";
    // Some randomness keeps many pages from coming back at the same moment.
    setTimeout(connect, delay * (0.5 + Math.random()), Math.min(delay * 2, 30_000));
  };
}

function show(text) {
  const item = document.createElement("li");
  item.textContent = text;
  document.getElementById("messages").append(item);
}

document.getElementById("form").onsubmit = e => {
  e.preventDefault();
  const text = document.getElementById("text");
  if (ws.readyState === WebSocket.OPEN) {
    ws.send(text.value);
    text.value = "";
  }
};
connect(500);
