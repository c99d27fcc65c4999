import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { createTopics } from '../transport/topic-admin.js';
import { type Engine, kafka, mongodb, openDatabase } from './engines.js';
import { until } from './until.js';
import { World, type WorldOptions } from './world.js';

/** The engines, and the worlds of one test. */
export class Rig {
  readonly kind: 'in-process' | 'kafka';
  run = '';
  database = '';
  mongodb: Engine | undefined;
  kafka: Engine | undefined;
  #worlds: World[] = [];
  #children: ChildProcess[] = [];

  constructor(kind: 'in-process' | 'kafka') {
    this.kind = kind;
  }

  async open(): Promise<void> {
    this.mongodb = await mongodb();
    if (this.kind !== 'kafka') return;
    this.kafka = await kafka();
    await topicsOn(this.kafka.address);
  }

  renew(): void {
    this.run = `run-${randomUUID().slice(0, 13)}`;
    this.database = `eventing_${randomUUID().slice(0, 8)}`;
  }

  options(more: Partial<WorldOptions> = {}): WorldOptions {
    const { kind, run, database } = this;
    return { kind, run, database, mongodbUri: this.mongodb?.address ?? '', brokers: this.kafka?.address ?? '', ...more };
  }

  async world(more: Partial<WorldOptions> = {}): Promise<World> {
    const world = await World.open(this.options(more));
    this.#worlds.push(world);
    return world;
  }

  /** A whole world in a process of its own, to be killed. */
  child(work: { say: number; names: readonly string[]; slowMs: number }): ChildProcess {
    const program = new URL('../../../../dist/libs/eventing/src/testing/child.js', import.meta.url).pathname;
    const child = spawn(process.execPath, [program, JSON.stringify({ ...this.options(), ...work })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    return child;
  }

  async clear(): Promise<void> {
    for (const child of this.#children.splice(0)) await killed(child);
    for (const world of this.#worlds.splice(0)) await world.stop();
    const connection = await openDatabase(this.mongodb?.address ?? '', this.database);
    await connection.dropDatabase();
    await connection.close();
  }

  async close(): Promise<void> {
    await this.kafka?.stop();
    await this.mongodb?.stop();
  }
}

export const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
export const namesOf = (count: number): string[] => oneTo(count).map((index) => `case${index}`);

export async function sayTo(world: World, names: readonly string[], count: number): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      for (let index = 0; index < count; index++) await world.speakers.handle(world.subject(name), { type: 'say' });
    }),
  );
}

/** Every case's events, each once and in order. */
export async function untilAllApplied(world: World, names: readonly string[], count: number, timeoutMs?: number): Promise<void> {
  await until(async () => {
    for (const name of names) if ((await world.applied(world.subject(name))).length < count) return false;
    return true;
  }, timeoutMs);
  for (const name of names) expect(await world.applied(world.subject(name))).toEqual(oneTo(count));
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** The explicit step that makes the topics: a broker that was just started has none. Safe to repeat on one that is shared. */
async function topicsOn(brokers: string): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await createTopics(admin, { replication: 1 });
  } finally {
    await admin.disconnect();
  }
}
