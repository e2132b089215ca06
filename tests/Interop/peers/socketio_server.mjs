// socket.io's server from npm, for our client: says on which port it listens, and what it sees of clients that leave.
//
// Usage: socketio_server.mjs server PORT text|msgpack [handshake|upgrade|connect|ack]
//
// With a stage, whatever comes at that stage is never answered, and the first is told.

import { createServer } from 'node:http';
import { Server } from 'socket.io';
import msgpack from 'socket.io-msgpack-parser';

const port = Number(process.argv[3]);
const parser = process.argv[4] === 'msgpack' ? { parser: msgpack } : {};
const http = createServer();
const io = new Server(http, { connectionStateRecovery: {}, ...parser });

const stage = process.argv[5];
let isHeld = false;
function holds(at) {
    if (at !== stage)
        return false;
    if (!isHeld)
        console.log(JSON.stringify({ event: 'held' }));
    isHeld = true;
    return true;
}

io.engine.use((request, response, next) => {
    const { sid, transport } = request._query;
    if (!holds(sid === undefined ? 'handshake' : transport === 'websocket' ? 'upgrade' : 'poll'))
        next();
});

io.use((socket, next) => {
    if (holds('connect'))
        return;
    if (socket.handshake.auth.token === 'bad') {
        const error = new Error('Not allowed');
        error.data = { code: 7 };
        next(error);
    } else {
        next();
    }
});

function serve(socket) {
    socket.on('echo', (...all) => all.pop()(...all));
    socket.on('ask', async (number, answer) => answer(await socket.emitWithAck('question', number)));
    socket.on('join', async (room, answer) => {
        await socket.join(room);
        answer();
    });
    socket.on('say', (room, text) => socket.nsp.to(room).emit('said', text));
    socket.on('count', (number, answer) => holds('ack') || answer(number + 1));
    socket.on('kick', () => socket.disconnect());
    socket.on('drop', () => socket.conn.close());
    socket.on('where', answer => answer(socket.nsp.name));
}

io.on('connection', socket => {
    serve(socket);
    if (!socket.recovered)
        socket.emit('welcome', socket.handshake.auth.name ?? null);
    socket.on('disconnect', () => {
        // While nobody is there, if the client comes back.
        io.to('room').emit('said', 'missed');
    });
});
io.of('/admin').on('connection', serve);

http.listen(port, '127.0.0.1', () => console.log(`PORT ${http.address().port}`));
