import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './helm.js';

/** Where the types of an API group and version are. What is missing here fails the test that meets it. */
const MODELS: Record<string, string> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'autoscaling/v2': 'kubernetes-models/autoscaling/v2',
  'batch/v1': 'kubernetes-models/batch/v1',
  'networking.k8s.io/v1': 'kubernetes-models/networking.k8s.io/v1',
  'policy/v1': 'kubernetes-models/policy/v1',
  'rbac.authorization.k8s.io/v1': 'kubernetes-models/rbac.authorization.k8s.io/v1',
  'cilium.io/v2': '@kubernetes-models/cilium/cilium.io/v2',
  'external-secrets.io/v1': '@kubernetes-models/external-secrets/external-secrets.io/v1',
  'gateway.networking.k8s.io/v1': '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1',
  'keda.sh/v1alpha1': '@kubernetes-models/keda/keda.sh/v1alpha1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
  'traefik.io/v1alpha1': '@kubernetes-models/traefik/traefik.io/v1alpha1',
};

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/** A program with each object as a literal of its type: TypeScript refuses a key there that the type does not have. */
function programOf(objects: Manifest[]): string {
  return objects
    .map((object, at) => {
      const model = MODELS[object.apiVersion];
      if (model === undefined) throw new Error(`no types are known for ${object.apiVersion} ${object.kind}`);
      const type = `import('${model}/${object.kind}').I${object.kind}`;
      return `export const object${at}: ${type} = ${JSON.stringify(object, null, 1)};`;
    })
    .join('\n');
}

/**
 * What TypeScript says of manifests.
 * @param programs objects by a name of their own; all are compiled at once, since the types take longest to read
 * @returns for each name the messages, each with the line of the manifest that it is about
 */
export function typeFaults(programs: Record<string, Manifest[]>): Record<string, string[]> {
  const texts = new Map(
    Object.entries(programs).map(([name, objects], at) => [
      join(import.meta.dirname, `rendered-${at}.ts`),
      { name, text: programOf(objects) },
    ]),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path)?.text ?? readFile(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = texts.get(path)?.text;
    return text === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, text, languageVersion);
  };
  const program = ts.createProgram([...texts.keys()], OPTIONS, host);
  return Object.fromEntries([...texts].map(([path, { name }]) => [name, faultsOf(program, path)]));
}

function faultsOf(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((fault) => {
    const line = file && fault.start !== undefined ? file.getLineAndCharacterOfPosition(fault.start).line : 0;
    return `${file?.text.split('\n')[line]?.trim()}: ${ts.flattenDiagnosticMessageText(fault.messageText, '\n')}`;
  });
}
