import { lookup } from 'node:dns/promises';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { type EgressAnswer, type EgressCall, Exchange } from './exchange.js';
import { isPublicAddress } from './public-address.js';

/** Longest wait for one address to take the connection, TLS included, ms. */
const connectTimeoutMs = 10_000;
/** Addresses of one name that are tried. */
const addressesMax = 4;

export interface EgressOptions {
  /** PEM certificates trusted beside the system's own: a clinic or a hospital with its own authority. */
  readonly trustedCa?: string;
}

/** A connection that is there: `raw` is the TCP socket, `socket` what is spoken over it. */
interface Connected {
  readonly raw: net.Socket;
  readonly socket: net.Socket;
}

/**
 * The only place of Bulfinch that opens a connection to a recipient. Names are resolved first and the address that was judged is the one
 * connected to; TLS is verified; redirects are not followed; the answer has a limit; the connection can be cut at any moment.
 */
export class Egress {
  constructor(private readonly options: EgressOptions = {}) {}

  /** Sends one request and says what is known. Never throws for what the other side does. */
  async send(call: EgressCall): Promise<EgressAnswer> {
    const connected = await this.connect(call);
    if (!connected) return { type: 'not-connected' };
    if (call.life?.isOver() || call.signal.aborted) {
      connected.raw.destroy();
      return { type: call.signal.aborted ? 'not-connected' : 'not-begun' };
    }
    const request = this.begin(call, connected);
    if (!request) {
      connected.raw.destroy();
      return { type: 'not-connected' };
    }
    return new Exchange(call, connected.raw, request).run();
  }

  /** Undefined where Node refuses to write such a request (a header value that cannot stand in one): then no byte has left. */
  private begin(call: EgressCall, connected: Connected): http.ClientRequest | undefined {
    try {
      return http.request({
        method: call.method,
        path: `${call.url.pathname}${call.url.search}`,
        headers: { ...call.headers, host: call.url.host, connection: 'close', 'content-length': call.body?.length ?? 0 },
        createConnection: () => connected.socket,
      });
    } catch {
      return undefined;
    }
  }

  private async connect(call: EgressCall): Promise<Connected | undefined> {
    for (const address of await addressesOf(call)) {
      if (call.life?.isOver() || call.signal.aborted) return undefined;
      const connected = await this.connectTo(call, address);
      if (connected) return connected;
    }
    return undefined;
  }

  private connectTo(call: EgressCall, address: string): Promise<Connected | undefined> {
    const { hostname, protocol, port } = call.url;
    const isTls = protocol === 'https:';
    return new Promise((resolve) => {
      const raw = net.connect({ host: address, port: Number(port) || (isTls ? 443 : 80) });
      const timer = setTimeout(() => end(undefined), Math.min(connectTimeoutMs, call.life?.remainingMs() ?? connectTimeoutMs));
      const abort = () => end(undefined);
      const end = (connected: Connected | undefined): void => {
        clearTimeout(timer);
        call.signal.removeEventListener('abort', abort);
        if (!connected) raw.destroy();
        else for (const one of new Set([connected.raw, connected.socket])) one.removeListener('error', abort);
        // Whatever the socket says from now on is the exchange's; this keeps a late error from being unheard.
        raw.on('error', () => undefined);
        resolve(connected);
      };
      call.signal.addEventListener('abort', abort, { once: true });
      raw.once('error', abort);
      raw.once('connect', () => {
        if (!isTls) return end({ raw, socket: raw });
        const host = bare(hostname);
        const secure = tls.connect({
          socket: raw,
          // A name for SNI and for the certificate; an address stands in the certificate as such.
          ...(net.isIP(host) ? { host } : { servername: host }),
          ALPNProtocols: ['http/1.1'],
          ...(this.options.trustedCa === undefined ? {} : { ca: [...tls.rootCertificates, this.options.trustedCa] }),
        });
        secure.on('error', abort);
        secure.once('secureConnect', () => end({ raw, socket: secure }));
      });
    });
  }
}

/** The addresses that may be connected to. None where one of them is private and the recipient is not of the house: a name that points inside as well is an attack or a mistake. */
async function addressesOf(call: EgressCall): Promise<readonly string[]> {
  const host = bare(call.url.hostname);
  const found = net.isIP(host) ? [host] : (await lookup(host, { all: true }).catch(() => [])).map((one) => one.address); // A name that is not there: never connected.
  if (!call.isInternal && found.some((address) => !isPublicAddress(address))) return [];
  return found.slice(0, addressesMax);
}

function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
