// The floor of the pipeline's benchmark, a process of its own: the least that "stored, forwarded, marked" can cost in Node with MongoDB.
// node floor.mjs MONGODB_URI DATABASE RECEIVER_URL   says its port on stdout, ends with SIGTERM or when its parent is gone.
import { randomUUID } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import mongoose from 'mongoose';

const [uri = '', database = '', receiver = ''] = process.argv.slice(2);
const client = await mongoose.mongo.MongoClient.connect(uri);
/** @type {import('mongoose').mongo.Collection<{ _id: string, state: string, body?: unknown }>} */
const transfers = client.db(database).collection('transfers', { writeConcern: { w: 'majority', journal: true } });
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** @param {Buffer} body @returns {Promise<void>} */
function forward(body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': body.length };
    const sent = request(receiver, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => (answer.statusCode === 201 ? resolve() : reject(new Error(`the receiver answered ${answer.statusCode}`))));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** @param {Buffer} body */
async function move(body) {
  const _id = randomUUID();
  await transfers.insertOne({ _id, state: 'stored', body });
  await forward(body);
  await transfers.updateOne({ _id, state: 'stored' }, { $set: { state: 'delivered' } });
}

const server = createServer((incoming, response) => {
  /** @type {Buffer[]} */
  const pieces = [];
  incoming.on('data', (/** @type {Buffer} */ piece) => pieces.push(piece));
  incoming.on('end', () => {
    move(Buffer.concat(pieces)).then(
      () => response.writeHead(202).end(),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
});
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  process.stdout.write(`${/** @type {import('node:net').AddressInfo} */ (server.address()).port}\n`);
});
// The parent holds the other end of stdin.
process.stdin.resume();
process.stdin.once('close', () => process.exit(0));
