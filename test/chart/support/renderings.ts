import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { parse as parseYaml } from 'yaml';
import { CHART, type Manifest, type Release, render } from './helm.js';
import { EVERYTHING, MATRIX, MINIMAL } from './matrix.js';

/** Values as the chart sees them: those of a release over its own. */
export interface Values {
  // oxlint-disable-next-line typescript/no-explicit-any -- values.schema.json holds their types
  [name: string]: any;
}

/** An object with the template that made it, by its path in `templates/`. */
export interface Rendered {
  template: string;
  object: Manifest;
}

/** A release as Helm renders it. */
export interface Rendering {
  name: string;
  release: string;
  values: Values;
  objects: Manifest[];
}

/** Pods that an object of the release makes. */
export interface Workload {
  owner: Manifest;
  component: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: IPodSpec;
  containers: IContainer[];
}

const known = new Map<string, Rendered[]>();

/** The objects of a release with the templates they come from; Helm renders each set of values once. */
export function renderedOf(release: Release, name = 'identity'): Rendered[] {
  const key = JSON.stringify([release, name]);
  const rendered = known.get(key) ?? parsed(render(release, name));
  known.set(key, rendered);
  return rendered;
}

function parsed(text: string): Rendered[] {
  return text.split(/^---$/m).flatMap((document) => {
    const object = parseYaml(document) as Manifest | null;
    const template = /^# Source: identity\/templates\/(?<template>\S+)$/m.exec(document)?.groups?.['template'] ?? '';
    return object === null ? [] : [{ template, object }];
  });
}

/** What one template renders. `values` come over the least that can be installed, or over `release`. */
export function from(template: string, values: object = {}, release = MINIMAL): Manifest[] {
  const merged = merge(release.values ?? {}, values);
  return renderedOf({ ...release, values: merged }).flatMap((one) => (one.template === template ? [one.object] : []));
}

/** The one object that a template renders. @throws Error when there is none, or another */
export function only(template: string, values: object = {}, release = MINIMAL): Manifest {
  const [object, ...others] = from(template, values, release);
  if (!object || others.length > 0) throw new Error(`${template} rendered ${others.length + (object ? 1 : 0)} objects`);
  return object;
}

/** Objects merge, all else is replaced, as Helm does it. */
function merge(under: Values, over: Values): Values {
  const merged: Values = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const both = [under[key], value].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
    merged[key] = both ? merge(under[key] as Values, value as Values) : value;
  }
  return merged;
}

/** All values of a release, the chart's own included. */
export function valuesOf({ files, values = {} }: Release): Values {
  const read = (file: string) => (parseYaml(readFileSync(join(CHART, file), 'utf8')) ?? {}) as Values;
  return [...['values.yaml', ...files].map(read), values].reduce(merge, {});
}

/** A release as it renders. */
export function renderingOf(name: string, release: Release, as = 'identity'): Rendering {
  const objects = renderedOf(release, as).map(({ object }) => object);
  return { name, release: as, values: valuesOf(release), objects };
}

/** The whole matrix. */
export function renderings(): Rendering[] {
  return Object.entries(MATRIX).map(([name, release]) => renderingOf(name, release));
}

/** Everything switched on; a copy that a test may change. */
export function everything(): Rendering {
  return structuredClone(renderingOf('everything', EVERYTHING));
}

/** Objects of some kinds. */
export function ofKind({ objects }: Pick<Rendering, 'objects'>, ...kinds: string[]): Manifest[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

/** How messages name an object. */
export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}

interface Template {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: IPodSpec;
}

/** All pods of a release. */
export function workloads(rendering: Pick<Rendering, 'objects'>): Workload[] {
  return ofKind(rendering, 'Deployment', 'Job', 'CronJob').map((owner) => {
    const { metadata, spec } = (
      owner.kind === 'CronJob' ? owner['spec'].jobTemplate.spec.template : owner['spec'].template
    ) as Template;
    return {
      owner,
      component: metadata?.labels?.['app.kubernetes.io/component'] ?? '',
      labels: metadata?.labels ?? {},
      annotations: metadata?.annotations ?? {},
      spec,
      containers: [...(spec.initContainers ?? []), ...spec.containers],
    };
  });
}

/** A selector of labels as Kubernetes has it; Cilium's too. */
export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Whether pods with these labels are meant. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Record<string, string>,
): boolean {
  const all = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return all && matchExpressions.every(({ key, values = [] }) => values.includes(labels[key] ?? ''));
}
