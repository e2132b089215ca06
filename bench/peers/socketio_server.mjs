// The server of npm's socket.io with the events of bench/SocketIOComparison.cs. Prints its port and ends with its input.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../tests/Interop/peers/', import.meta.url)));
const { Server } = require('socket.io');

const http = createServer();
// Without pings: clients count what comes, and do not look at it.
const io = new Server(http, { pingInterval: 3600_000 });
io.on('connection', (socket) => {
  socket.on('echo', (text, answer) => answer(text));
  socket.on('all', (text) => io.emit('news', text));
});
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
