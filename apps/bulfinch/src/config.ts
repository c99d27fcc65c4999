import { join } from 'node:path';

/** Where the product is and who speaks, from the environment. Everything has a default. */
export interface CliConfig {
  /** Address of the doors, when it is told. */
  readonly url?: string;
  /** A token to use instead of one of the local issuer. */
  readonly token?: string;
  /** Data folder of an embedded system: its address, its issuer. */
  readonly dataDir: string;
}

export function cliConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  return {
    ...(environment['BULFINCH_URL'] ? { url: environment['BULFINCH_URL'].replace(/\/+$/, '') } : {}),
    ...(environment['BULFINCH_TOKEN'] ? { token: environment['BULFINCH_TOKEN'] } : {}),
    dataDir: environment['DATA_DIR'] || join(process.cwd(), '.data'),
  };
}

/** The environment of a child process, with some settings of its own. */
export function childEnvironment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  // What points at another system must not reach the one that is started.
  const { BULFINCH_URL: _url, BULFINCH_TOKEN: _token, ...rest } = process.env;
  return { ...rest, ...own };
}
