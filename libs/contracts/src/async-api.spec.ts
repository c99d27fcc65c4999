import { asyncApi } from './async-api.js';
import { topicNames, topics } from './topics.js';

describe('the AsyncAPI document', () => {
  const document = asyncApi() as { channels: Record<string, { messages: object }>; components: { messages: Record<string, object> } };

  it('tells every event of every topic', () => {
    for (const topic of topicNames)
      expect(Object.keys(document.channels[topic]?.messages ?? {})).toEqual(topics[topic].events.map((kind) => kind.type));
  });

  it('points only to messages that it has', () => {
    const wanted = [...JSON.stringify(document).matchAll(/"#\/components\/messages\/([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((name) => !(name in document.components.messages))).toEqual([]);
  });
});
