import { median, round3 } from '../support/rounds.ts';
import type { Sample } from './sample.ts';

/** One question that the run answers. */
export interface Finding {
  what: string;
  seen: string;
  limit: string;
  isMet: boolean;
}

/** What is no figure of a sample. */
export interface Ending {
  minutes: number;
  calls: number;
  unavailable: number;
  unexpected: number;
  examples: string[];
  errorLines: string[];
  lastingKeys: string[];
}

/** A slope is judged once V8 and its caches have grown to their size: of the last half of a run that is long enough. */
export const LEAST_MINUTES = 10;
/** More than noise of V8's collections leaves over some minutes, and less than what fills a container within a day. */
export const MAX_SLOPE = 2;
export const MAX_MIB = 384;
/** In 10,000 calls: none by itself, but a machine that is held up for a second makes a 503 of a statement that comes late. */
const MOST_UNAVAILABLE = 1;
/** Connections of the load that come and go. */
const FILES = 16;
const CONNECTIONS = 6;
const QUEUED = 50;
/** BullMQ's own keys of two queues. */
const LASTING = 20;
/** Of the median times, from the first third to the last; a millisecond more or less is no drift. */
const DRIFT = 1.5;
const DRIFT_MS = 2;

/** What a figure does in a minute: the median of the slopes between any two points (Theil and Sen), which outliers do not move */
function slope(points: { minute: number; value: number }[]): number {
  const slopes = points.flatMap((one, at) =>
    points.slice(at + 1).map((other) => (other.value - one.value) / (other.minute - one.minute)),
  );
  return slopes.length > 0 ? median(slopes) : 0;
}

/** What a process's memory does over the last half of the samples, in MiB a minute. */
export function memorySlope(samples: Sample[], process: string): number {
  const half = samples.slice(samples.length >> 1);
  return slope(half.map((one) => ({ minute: one.minute, value: one.processes[process]?.residentMib ?? NaN })));
}

/** Everything that a run has to show; what it was too short for is not among it. */
export function judge(samples: Sample[], ending: Ending): Finding[] {
  const names = Object.keys(samples[0]?.processes ?? {});
  return [
    atMost('calls without an answer, or with one of a wrong status', ending.unexpected, 0),
    atMost('answers of 503, in 10,000 calls', (ending.unavailable / ending.calls) * 10_000, MOST_UNAVAILABLE),
    atMost('lines of the logs that tell of an error', ending.errorLines.length, 0),
    ...names.flatMap((name) => ofProcess(samples, ending, name)),
    flat('connections to PostgreSQL', samples, (one) => one.connections, CONNECTIONS),
    atMost(
      'messages that wait for the worker, median of the last third',
      third(samples, 2, (one) => one.queued),
      QUEUED,
    ),
    atMost('keys of Redis that never expire', ending.lastingKeys.length, LASTING),
    ...routesOf(samples).flatMap((route) => drift(samples, route)),
  ];
}

function ofProcess(samples: Sample[], { minutes }: Ending, name: string): Finding[] {
  const most = Math.max(...samples.map((one) => one.processes[name]?.residentMib ?? NaN));
  return [
    atMost(`${name}: most memory`, most, MAX_MIB, 'MiB'),
    ...(minutes < LEAST_MINUTES
      ? []
      : [
          atMost(
            `${name}: slope of its memory over the last half`,
            memorySlope(samples, name),
            MAX_SLOPE,
            'MiB a minute',
          ),
        ]),
    flat(`${name}: open files`, samples, (one) => one.processes[name]?.files ?? NaN, FILES),
  ];
}

/** How much more of something there is in the last third than in the first. */
function flat(what: string, samples: Sample[], figure: (sample: Sample) => number, more: number): Finding {
  const [first, last] = [third(samples, 0, figure), third(samples, 2, figure)];
  return {
    what: `${what}, medians of the first and of the last third`,
    seen: `${round3(first)} and ${round3(last)}`,
    limit: `at most ${more} more`,
    isMet: last - first <= more,
  };
}

/** Every kind of call that there was. */
export function routesOf(samples: Sample[]): string[] {
  return [...new Set(samples.flatMap((one) => Object.keys(one.traffic.routes)))].toSorted();
}

function drift(samples: Sample[], route: string): Finding[] {
  const time = (one: Sample) => one.traffic.routes[route]?.p50 ?? NaN;
  const known = samples.filter((one) => route in one.traffic.routes);
  if (known.length < 3) return [];
  const [first, last] = [third(known, 0, time), third(known, 2, time)];
  return [
    {
      what: `${route}, median time of the first and of the last third`,
      seen: `${round3(first)} and ${round3(last)} ms`,
      limit: `at most ${DRIFT} times as long, or ${DRIFT_MS} ms more`,
      isMet: last <= Math.max(first * DRIFT, first + DRIFT_MS),
    },
  ];
}

function atMost(what: string, figure: number, limit: number, unit = ''): Finding {
  const seen = `${round3(figure)} ${unit}`.trim();
  return { what, seen, limit: `at most ${limit} ${unit}`.trim(), isMet: figure <= limit };
}

/** The median of a figure over the first (0), second or last (2) third. */
export function third(samples: Sample[], which: 0 | 1 | 2, figure: (sample: Sample) => number): number {
  const length = Math.ceil(samples.length / 3);
  const from = which === 2 ? samples.length - length : which * length;
  return median(samples.slice(from, from + length).map(figure));
}
