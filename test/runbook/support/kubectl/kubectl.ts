import type { Call, Outcome } from '../programs.js';
import { type Parsed, parseCall } from './call.js';
import { patch, put } from './changes.js';
import type { Cluster } from './cluster.js';
import { get } from './get.js';
import { deletePod, exec, forward, logs, rollout, scale } from './pods.js';

type Verb = (parsed: Parsed, cluster: Cluster, call: Call) => Outcome | Promise<Outcome>;

const VERBS: Record<string, Verb> = {
  get,
  logs,
  rollout,
  scale,
  delete: deletePod,
  'port-forward': forward,
  exec: (parsed, cluster, { input }) => exec(parsed, input, cluster),
  patch: (parsed, cluster, { input }) => patch(parsed, input, cluster),
  create: (parsed, cluster, { input, cwd }) => put(parsed, input, cwd, cluster),
  replace: (parsed, cluster, { input, cwd }) => put(parsed, input, cwd, cluster),
};

/** `kubectl` as far as the runbook needs it: names are those of the chart, and what is done is done to processes here. */
export async function kubectl(call: Call, cluster: Cluster): Promise<Outcome> {
  const parsed = parseCall(call.args);
  return await VERBS[parsed.verb]!(parsed, cluster, call);
}
