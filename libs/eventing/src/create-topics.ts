import kafkajs from 'kafkajs';
import { readCreateTopicsSettings } from './config.js';
import { createTopics } from './transport/topic-admin.js';

/** `node dist/libs/eventing/src/create-topics.js`: the explicit step that creates the topics (design.md section 4). */
try {
  const settings = readCreateTopicsSettings();
  const kafka = new kafkajs.Kafka({
    clientId: 'bulfinch-create-topics',
    brokers: settings.KAFKA_BROKERS.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { created, rewound } = await createTopics(admin, { replication: settings.CREATE_TOPICS_REPLICATION });
    process.stdout.write(created.length > 0 ? `created ${created.join(', ')}\n` : 'all topics are there\n');
    for (const { group, topic } of rewound) process.stdout.write(`${group} reads ${topic} from its beginning\n`);
  } finally {
    await admin.disconnect();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'create-topics failed'}\n`);
  process.exitCode = 1;
}
