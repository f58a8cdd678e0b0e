import type { IContainer } from 'kubernetes-models/v1';
import { nameOf, type Rendering, type Workload, workloads } from './renderings.js';

/** A rule that every rendering keeps. */
export interface Policy {
  rule: string;
  /** What breaks it, each with the object's name; nothing when all is well. */
  breaches: (rendering: Rendering) => string[];
  /** Ways to break it in a copy of everything switched on, each of which `breaches` has to see. */
  plants: Record<string, (rendering: Rendering) => void>;
}

/** The pods of a component. @throws Error when there are none */
export function workload(rendering: Rendering, component: string): Workload {
  const found = workloads(rendering).find((one) => one.component === component);
  if (!found) throw new Error(`no pods of ${component}`);
  return found;
}

/** Its first container. @throws Error when there is none */
export function container(rendering: Rendering, component: string): IContainer {
  const [first] = workload(rendering, component).spec.containers;
  if (!first) throw new Error(`no container of ${component}`);
  return first;
}

/** Breaches pod by pod. */
export function eachWorkload(check: (one: Workload, rendering: Rendering) => (string | false)[]): Policy['breaches'] {
  return (rendering) =>
    workloads(rendering).flatMap((one) =>
      check(one, rendering).flatMap((fault) => (fault === false ? [] : [`${nameOf(one.owner)}: ${fault}`])),
    );
}

/** Breaches container by container. */
export function eachContainer(check: (one: IContainer, pod: Workload) => (string | false)[]): Policy['breaches'] {
  return eachWorkload((pod) =>
    pod.containers.flatMap((one) => check(one, pod).map((fault) => fault !== false && `${one.name}: ${fault}`)),
  );
}
