import type { Admin, ITopicConfig } from 'kafkajs';
import { echoesTopic, READERS, type ServiceName, type TopicName, topicNames, topics } from '#libs/contracts';
import { pause } from '../timings.js';
import { groupOf } from './kafka.js';

/** Longest wait for a leader of each new partition, ms. */
const leadersTimeoutMs = 30_000;
const leadersLookMs = 100;

/** What `createTopics` did. */
export interface TopicsCreated {
  readonly created: readonly string[];
  /** Consumer groups that had read a topic of the same name before and now start at its beginning. */
  readonly rewound: readonly { readonly group: string; readonly topic: string }[];
}

/**
 * Creates the topics that are not there, with the partitions of the contracts. The readers of a topic created anew start at its
 * beginning: their old offsets would skip its first messages. Throws when such a reader is running.
 */
export async function createTopics(
  admin: Admin,
  options: { replication: number; groupOf?: (service: ServiceName) => string },
): Promise<TopicsCreated> {
  const existing = new Set(await admin.listTopics());
  const wanted: ITopicConfig[] = topicNames.map((topic) => ({
    topic,
    numPartitions: topics[topic].partitions,
    replicationFactor: options.replication,
  }));
  wanted.push({
    topic: echoesTopic.name,
    numPartitions: echoesTopic.partitions,
    replicationFactor: options.replication,
    configEntries: [{ name: 'retention.ms', value: String(echoesTopic.retentionMs) }],
  });
  const missing = wanted.filter(({ topic }) => !existing.has(topic));
  if (missing.length > 0) {
    await admin.createTopics({ topics: missing, waitForLeaders: false });
    await everyPartitionHasALeader(
      admin,
      missing.map(({ topic }) => topic),
    );
  }
  const created = missing.map(({ topic }) => topic);
  const rewound: { group: string; topic: string }[] = [];
  for (const topic of topicNames.filter((name) => created.includes(name)))
    for (const reader of READERS[topic]) {
      const group = (options.groupOf ?? groupOf)(reader);
      if (await rewind(admin, group, topic)) rewound.push({ group, topic });
    }
  return { created, rewound };
}

/** kafkajs' own wait gives up at once on a topic that the broker it asks has not heard of yet. */
async function everyPartitionHasALeader(admin: Admin, names: string[]): Promise<void> {
  const clock = performance.now();
  for (let fault: unknown; performance.now() - clock < leadersTimeoutMs; await pause(leadersLookMs)) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: names });
      const isLed = found.length === names.length && found.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
      // Named a leader is not leading yet: one that answers for its offsets is.
      if (isLed) for (const topic of names) await admin.fetchTopicOffsets(topic);
      if (isLed) return;
    } catch (error) {
      fault = error;
    }
    if (performance.now() - clock + leadersLookMs >= leadersTimeoutMs)
      throw new Error('the new topics have no leaders yet: run create-topics again', { cause: fault });
  }
}

/** kafkajs cannot delete offsets of one topic; offset 0 of a topic created anew is the same. False when the group had none. */
async function rewind(admin: Admin, groupId: string, topic: TopicName): Promise<boolean> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = found?.partitions.filter(({ offset }) => BigInt(offset) > 0n) ?? [];
  if (committed.length === 0) return false;
  await admin.setOffsets({ groupId, topic, partitions: committed.map(({ partition }) => ({ partition, offset: '0' })) });
  return true;
}
