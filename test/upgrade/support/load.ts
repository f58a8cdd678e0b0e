import { setTimeout } from 'node:timers/promises';
import { type Answer, Client } from '../../support/client.js';
import { codeJourney } from '../../support/journey.js';

/** What a load came to. */
export interface Loaded {
  journeys: number;
  requests: number;
  /** Whatever was no answer that the journey wants. */
  failures: string[];
  medianMs: number;
  longestMs: number;
}

/** Between two journeys of one person; as many as can be would only wait for each other. */
const PAUSE_MS = 20;

/** Sends each request to the next of some processes, as a balancer does, and notes how long it took. */
class Balanced extends Client {
  private turn = 0;

  constructor(
    private readonly clients: Client[],
    private readonly times: number[],
  ) {
    super('');
  }

  override async send(...request: Parameters<Client['send']>): Promise<Answer> {
    const client = this.clients[this.turn++ % this.clients.length];
    const asked = performance.now();
    const answer = await client!.send(...request);
    this.times.push(performance.now() - asked);
    return answer;
  }
}

/** Who goes through the journey, and how. */
export interface Visitors {
  /** One visitor for each list of processes, who takes turns among them. */
  lanes: Client[][];
  codeOf: (email: string) => Promise<string>;
  /** What a sister asks of the same processes in between. */
  check: (client: Client) => Promise<Answer>;
}

/** Everybody goes through the journey again and again, until `until` has settled and each has been through once more. */
export async function load({ lanes, codeOf, check }: Visitors, until: Promise<unknown>): Promise<Loaded> {
  const [times, failures]: [number[], string[]] = [[], []];
  let isOver = false;
  let journeys = 0;
  const visit = async (clients: Client[]) => {
    const client = new Balanced(clients, times);
    for (let last = false; !last;) {
      last = isOver;
      try {
        await codeJourney(client, codeOf);
        const { status, text } = await check(client);
        if (status !== 200) failures.push(`a check: ${status} ${text}`);
      } catch (error) {
        failures.push((error as Error).message);
      }
      journeys += 1;
      await setTimeout(PAUSE_MS);
    }
  };
  const visiting = lanes.map(visit);
  await until.finally(() => (isOver = true));
  await Promise.all(visiting);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    journeys,
    requests: times.length,
    failures,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    longestMs: sorted.at(-1) ?? 0,
  };
}
