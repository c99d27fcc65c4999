import { consentConfig, permitLifeMs } from './config.js';

const environment = {
  MONGODB_URI: 'mongodb://127.0.0.1:1/',
  TRANSPORT: 'in-process',
  VAULT_KEYS_DIR: '/keys',
  LOCAL_ISSUER_DIR: '/issuer',
};

describe('the life of a permit', () => {
  it('is fixed, since delivery counts on it', () => {
    expect(consentConfig(environment).PERMIT_LIFE_MS).toBe(permitLifeMs);
    expect(() => consentConfig({ ...environment, PERMIT_LIFE_MS: '2000' })).toThrow(
      'PERMIT_LIFE_MS and PERMIT_MARGIN_MS are for tests only',
    );
    expect(() => consentConfig({ ...environment, PERMIT_MARGIN_MS: '200' })).toThrow('for tests only');
  });

  it('may be shorter in a test, not below a second', () => {
    expect(consentConfig({ ...environment, NODE_ENV: 'test', PERMIT_LIFE_MS: '2000' }).PERMIT_LIFE_MS).toBe(2000);
    expect(() => consentConfig({ ...environment, NODE_ENV: 'test', PERMIT_LIFE_MS: '10' })).toThrow(
      'PERMIT_LIFE_MS: must be at least 1000',
    );
  });
});
