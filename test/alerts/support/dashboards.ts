import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@platform/testing';

interface Panel {
  title: string;
  description?: string;
  panels?: Panel[];
  targets?: { expr: string; legendFormat?: string }[];
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; query: unknown }[] };
}

/** A query of a dashboard, fit to be asked without Grafana, of a service that is a minute old. */
export interface DashboardQuery {
  title: string;
  /** As it stands in the file. */
  shown: string;
  expression: string;
  /** Labels that the legend names. */
  labels: string[];
}

/** What Grafana fills in. */
const VARIABLES: Record<string, string> = { $__rate_interval: '10s', $namespace: '.*', $instance: '.*' };
const VARIABLE = /\$\w+/g;
/** Yesterday, which a service that has just started has not had, and what is shown where there is nothing. */
const LENIENT = / offset \w+| or vector\(0\)$/g;

/** All that a dashboard asks Prometheus for, its variables included. */
export function queriesOf(name: string): DashboardQuery[] {
  const file = join(projectRoot(), `helm/identity/files/dashboards/${name}.json`);
  const { panels, templating } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
  const ofPanels = panels
    .flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat = '' }) => toQuery(title, expr, legendFormat)),
    );
  const ofVariables = templating.list.flatMap(({ name: variable, query }) => {
    const [, metric, label] = /^label_values\((.+), (\w+)\)$/.exec(String(query)) ?? [];
    return metric === undefined ? [] : [toQuery(`$${variable}`, `count by (${label}) (${metric})`, `{{${label}}}`)];
  });
  return [...ofPanels, ...ofVariables];
}

function toQuery(title: string, shown: string, legend: string): DashboardQuery {
  const expression = shown.replace(LENIENT, '').replace(VARIABLE, (variable) => {
    const value = VARIABLES[variable];
    if (value === undefined) throw new Error(`${title} uses ${variable}, which nobody fills in`);
    return value;
  });
  const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  return { title, shown, expression, labels };
}
