// Reads files of a client's frames with the receiver of ws, in pieces of 64 KiB, and prints for each how many messages are in it and how many
// of them are read in a second of processor time.
//
//     node ws_receive.mjs <file>...
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../tests/Interop/peers/', import.meta.url)));
const { Receiver } = require('ws');

const PIECE = 64 * 1024;
const LEAST_SECONDS = 1;

for (const path of process.argv.slice(2)) {
  const file = readFileSync(path);
  const count = pass(file); // for the compiler, too
  let messages = 0;
  let spent = 0;
  while (spent < LEAST_SECONDS) {
    const before = process.cpuUsage();
    messages += pass(file);
    const { user, system } = process.cpuUsage(before);
    spent += (user + system) / 1e6;
  }
  console.log(`${count} ${messages / spent}`);
}

function pass(file) {
  // It unmasks in place, so it gets a copy, as a socket would give it.
  const wire = Buffer.from(file);
  const receiver = new Receiver({ isServer: true, maxPayload: 0 });
  let messages = 0;
  receiver.on('message', (data, isBinary) => {
    if (!isBinary) data.toString();
    messages++;
  });
  receiver.on('error', (error) => { throw error; });
  for (let at = 0; at < wire.length; at += PIECE) receiver.write(wire.subarray(at, at + PIECE));
  return messages;
}
