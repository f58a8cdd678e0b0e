import type { Outcome } from '../programs.js';
import type { Parsed } from './call.js';
import { type Cluster, said } from './cluster.js';

type Getter = (call: Pick<Parsed, 'words' | 'flags'>, cluster: Cluster) => Outcome;

const selectorOf = ({ l }: Parsed['flags']) => l?.[0] ?? '';

const GETTERS: Record<string, Getter> = {
  events: () => said('LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n'),
  pods: ({ flags }, { chart, deployments }) => {
    const owners = chart.selected('Pod', selectorOf(flags)).map(({ metadata }) => deployments[metadata.name]!);
    return said(owners.flatMap(({ pods }) => pods.map((pod) => `${pod.name}   1/1   Running\n`)).join(''));
  },
  endpointslices: ({ flags }, { chart }) => {
    chart.object('Service', /^kubernetes\.io\/service-name=(.+)$/.exec(selectorOf(flags))?.[1] ?? '');
    return said('NAME   PORTS\n');
  },
  secret: (call, cluster) => {
    const [, name] = call.words;
    if (name !== undefined) return secret(name, call.flags['o']?.[0], cluster);
    const found = cluster.chart.selected('ExternalSecret', selectorOf(call.flags));
    return said(found.map(({ metadata }) => `${metadata.name}\n`).join(''));
  },
};

/** `kubectl get`. */
export const get: Getter = (call, cluster) => {
  const getter = GETTERS[call.words[0] ?? ''];
  if (!getter) throw new Error(`the stand-in knows no get ${call.words[0]}`);
  return getter(call, cluster);
};

function secret(name: string, output: string | undefined, { chart, secrets }: Cluster): Outcome {
  chart.secret(name);
  const data = secrets.get(name);
  if (!data) return { code: 1, out: '', err: `Error from server (NotFound): secrets "${name}" not found\n` };
  if (output === undefined) return said(`${name}   Opaque   ${Object.keys(data).length}\n`);
  const key = /^jsonpath=\{\.data\.((?:[\w-]|\\\.)+)\}$/.exec(output)?.[1]?.replaceAll('\\.', '.') ?? '';
  return said(Buffer.from(data[key] ?? '').toString('base64'));
}
