import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliConfig } from '../config.js';
import { Failed, WrongUse } from '../io.js';
import { localToken, type Speaker } from './local-issuer.js';

/** Where `npm start` listens unless told otherwise. */
const usualUrl = 'http://127.0.0.1:3000';
const answerTimeoutMs = 60_000;
/** A large document over a slow line. */
const uploadTimeoutMs = 3_600_000;

export interface Ask extends Speaker {
  readonly json?: unknown;
  readonly contentType?: string;
  readonly body?: ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly accept?: string;
}

/** What `npm start` writes into its data folder. */
export interface RunFile {
  readonly url: string;
  readonly clinicUrl?: string;
}

/** A door said no: `status` of its answer, and its own sentence. */
export class Refused extends Failed {
  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** The product's HTTP doors, as one caller: with BULFINCH_TOKEN, else with a token of the local issuer for the role that the door wants. */
export class Doors {
  private readonly tokens = new Map<string, Promise<string>>();
  private constructor(
    private readonly config: CliConfig,
    readonly url: string,
  ) {}

  /** @throws WrongUse when BULFINCH_URL is no address */
  static async open(config: CliConfig): Promise<Doors> {
    if (config.url !== undefined && !/^https?:$/.test(URL.parse(config.url)?.protocol ?? ''))
      throw new WrongUse('BULFINCH_URL is no address of a system: it must be like http://127.0.0.1:3000.');
    return new Doors(config, config.url ?? (await readRun(config.dataDir))?.url ?? usualUrl);
  }

  /** The JSON of a 2xx answer. @throws Failed with the refusal's own sentence, or that nobody answers. */
  async call<Body>(method: string, path: string, ask: Ask): Promise<Body> {
    const answer = await this.raw(method, path, ask);
    const text = await answer.text();
    return (text === '' ? {} : JSON.parse(text)) as Body; // each caller names the shape of the door it asks
  }

  /** A 2xx answer whose body has not been read. */
  async raw(method: string, path: string, ask: Ask): Promise<Response> {
    const answer = await this.fetch(method, path, ask);
    if (answer.ok) return answer;
    throw new Refused(answer.status, refusal(method, path, answer.status, await answer.text()));
  }

  private async fetch(method: string, path: string, ask: Ask): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${await this.token(ask)}`, ...ask.headers };
    if (ask.accept) headers['accept'] = ask.accept;
    if (ask.json !== undefined) headers['content-type'] = ask.contentType ?? 'application/json';
    if (ask.body !== undefined) headers['content-type'] = ask.contentType ?? 'application/octet-stream';
    try {
      return await fetch(this.url + path, {
        method,
        headers,
        body: ask.body ?? (ask.json === undefined ? undefined : JSON.stringify(ask.json)),
        signal: AbortSignal.timeout(ask.body ? uploadTimeoutMs : answerTimeoutMs),
        redirect: 'error',
        // fetch wants to be told that a stream goes out before the answer comes.
        ...(ask.body ? { duplex: 'half' } : {}),
      });
    } catch (cause) {
      throw new Failed(`Nobody answers at ${this.url}. Start the product with \`npm start\`, or set BULFINCH_URL.`, { cause });
    }
  }

  private token({ roles, party, subject, hours }: Speaker): Promise<string> {
    if (this.config.token) return Promise.resolve(this.config.token);
    const key = JSON.stringify([roles, party, subject, hours]);
    const known = this.tokens.get(key) ?? localToken(this.config.dataDir, { roles, party, subject, hours });
    this.tokens.set(key, known);
    return known;
  }
}

/** Undefined where no system runs on this data folder. */
export async function readRun(dataDir: string): Promise<RunFile | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')) as RunFile; // written whole by deploy/local
  } catch {
    return undefined; // no system runs there: the usual address is tried
  }
}

/** The refusal in the door's own words: problem details (RFC 9457) or an OperationOutcome; else the status alone. */
function refusal(method: string, path: string, status: number, text: string): string {
  const said = problemOf(text);
  const where = `${method} ${path.split('?', 1)[0]} answered ${status}`;
  return said === undefined ? `${where}.` : `${where}: ${said}`;
}

interface Said {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly fields?: readonly string[];
  readonly issue?: readonly {
    readonly details?: { readonly text?: string; readonly coding?: readonly { readonly code?: string }[] };
    readonly diagnostics?: string;
    readonly expression?: readonly string[];
  }[];
}

function problemOf(text: string): string | undefined {
  let said: Said;
  try {
    said = JSON.parse(text) as Said; // read defensively below: every part may be missing
  } catch {
    return undefined; // not ours: a proxy's page
  }
  const issue = said.issue?.[0];
  const code = said.code ?? issue?.details?.coding?.[0]?.code;
  const sentence = said.detail ?? issue?.diagnostics ?? said.title ?? issue?.details?.text;
  const fields = said.fields ?? issue?.expression ?? [];
  return `${[code, sentence].filter(Boolean).join(': ')}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`;
}
