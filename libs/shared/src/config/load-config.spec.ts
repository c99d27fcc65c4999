import { z } from 'zod';
import { ConfigProblem, commonSettings, loadConfig } from './load-config.js';

const schema = z.object({ ...commonSettings, RETRIES_MAX: z.coerce.number().int().max(9).default(3) });
const right = { MONGODB_URI: 'mongodb://127.0.0.1:1/', TRANSPORT: 'in-process', VAULT_KEYS_DIR: '/keys', LOCAL_ISSUER_DIR: '/issuer' };

function message(environment: NodeJS.ProcessEnv): string {
  try {
    loadConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigProblem) return error.message;
    throw error;
  }
  return '';
}

describe('settings', () => {
  it('are read with their defaults', () => {
    expect(loadConfig(schema, right)).toMatchObject({ PORT: 3000, RETRIES_MAX: 3, HOSPITAL_PARTY_ID: 'mgh' });
  });

  it('that are wrong are named all at once, and their values never', () => {
    const told = message({ ...right, MONGODB_URI: 'postgres://u:s3cret@h/', PORT: 'eighty', RETRIES_MAX: '10', TRANSPORT: 'pigeon' });
    expect(told).toMatch(/MONGODB_URI[\s\S]*PORT|PORT[\s\S]*MONGODB_URI/);
    expect(told).toContain('RETRIES_MAX: must be at most 9');
    expect(told).toContain('TRANSPORT: must be one of kafka, in-process');
    expect(told).not.toMatch(/s3cret|eighty|pigeon/);
  });

  it('refuse the local token issuer in production', () => {
    expect(message({ ...right, NODE_ENV: 'production' })).toContain('LOCAL_ISSUER_DIR');
  });

  it('refuse Kafka without brokers, and a service without an issuer', () => {
    expect(message({ ...right, TRANSPORT: 'kafka' })).toContain('KAFKA_BROKERS');
    expect(message({ ...right, LOCAL_ISSUER_DIR: '' })).toContain('OIDC_ISSUER');
  });
});
