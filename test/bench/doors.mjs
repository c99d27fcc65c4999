import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
/** The system may be far behind under load; what takes longer is a fault (ms). */
const answerMsMax = 60_000;

/**
 * One HTTP call over a connection that is kept: `fetch` costs the driver several times as much, on the same two cores.
 * @param {string} method @param {string} url
 * @param {{ headers?: Record<string, string>, body?: Uint8Array | string }} [options]
 * @returns {Promise<{ status: number, text: string }>}
 */
export function call(method, url, { headers = {}, body = '' } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (/** @type {string} */ piece) => {
        text += piece;
      });
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.once('error', reject);
    });
    asked.setTimeout(answerMsMax, () => asked.destroy(new Error(`${method} ${url}: no answer in ${answerMsMax / 1000} s`)));
    asked.once('error', reject);
    asked.end(body);
  });
}

/** As `call`, with the only status that is right. @param {number} wanted @param {Parameters<typeof call>} args */
export async function insist(wanted, ...args) {
  const answer = await call(...args);
  if (answer.status !== wanted) throw new Error(`${args[0]} ${args[1]} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
  return answer.text;
}

export const closeDoors = () => agent.destroy();
