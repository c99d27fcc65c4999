import kafkajs, { type KafkaConfig, type LogEntry } from 'kafkajs';
import type { ServiceName } from '#libs/contracts';
import type { Logger } from '../logger.js';

/** A broker that is away is asked again after 0.2 to 2 s, ten times; kafkajs' own 30 s would outlast most restarts of a broker. */
const retry = { initialRetryTime: 200, maxRetryTime: 2_000, multiplier: 2, retries: 10 } as const;

/** Settings of every kafkajs client of a service. Its own words stay out of the log: they may quote what a broker or a message said. */
export function clientConfig(options: { brokers: readonly string[]; clientId: string; service: ServiceName; logger: Logger }): KafkaConfig {
  const { brokers, clientId, service, logger } = options;
  const tell = ({ level, namespace, log }: LogEntry): void => {
    const fields = { service, part: namespace, topic: typeof log.topic === 'string' ? log.topic : undefined };
    if (level <= kafkajs.logLevel.ERROR) logger.warn('kafka-client-error', fields);
    else logger.info('kafka-client-notice', fields);
  };
  return { brokers: [...brokers], clientId, retry, logLevel: kafkajs.logLevel.WARN, logCreator: () => tell };
}
