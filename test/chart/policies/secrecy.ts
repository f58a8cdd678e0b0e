import type { IContainer, IEnvVar, IVolume } from 'kubernetes-models/v1';
import { container, eachContainer, eachWorkload, type Policy, workload } from '../support/policy.js';
import { nameOf, ofKind, type Rendering, workloads } from '../support/renderings.js';

/** What a secret looks like. */
const SECRETS: [what: string, pattern: RegExp][] = [
  ['an address with a password', /\w+:\/\/[^\s/@]*:[^\s/@]+@/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a token', /\beyJ[\w-]{10,}\.[\w-]+\./],
  ['32 bytes in base64', /(?<![\w+/])[\w+/-]{43}=(?![\w=])/],
  ['credentials of a header', /\b(basic|bearer) [\w+/.=-]{8,}/i],
];
/** Names of variables whose value would be a secret; those of settings hold numbers or paths. */
const SECRET_NAME = /PASSWORD|PASSWD|SECRET|CREDENTIAL|TOKEN|PEPPER|PRIVATE|API_?KEY|_KEY$|DATABASE_URL|REDIS_URL/;

const isHarmless = (value: string) => /^\d+$|^\/|^auto$|^(true|false)$/.test(value);

const plain: Policy = {
  rule: 'nothing that looks like a secret stands in a manifest, and no Secret is rendered',
  breaches: (rendering) => [
    ...ofKind(rendering, 'Secret').map((object) => `${nameOf(object)} stands in the release`),
    ...rendering.objects.flatMap((object) =>
      SECRETS.filter(([, pattern]) => pattern.test(JSON.stringify(object))).map(
        ([what]) => `${nameOf(object)} holds ${what}`,
      ),
    ),
    ...eachContainer(({ env = [] }) =>
      env.map(
        ({ name, value }) =>
          SECRET_NAME.test(name) && value !== undefined && !isHarmless(value) && `${name} has its value in plain`,
      ),
    )(rendering),
  ],
  plants: {
    'an address with a password': (all) =>
      container(all, 'api').env?.push({ name: 'PROXY', value: 'http://user:word@proxy:3128' }),
    'a password': (all) => container(all, 'worker').env?.push({ name: 'SMTP_PASSWORD', value: 'word' }),
    'a pepper in an argument': (all) =>
      container(all, 'keys').args?.push('--pepper=q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA='),
    'a Secret': (all) =>
      all.objects.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'planted' }, stringData: { a: 'b' } }),
  },
};

interface Target {
  metadata: { name: string };
  spec: { target: { name: string }; data?: { secretKey: string }[] };
}

/** Secrets that External Secrets make for the release: their keys by their names; no list where all come whole. */
function made(rendering: Rendering): Map<string, string[] | undefined> {
  const targets = ofKind(rendering, 'ExternalSecret') as unknown as Target[];
  return new Map(targets.map(({ spec }) => [spec.target.name, spec.data?.map(({ secretKey }) => secretKey)]));
}

const keysOf = ({ secret }: IVolume) => secret?.items?.map(({ key }) => key) ?? [];

const provided: Policy = {
  rule: 'where External Secrets make the Secrets, each that is read is made, with the keys that are read',
  breaches: (rendering) => {
    if (ofKind(rendering, 'ExternalSecret').length === 0) return [];
    const known = made(rendering);
    const { extraEnv, keys, externalSecrets } = rendering.values;
    const foreign = new Set((extraEnv as IEnvVar[]).map(({ name }) => name));
    const lacks = (secret: string, wanted: string[]): string[] => {
      if (!known.has(secret)) return [`nothing makes ${secret}`];
      return wanted
        .filter((key) => !(known.get(secret) ?? wanted).includes(key))
        .map((key) => `${secret} lacks ${key}`);
    };
    return eachWorkload(({ containers, spec }) => [
      ...containers.flatMap(({ env = [] }) =>
        env.flatMap(({ name, valueFrom }) => {
          const ref = valueFrom?.secretKeyRef;
          return ref && !foreign.has(name) ? lacks(ref.name ?? '', [ref.key]) : [];
        }),
      ),
      ...(spec.volumes ?? []).flatMap((volume) => {
        const written = volume.name === 'keys' && externalSecrets.keys.remoteKey === '';
        return volume.secret && !written ? lacks(volume.secret.secretName ?? '', keysOf(volume)) : [];
      }),
      keys.rotation.enabled && externalSecrets.keys.remoteKey !== '' && 'keys are written by two',
    ])(rendering);
  },
  plants: {
    'a Secret that nothing makes': (all) => {
      const [first] = ofKind(all, 'ExternalSecret');
      all.objects.splice(first ? all.objects.indexOf(first) : 0, 1);
    },
    'a key that is not made': (all) =>
      ofKind(all, 'ExternalSecret').forEach((object) => (object['spec'].data as unknown[]).pop()),
  },
};

/** Files of a container by its mounts: whole folders, or those that a volume names. */
function filesOf(one: IContainer, volumes: IVolume[]): { folders: string[]; files: string[] } {
  const mounts = (one.volumeMounts ?? []).map((mount) => ({
    path: mount.mountPath,
    volume: volumes.find(({ name }) => name === mount.name),
  }));
  return {
    folders: mounts.map(({ path }) => path),
    files: mounts.flatMap(({ path, volume }) =>
      (volume?.secret?.items ?? volume?.configMap?.items ?? []).map((item) => `${path}/${item.path}`),
    ),
  };
}

const mounts: Policy = {
  rule: 'Secrets are mounted whole, read-only, never by subPath; a path that a setting names is there',
  breaches: eachWorkload(({ containers, spec, component }) => {
    const { volumes = [] } = spec;
    const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
    const keys = volumes.find(({ name }) => name === 'keys');
    return [
      ...mounted.flatMap((mount) => [
        (mount.subPath ?? mount.subPathExpr) !== undefined && `${mount.mountPath} is never refreshed`,
        mount.readOnly !== true && `${mount.mountPath} can be written to`,
        !volumes.some(({ name }) => name === mount.name) && `${mount.name} is no volume`,
      ]),
      ...volumes.map(({ name }) => !mounted.some((mount) => mount.name === name) && `${name} is mounted nowhere`),
      ...volumes.map(({ name, secret }) => secret?.optional === true && `${name} may be missing`),
      component === 'api' && !keys && 'has no keys',
      keys?.secret?.items !== undefined && 'has but some of the keys',
      ...containers.flatMap((one) => {
        const { folders, files } = filesOf(one, volumes);
        return (one.env ?? []).map(
          ({ name, value = '' }) =>
            /_FILE$|_DIR$|_CERTS$/.test(name) && ![...folders, ...files].includes(value) && `${name} names nothing`,
        );
      }),
    ];
  }),
  plants: {
    'the keys by subPath': (all) => {
      const mount = container(all, 'api').volumeMounts?.find(({ name }) => name === 'keys');
      Object.assign(mount ?? {}, { subPath: 'manifest.json' });
    },
    'some of the keys': (all) => {
      const volume = workload(all, 'api').spec.volumes?.find(({ name }) => name === 'keys');
      Object.assign(volume?.secret ?? {}, { items: [{ key: 'manifest.json', path: 'manifest.json' }] });
    },
    'a file that is not there': (all) => {
      const variable = container(all, 'api').env?.find(({ name }) => name === 'OTP_PEPPER_FILE');
      Object.assign(variable ?? {}, { value: '/run/secrets/identity/pepper' });
    },
    'a folder to write to': (all) => delete container(all, 'worker').volumeMounts?.[0]?.readOnly,
  },
};

const rights: Policy = {
  rule: 'the only right of a pod is to get and update the one Secret of the keys',
  breaches: (rendering) => {
    const keys = workloads(rendering).find(({ component }) => component === 'api')?.spec.volumes;
    const secret = keys?.find(({ name }) => name === 'keys')?.secret?.secretName;
    const wanted = [{ apiGroups: [''], resources: ['secrets'], resourceNames: [secret], verbs: ['get', 'update'] }];
    return [
      ...ofKind(rendering, 'ClusterRole', 'ClusterRoleBinding').map((object) => `${nameOf(object)} is of the cluster`),
      ...ofKind(rendering, 'Role')
        .filter((role) => JSON.stringify(role['rules']) !== JSON.stringify(wanted))
        .map((role) => `${nameOf(role)} gives ${JSON.stringify(role['rules'])}`),
    ];
  },
  plants: {
    'all Secrets': (all) => ofKind(all, 'Role').forEach((role) => delete role['rules'][0].resourceNames),
    'one verb more': (all) => ofKind(all, 'Role').forEach((role) => role['rules'][0].verbs.push('delete')),
  },
};

export const SECRECY = [plain, provided, mounts, rights];
