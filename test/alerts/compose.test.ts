import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '@platform/testing';

interface Service {
  environment?: Record<string, string>;
  networks: string[];
}

interface Targets {
  static_configs: { targets: string[] }[];
}

interface Job extends Targets {
  job_name: string;
  params?: { module: string[] };
  relabel_configs?: { target_label: string; replacement?: string }[];
}

const read = (file: string) =>
  parse(readFileSync(join(projectRoot(), 'docker', file), 'utf8'), { merge: true }) as unknown;
const { services } = read('compose.yaml') as { services: Record<string, Service> };
const { scrape_configs: jobs, alerting } = read('prometheus/prometheus.yaml') as {
  scrape_configs: Job[];
  alerting: { alertmanagers: Targets[] };
};

const targetsOf = ({ static_configs }: Targets) => static_configs.flatMap(({ targets }) => targets);
/** Who is asked: the target, or who stands in its place. */
const asked = (job: Job) => {
  const instead = job.relabel_configs?.find(({ target_label }) => target_label === '__address__')?.replacement;
  return instead ? [instead] : targetsOf(job);
};
const hostOf = (address: string) => address.replace(/^http:\/\//, '').split(/[:/]/)[0] ?? '';
const share = (one = '', other = '') =>
  services[one]?.networks.some((network) => services[other]?.networks.includes(network)) ?? false;

it('Prometheus of the compose file reaches all that it asks and tells', () => {
  const all = [...jobs.flatMap(asked), ...alerting.alertmanagers.flatMap(targetsOf)];
  expect(all.filter((address) => !share('prometheus', hostOf(address)))).toEqual([]);
  const probed = jobs.filter(({ params }) => params);
  expect(probed.map(targetsOf)).toEqual([['http://gateway:8000/jw-certs']]);
  expect(share('blackbox', 'gateway')).toBe(true);
});

it('Prometheus of the compose file scrapes every process of the service once, at its management port', () => {
  const ours = Object.entries(services).filter(([, { environment }]) => /api|worker/.test(environment?.RUN_MODE ?? ''));
  const scraped = jobs.flatMap(asked).filter((address) => /^(api|worker)/.test(address));
  expect(scraped.toSorted()).toEqual(
    ours.map(([name, { environment }]) => `${name}:${environment?.MANAGEMENT_PORT}`).toSorted(),
  );
});
