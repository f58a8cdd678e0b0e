import { createHmac } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, readSecretFile, SETTINGS, type Settings } from '@platform/config';
import { Database, Listener } from '@platform/database';
import type { Clock } from '@platform/kernel';
import { REDIS, type RedisConnection } from '@platform/redis';
import { type DomainPlace, type Grounds, Policies, type PolicyOrigin } from '../../application/policies.js';
import { type Entity, nameOf } from '../../domain/definition.js';
import type { Hierarchy } from '../../domain/hierarchy.js';
import type { PolicySlice } from '../../domain/policy-slice.js';
import { type DatedSlice, datedSlice } from './dated-slice.js';
import { PolicyChanges } from './policy-changes.js';
import { type DatedDomain, type DatedHierarchy, PostgresPolicies } from './postgres-policies.js';
import { type Lookup, ReadThrough } from './read-through.js';
import { RedisSlices } from './redis-slices.js';

/** The migration's triggers tell of every change here. */
const CHANNEL = 'identity_policy';
const SLICE_BYTES = 96 * 1024 * 1024;
const DOMAIN_BYTES = 16 * 1024 * 1024;
const HIERARCHY = 'hierarchy';
const ORIGINS: PolicyOrigin[] = ['memory', 'redis', 'postgres'];

/** Memory, then Redis, then PostgreSQL; an answer is used while nobody has told of a change to it. */
@Injectable()
export class CachedPolicies extends Policies implements OnApplicationShutdown {
  private readonly listener: Listener;
  private readonly known: { [Kind in 'slices' | 'domains' | 'hierarchy']: ReadThrough<Answers[Kind]> };

  constructor(
    database: Database,
    @Inject(REDIS) redis: RedisConnection,
    @Inject(SETTINGS) { database: { url }, session }: Settings,
    @Inject(CLOCK) clock: Clock,
  ) {
    super();
    const changes = new PolicyChanges(clock);
    const postgres = new PostgresPolicies(database, clock);
    // A key of its own, from the one that sessions rest on anyway.
    const sealKey = createHmac('sha256', readSecretFile(session.keyFile)).update('policy slices').digest();
    const shared = new RedisSlices(redis, changes, clock, sealKey);
    const readSlices: Lookup<DatedSlice> = async (subjects) => {
      const readAt = clock.monotonic();
      const texts = [...(await postgres.slices(subjects))];
      for (const [subject, text] of texts) shared.keep(subject, text);
      return new Map(texts.map(([subject, text]) => [subject, datedSlice(subject, text, readAt)]));
    };
    const readHierarchy = async () => new Map([[HIERARCHY, await postgres.hierarchy()]]);
    this.known = {
      slices: new ReadThrough(changes, [(subjects) => shared.find(subjects), readSlices], {
        bytes: SLICE_BYTES,
        sizeOf: ({ bytes }) => bytes,
      }),
      domains: new ReadThrough(changes, [(domains) => postgres.domains(domains)], {
        bytes: DOMAIN_BYTES,
        sizeOf: ({ names }) => 500 + 100 * names.length,
      }),
      hierarchy: new ReadThrough(changes, [readHierarchy], { bytes: 1, sizeOf: () => 1 }),
    };
    this.listener = new Listener(
      url,
      CHANNEL,
      {
        began: (snapshot) => changes.begin(snapshot),
        ended: () => changes.end(),
        heard: (message) => changes.hear(message),
      },
      database,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener.stop();
  }

  async slices(subjects: readonly Entity[]): Promise<{ slice: PolicySlice; origin: PolicyOrigin }[]> {
    this.listener.start();
    const found = await this.known.slices.get(subjects.map(nameOf));
    return subjects.map((subject) => {
      const { value, store } = demand(found, nameOf(subject));
      return { slice: value.slice, origin: ORIGINS[store] ?? 'postgres' };
    });
  }

  async domains(domains: readonly string[]): Promise<DomainPlace[]> {
    if (domains.length === 0) return [];
    const found = await this.known.domains.get(domains);
    return domains.map((domain) => demand(found, domain).value);
  }

  atHand(subject: Entity, domain?: string): Grounds | undefined {
    const slice = this.known.slices.peek(nameOf(subject))?.slice;
    const hierarchy = this.known.hierarchy.peek(HIERARCHY)?.hierarchy;
    if (!slice || !hierarchy) return undefined;
    if (domain === undefined) return { slice, hierarchy };
    const domains = this.known.domains.peek(domain)?.within;
    return domains && { slice, hierarchy, domains };
  }

  async hierarchy(): Promise<Hierarchy> {
    return demand(await this.known.hierarchy.get([HIERARCHY]), HIERARCHY).value.hierarchy;
  }
}

interface Answers {
  slices: DatedSlice;
  domains: DatedDomain;
  hierarchy: DatedHierarchy;
}

function demand<Value>(found: ReadonlyMap<string, Value>, key: string): Value {
  const value = found.get(key);
  if (value === undefined) throw new Error(`no answer for ${key}`);
  return value;
}
