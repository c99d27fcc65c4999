import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Counters } from '#libs/eventing';
import type { Answered } from '../http/index.js';
import type { Count } from './census.js';
import type { ServiceLifecycle } from './service.module.js';

/** Counts in storage are asked for at most so often, ms: scrapes come as often as somebody likes, and each count walks an index. */
const countEveryMs = 15_000;
/** Parked events that are counted: more is an outage, and as such seen. */
const parkedMax = 1000;
const ms = 1000;
/** From a small read to a large upload, seconds. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** [name, help, outcome]: a counter of libs/eventing as Prometheus knows it; docs/operations.md explains each. */
type Told = readonly [name: string, help: string, outcome?: string];
const received = (outcome: string): Told => ['bulfinch_events_received_total', 'Events that came in, by what became of them', outcome];
const ofEventing: Record<keyof Counters, Told> = {
  steps: ['bulfinch_case_steps_total', 'Steps of cases written'],
  lostRaces: ['bulfinch_case_lost_races_total', 'Steps decided again because another write came first'],
  published: ['bulfinch_events_published_total', 'Events handed to the transport and confirmed, repeats included'],
  publishFailures: ['bulfinch_event_publish_failures_total', 'Batches that the transport did not take'],
  resent: ['bulfinch_events_resent_total', 'Events sent again because a reader had not heard them'],
  applied: received('applied'),
  repeated: received('repeated'),
  gaps: received('gap'),
  parked: received('parked'),
  unreadable: received('unreadable'),
  newerShape: received('newer-shape'),
  echoesSent: ['bulfinch_echoes_sent_total', 'Marks told to publishers'],
  echoesHeard: ['bulfinch_echoes_heard_total', 'Marks heard from readers'],
  workStarted: ['bulfinch_work_started_total', 'Pieces of slow work begun'],
  workFailed: ['bulfinch_work_failed_total', 'Pieces of slow work that ended in a fault'],
  leasesTakenOver: ['bulfinch_work_leases_taken_over_total', 'Leases taken over from a process that stood still'],
  resultsThrownAway: ['bulfinch_work_results_thrown_away_total', 'Results of inner work that came after the lease was lost'],
};
const ofTransport: Readonly<Record<string, Told>> = {
  kafkaPublished: ['bulfinch_kafka_messages_published_total', 'Messages that Kafka took'],
  kafkaReceived: ['bulfinch_kafka_messages_received_total', 'Messages that came from Kafka'],
  kafkaRetried: ['bulfinch_kafka_messages_retried_total', 'Messages handled again because storage was away'],
  kafkaOffsetsGone: ['bulfinch_kafka_offsets_gone_total', 'Committed offsets found below the start of their log'],
};

/** Puts what the services of this process count on the registry, labelled by service. No ids, no patient data. */
export function serviceMetrics(registry: Registry, services: readonly ServiceLifecycle[]): void {
  const names = new Map<string, Told>();
  for (const told of [...Object.values(ofEventing), ...Object.values(ofTransport)]) names.set(told[0], told);
  for (const [name, help, outcome] of names.values())
    new Counter({
      name,
      help,
      labelNames: outcome === undefined ? ['service'] : ['service', 'outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { service, eventing } of services)
          for (const [counted, value] of Object.entries(eventing.metrics())) {
            const told = tellingOf(counted);
            if (told?.[0] === name) this.inc({ service, ...(told[2] === undefined ? {} : { outcome: told[2] }) }, value);
          }
      },
    });
  new Gauge({
    name: 'bulfinch_outbox_oldest_age_seconds',
    help: 'Age of the oldest event that some reader has not confirmed; 0 when all is heard',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      for (const { service, eventing } of services) this.set({ service }, eventing.status().outboxOldestMs / ms);
    },
  });
  countGauge(registry, {
    name: 'bulfinch_parked_events',
    help: `Events set aside that wait for an operator, at most ${parkedMax} counted`,
    label: 'service',
    read: async () =>
      new Map(
        await Promise.all(services.map(async ({ service, eventing }) => [service, (await eventing.parked(parkedMax)).length] as const)),
      ),
  });
  for (const { census } of services) for (const count of census.counts) countGauge(registry, count);
}

function tellingOf(counted: string): Told | undefined {
  return (ofEventing as Readonly<Record<string, Told>>)[counted] ?? ofTransport[counted];
}

function countGauge(registry: Registry, count: Count): void {
  const { name, help, label } = count;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  new Gauge({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    async collect() {
      if (performance.now() - readAt >= countEveryMs) {
        readAt = performance.now();
        reading = count.read().then(
          (counts) => {
            this.reset();
            for (const [value, number] of counts) this.set(label === undefined ? {} : { [label]: value }, number);
          },
          // Storage is away: an absent number says so, an old one would lie.
          () => {
            this.reset();
            this.remove();
          },
        );
      }
      await reading;
    },
  });
}

/** Counts and times answered requests by the door's template, never by the path that was asked for. */
export function httpMetrics(registry: Registry): (answered: Answered) => void {
  const histogram = new Histogram({
    name: 'bulfinch_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBuckets,
    registers: [registry],
  });
  return ({ method, route, status, durationMs }) => histogram.observe({ method, route, status }, durationMs / ms);
}
