import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { freePort } from '@platform/testing';
import type { Manifest } from '../../chart/support/helm.js';
import { type SpawnedService, spawnService, untilReady } from '../../support/spawn-service.js';

/** Secrets by name, as Kubernetes holds them, and the text of each of their keys. */
export type Secrets = Map<string, Record<string, string>>;

/** Where the chart mounts what a pod has of secrets. */
const MOUNTS = '/run/secrets/identity/';
const MANIFEST = 'manifest.json';

interface Pod {
  name: string;
  service: SpawnedService;
  ready: Promise<void>;
}

/** A Deployment of the chart whose pods are processes of this machine, with the environment that the chart gives them. */
export class Deployment {
  readonly name: string;
  pods: Pod[] = [];
  /** What the process before wrote, where one crashed. */
  previous = '';
  private readonly container: IContainer;
  private readonly spec: IPodSpec;
  private rolling: Promise<void> = Promise.resolve();
  private made = 0;
  private stopped = '';

  constructor(
    manifest: Manifest,
    private readonly secrets: Secrets,
    private readonly folder: string,
    private readonly overrides: Record<string, string>,
  ) {
    this.name = manifest.metadata.name;
    this.spec = manifest['spec'].template.spec as IPodSpec;
    this.container = this.spec.containers[0]!;
    this.mount();
  }

  get app(): 'api' | 'worker' {
    return this.container.name === 'worker' ? 'worker' : 'api';
  }

  /** What kubelet does: files of the Secrets as they are now. Those of one that is gone stay. */
  mount(): void {
    for (const { name, secret } of this.spec.volumes ?? []) {
      const data = this.secrets.get(secret?.secretName ?? '');
      if (!data) continue;
      const folder = join(this.folder, name);
      mkdirSync(folder, { recursive: true });
      const items = secret?.items?.map(({ key, path }) => [key, path] as const);
      const files = items ?? Object.keys(data).map((key) => [key, key] as const);
      const write = ([key, path]: readonly [string, string]) => {
        writeFileSync(join(folder, `.${path}`), data[key] ?? '');
        renameSync(join(folder, `.${path}`), join(folder, path));
      };
      // The manifest names the others: last, as it would be by a change of the whole folder at once.
      for (const file of files.toSorted(([, a], [, b]) => Number(a === MANIFEST) - Number(b === MANIFEST))) write(file);
      const wanted = new Set(files.map(([, path]) => path));
      for (const path of readdirSync(folder)) if (!wanted.has(path)) rmSync(join(folder, path));
    }
  }

  /** A path in the container, as it is here. */
  here(text: string): string {
    return text.replaceAll(MOUNTS, `${this.folder}/`);
  }

  /** What the chart says, with ports and paths of this machine. */
  environment(container: IContainer = this.container): Record<string, string> {
    const value = ({ value: text, valueFrom }: NonNullable<IContainer['env']>[number]): string => {
      const { name = '', key = '' } = valueFrom?.secretKeyRef ?? {};
      return this.here(text ?? this.secrets.get(name)?.[key] ?? '');
    };
    const stated = (container.env ?? []).map((one) => [one.name, value(one)]);
    return { ...Object.fromEntries(stated), ...this.overrides };
  }

  /** Starts new processes, and once they are ready ends the old ones, as a rollout does. */
  roll(replicas = Math.max(this.pods.length, 1)): void {
    const old = this.pods;
    this.afterwards(async () => {
      const started: Pod[] = [];
      for (let count = 0; count < replicas; count += 1) started.push(await this.start());
      await Promise.all(started.map(({ ready }) => ready));
      this.pods = started;
      await Promise.all(old.map((pod) => this.end(pod)));
    });
  }

  scale(replicas: number): void {
    this.afterwards(async () => {
      await Promise.all(this.pods.splice(replicas).map((pod) => this.end(pod)));
      while (this.pods.length < replicas) this.pods.push(await this.start());
      await Promise.all(this.pods.map(({ ready }) => ready));
    });
  }

  /** One pod away, another in its place. @throws Error when there is no such pod */
  replace(name: string): void {
    const pod = this.pods.find((one) => one.name === name);
    if (!pod) throw new Error(`there is no pod ${name}`);
    this.pods.splice(this.pods.indexOf(pod), 1);
    this.afterwards(() => this.end(pod));
    this.scale(this.pods.length + 1);
  }

  /** Waits until what was begun is done. */
  async settled(): Promise<void> {
    for (let seen; seen !== this.rolling;) {
      seen = this.rolling;
      await seen;
    }
  }

  /** What all its processes wrote, those of rollouts before too. */
  logs(): string {
    return this.stopped + this.pods.map(({ service }) => service.output()).join('');
  }

  async stop(): Promise<void> {
    await this.settled().catch(() => undefined);
    await Promise.all(this.pods.splice(0).map((pod) => this.end(pod)));
  }

  /** Once what was begun before is done; `settled` tells when it fails. */
  private afterwards(work: () => Promise<void>): void {
    const before = this.rolling;
    this.rolling = (async () => {
      await before;
      await work();
    })();
    this.rolling.catch(() => undefined);
  }

  private async start(): Promise<Pod> {
    const ports = { PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) };
    const service = spawnService({ ...this.environment(), ...ports }, this.app);
    this.made += 1;
    return { name: `${this.name}-${this.made}`, service, ready: untilReady(service) };
  }

  private async end({ service, ready }: Pod): Promise<void> {
    await ready.catch(() => undefined);
    await service.stop();
    this.stopped += service.output();
  }
}
