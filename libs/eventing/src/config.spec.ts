import { describe, expect, it } from '@jest/globals';
import { readCreateTopicsSettings } from './config.js';

describe('The settings of create-topics', () => {
  it('has one copy of each partition unless told otherwise', () => {
    expect(readCreateTopicsSettings({ KAFKA_BROKERS: 'kafka:9092' })).toEqual({
      KAFKA_BROKERS: 'kafka:9092',
      CREATE_TOPICS_REPLICATION: 1,
    });
  });

  it('names every wrong setting and no value', () => {
    expect(() => readCreateTopicsSettings({ CREATE_TOPICS_REPLICATION: 'secret-word' })).toThrow(
      'create-topics cannot run: set KAFKA_BROKERS, CREATE_TOPICS_REPLICATION rightly',
    );
  });
});
