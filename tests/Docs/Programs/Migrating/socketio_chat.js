const { createServer } = require("http");

// #region server
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http);

io.use((socket, next) => {
  next(socket.handshake.auth.token === "secret" ? undefined : new Error("Your token is not valid."));
});

io.on("connection", (socket) => {
  socket.on("join", (room, name, callback) => {
    socket.data.name = name;
    socket.join(room);
    socket.to(room).emit("joined", name);
    callback(`Welcome to the ${room}, ${name}!`);
  });

  socket.on("say", (room, text) => {
    io.to(room).emit("said", socket.data.name, text);
  });
});
// #endregion

// #region client
const { io: connect } = require("socket.io-client");

async function talk(url) {
  const ann = connect(url, { auth: { token: "secret" } });
  const heard = new Promise((resolve) => ann.on("said", (name, text) => resolve(`${name}: ${text}`)));

  console.log(await ann.emitWithAck("join", "kitchen", "Ann"));
  ann.emit("say", "kitchen", "Is anybody there?");
  console.log(await heard);
  ann.disconnect();

  const stranger = connect(url, { auth: { token: "guess" }, forceNew: true });
  const error = await new Promise((resolve) => stranger.on("connect_error", resolve));
  console.log("refused:", error.message);
}
// #endregion

http.listen(0, "127.0.0.1", async () => {
  await talk(`http://127.0.0.1:${http.address().port}`);
  io.close();
});
