// socket.io's server from npm, for our client: says on which port it listens, and what it sees of clients that leave.
//
// Usage: socketio_server.mjs server PORT text|msgpack

import { createServer } from 'node:http';
import { Server } from 'socket.io';
import msgpack from 'socket.io-msgpack-parser';

const port = Number(process.argv[3]);
const parser = process.argv[4] === 'msgpack' ? { parser: msgpack } : {};
const http = createServer();
const io = new Server(http, { connectionStateRecovery: {}, ...parser });

io.use((socket, next) => {
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
    socket.on('count', (number, answer) => answer(number + 1));
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
