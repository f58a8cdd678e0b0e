/** Prometheus' text of a service, as its management port gives it. */
export async function scrape(managementOrigin: string): Promise<string> {
  const response = await fetch(`${managementOrigin}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return await response.text();
}

/**
 * The value of one series.
 * @param series its name, with its labels as they are written: `identity_dependency_up{dependency="redis"}`
 */
export async function readMetric(managementOrigin: string, series: string): Promise<number> {
  const line = (await scrape(managementOrigin)).split('\n').find((text) => text.startsWith(`${series} `));
  if (line === undefined) throw new Error(`there is no ${series} in /metrics`);
  return Number(line.slice(series.length + 1));
}
