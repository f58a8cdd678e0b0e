import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, poll, projectRoot } from '@platform/testing';
import { compress } from './compress.js';
import { runTool, type Tool } from './run-tool.js';
import { Webhook } from './webhook.js';

export const RULES = join(projectRoot(), 'helm/identity/files/alerts/identity.rules.yaml');
/** As Prometheus adds it to its targets in Kubernetes. */
const NAMESPACE = 'live';

/** A series and its value. */
interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** What Prometheus says of an alert. */
interface AlertRule {
  name: string;
  state: 'inactive' | 'pending' | 'firing';
  health: string;
}

/** Prometheus, Alertmanager and the blackbox exporter around a service, and whom they tell. */
export interface Monitoring {
  webhook: Webhook;
  /** One query, now. @throws Error with what Prometheus has against it */
  query(expression: string): Promise<Sample[]>;
  alertRules(): Promise<AlertRule[]>;
  /** How often the rules were evaluated so far. */
  evaluations(): Promise<number>;
  stop(): Promise<void>;
}

/** Addresses to scrape, by what answers there, and the one to probe. */
interface Watched {
  api: string;
  worker: string;
  jwks: string;
}

/** Starts them all; they scrape and evaluate each second. */
export async function startMonitoring(folder: string, watched: Watched): Promise<Monitoring> {
  const webhook = await Webhook.start();
  const tools: Tool[] = [];
  const stop = async () => {
    await Promise.all(tools.map((tool) => tool.stop()));
    await webhook.stop();
  };
  try {
    const alertmanager = await startAlertmanager(folder, webhook.url);
    tools.push(alertmanager);
    const blackbox = await startBlackbox(folder);
    tools.push(blackbox);
    const prometheus = await startPrometheus(folder, { ...watched, alertmanager, blackbox });
    tools.push(prometheus);
    return { webhook, stop, ...asked(prometheus.origin) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function asked(origin: string): Pick<Monitoring, 'query' | 'alertRules' | 'evaluations'> {
  const ask = async <Data>(path: string): Promise<Data> => {
    const answer = (await (await fetch(`${origin}/api/v1/${path}`)).json()) as { data: Data; error?: string };
    if (answer.error !== undefined) throw new Error(`${decodeURIComponent(path)}: ${answer.error}`);
    return answer.data;
  };
  const query = async (expression: string) =>
    (await ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)).result;
  return {
    query,
    alertRules: async () =>
      (await ask<{ groups: { rules: AlertRule[] }[] }>('rules?type=alert')).groups.flatMap(({ rules }) => rules),
    evaluations: async () => {
      const text = await (await fetch(`${origin}/metrics`)).text();
      return Number(/^prometheus_rule_group_iterations_total\{[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
    },
  };
}

/** Waits until the rules have been evaluated so many times more. */
export async function evaluated(monitoring: Monitoring, times: number): Promise<void> {
  const before = await monitoring.evaluations();
  await poll(`${times} evaluations`, 60, async () => (await monitoring.evaluations()) >= before + times || undefined);
}

/** JSON is YAML. */
function write(folder: string, name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

async function startAlertmanager(folder: string, webhookUrl: string): Promise<Tool> {
  const port = await freePort();
  const config = write(folder, 'alertmanager.yml', {
    route: { receiver: 'test', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h' },
    receivers: [{ name: 'test', webhook_configs: [{ url: webhookUrl, send_resolved: true }] }],
  });
  const data = `--storage.path=${join(folder, 'alertmanager')}`;
  const address = `--web.listen-address=127.0.0.1:${port}`;
  return await runTool('alertmanager', [`--config.file=${config}`, data, address, '--cluster.listen-address='], {
    port,
    readyPath: '/-/ready',
    logFile: join(folder, 'alertmanager.log'),
  });
}

async function startBlackbox(folder: string): Promise<Tool> {
  const port = await freePort();
  const config = join(projectRoot(), 'docker/prometheus/blackbox.yaml');
  return await runTool(
    'prometheus-blackbox-exporter',
    [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`],
    { port, readyPath: '/-/healthy', logFile: join(folder, 'blackbox.log') },
  );
}

async function startPrometheus(
  folder: string,
  { api, worker, jwks, alertmanager, blackbox }: Watched & { alertmanager: Tool; blackbox: Tool },
): Promise<Tool> {
  const port = await freePort();
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/identity.rules.yaml'), compress(readFileSync(RULES, 'utf8')));
  const host = (origin: string) => new URL(origin).host;
  const target = (origin: string) => [{ targets: [host(origin)], labels: { namespace: NAMESPACE } }];
  const config = write(folder, 'prometheus.yml', {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules/*.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [host(alertmanager.origin)] }] }] },
    scrape_configs: [
      { job_name: 'api', static_configs: target(api) },
      { job_name: 'worker', static_configs: target(worker) },
      {
        job_name: 'jwks',
        metrics_path: '/probe',
        params: { module: ['jwks'], target: [jwks] },
        static_configs: target(blackbox.origin),
        relabel_configs: [{ target_label: 'instance', replacement: jwks }],
      },
    ],
  });
  return await runTool(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { port, readyPath: '/-/ready', logFile: join(folder, 'prometheus.log') },
  );
}
