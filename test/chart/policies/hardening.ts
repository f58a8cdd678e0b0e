import { isDeepStrictEqual } from 'node:util';
import { container, eachContainer, eachWorkload, type Policy, workload } from '../support/policy.js';

const NOBODY = 65_532;
/** What the contract with the platform gives API and worker. */
const RESOURCES = { requests: { cpu: '200m', memory: '512Mi' }, limits: { cpu: '1', memory: '1Gi' } };

/** What the context of a pod is, and that of a container: neither more nor less. */
const POD = {
  runAsNonRoot: true,
  runAsUser: NOBODY,
  runAsGroup: NOBODY,
  fsGroup: NOBODY,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};
const CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
};

/** Where two contexts differ, field by field. */
function differences(actual: object = {}, wanted: object): string[] {
  const [is, should] = [actual, wanted].map((one) => one as Record<string, unknown>);
  const fields = new Set([...Object.keys(actual), ...Object.keys(wanted)]);
  return [...fields].flatMap((field) =>
    isDeepStrictEqual(is?.[field], should?.[field]) ? [] : [`${field} is ${JSON.stringify(is?.[field])}`],
  );
}

const unprivileged: Policy = {
  rule: 'pods run as nobody, under the seccomp profile of the runtime, and have nothing of their node',
  breaches: eachWorkload(({ spec }) => [
    ...differences(spec.securityContext, POD),
    (spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC) !== undefined && 'shares a namespace of its node',
    spec.volumes?.some(({ hostPath }) => hostPath !== undefined) === true && 'mounts a folder of its node',
    spec.enableServiceLinks !== false && 'reads names of Services where settings are read',
  ]),
  plants: {
    'runAsNonRoot: false': (all) => delete workload(all, 'api').spec.securityContext?.runAsNonRoot,
    'another user': (all) => Object.assign(workload(all, 'worker').spec.securityContext ?? {}, { runAsUser: 0 }),
    'no seccomp': (all) => delete workload(all, 'migrate').spec.securityContext?.seccompProfile,
    'the network of the node': (all) => Object.assign(workload(all, 'api').spec, { hostNetwork: true }),
    'a hostPath': (all) =>
      workload(all, 'api').spec.volumes?.push({ name: 'host', hostPath: { path: '/var/run/docker.sock' } }),
  },
};

const confined: Policy = {
  rule: 'containers have a read-only root, no way to more privileges and no capability',
  breaches: eachContainer(({ securityContext }) => differences(securityContext, CONTAINER)),
  plants: {
    'a root to write to': (all) => delete container(all, 'api').securityContext?.readOnlyRootFilesystem,
    'more privileges': (all) => delete container(all, 'worker').securityContext?.allowPrivilegeEscalation,
    'a capability kept': (all) => delete container(all, 'migrate').securityContext?.capabilities,
    'a container without a context': (all) => delete container(all, 'keys').securityContext,
  },
};

const images: Policy = {
  rule: 'every image is ours, by a tag that is not latest or by a digest',
  breaches: (rendering) => {
    const { repository } = rendering.values['image'] as { repository: string };
    return eachContainer(({ image = '' }) => [
      !image.startsWith(`${repository}:`) && !image.startsWith(`${repository}@sha256:`) && `${image} is not ours`,
      /:latest$|:$/.test(image) && `${image} says nothing of its version`,
    ])(rendering);
  },
  plants: {
    'an image of others': (all) => Object.assign(container(all, 'migrate'), { image: 'busybox:1.37' }),
    latest: (all) => Object.assign(container(all, 'api'), { image: `${all.values['image'].repository}:latest` }),
    'no tag': (all) => Object.assign(container(all, 'api'), { image: all.values['image'].repository }),
  },
};

const tokens: Policy = {
  rule: 'the token of Kubernetes is mounted where the Secret of the keys is written, and nowhere else',
  breaches: eachWorkload(({ component, spec }, { values }) => {
    const { access } = values['keys'] as { access: { enabled: boolean; fromApiPods: boolean } };
    const wants = component === 'keys' || (component === 'api' && access.enabled && access.fromApiPods);
    return [
      spec.automountServiceAccountToken !== wants && (wants ? 'has no token' : 'has a token that it does not need'),
      wants && spec.serviceAccountName === 'default' && 'shares its rights with the namespace',
    ];
  }),
  plants: {
    'a token for the worker': (all) =>
      Object.assign(workload(all, 'worker').spec, { automountServiceAccountToken: true }),
    'said nowhere': (all) => delete workload(all, 'migrate').spec.automountServiceAccountToken,
  },
};

const resources: Policy = {
  rule: 'every container asks for something and has a limit; API and worker as the platform expects',
  breaches: eachContainer(({ name, resources: own }) => [
    !(own?.requests?.['cpu'] && own.requests['memory']) && 'asks for nothing',
    !own?.limits?.['memory'] && 'has no limit of memory, from which the heap is sized',
    ['api', 'worker'].includes(name) &&
      JSON.stringify(own) !== JSON.stringify({ limits: RESOURCES.limits, requests: RESOURCES.requests }) &&
      `has ${JSON.stringify(own)}`,
  ]),
  plants: {
    'no limit': (all) => delete container(all, 'keys').resources?.limits,
    'another request': (all) => Object.assign(container(all, 'api').resources?.requests ?? {}, { cpu: '100m' }),
  },
};

export const HARDENING = [unprivileged, confined, images, tokens, resources];
