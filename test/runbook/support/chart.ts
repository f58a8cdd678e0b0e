import { type Manifest, parse, render } from '../../chart/support/helm.js';
import { MATRIX } from '../../chart/support/matrix.js';

/** As test/chart renders it. */
export const NAMESPACE = 'seller';
export const RELEASE = 'identity';

/** A release of production, as the real Helm renders it. */
export class Chart {
  private readonly objects: Manifest[] = parse(render(MATRIX['production']!));

  /** @throws Error when the release has no such object */
  object(kind: string, name: string): Manifest {
    const found = this.objects.find((one) => one.kind === kind && one.metadata.name === name);
    if (!found) throw new Error(`the chart renders no ${kind} ${name}`);
    return found;
  }

  /** @throws Error when nothing of the release uses a Secret of this name */
  secret(name: string): void {
    const texts = this.objects.map((one) => JSON.stringify(one));
    if (
      !texts.some((one) => one.includes(`"secretName":"${name}"`) || one.includes(`"secretKeyRef":{"name":"${name}"`))
    )
      throw new Error(`nothing that the chart renders uses a Secret ${name}`);
  }

  /** The objects of a kind, or the pods of Deployments, that a selector finds. @throws Error when it finds none */
  selected(kind: string, selector: string): Manifest[] {
    const wanted = selector.split(',').map((each) => each.split('='));
    const labels = (one: Manifest) =>
      (kind === 'Pod' ? one['spec']?.template?.metadata?.labels : one.metadata.labels) ?? {};
    const found = this.objects
      .filter((one) => one.kind === (kind === 'Pod' ? 'Deployment' : kind))
      .filter((one) => wanted.every(([name = '', value]) => labels(one)[name] === value));
    if (found.length === 0) throw new Error(`nothing that the chart renders is a ${kind} with ${selector}`);
    return found;
  }
}
