import { Inject, Injectable } from '@nestjs/common';
import { LIMIT_CODES, type LimitFault, type Limits, limitsOf, SETTINGS, type Settings } from '@platform/config';
import { LimitRows } from './limit-rows.js';
import { readLimits } from './read-limits.js';

/** One limit: what the settings say, and what holds. */
export interface ListedLimit {
  /** The row that tightens it, or may. */
  configuration: LimitFault['code'];
  /** Such as `phone-auth.dailyQuota`, as the row names it. */
  limit: string;
  setting: number;
  inForce: number;
}

/** Tells which limits hold now. The settings are those of this process, so it is to run where the service runs. */
@Injectable()
export class ListLimits {
  constructor(
    private readonly rows: LimitRows,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'otp' | 'signIn'>,
  ) {}

  /**
   * @returns every limit, and what the rows hold that counts for nothing
   * @throws DomainError `database.unavailable`
   */
  async execute(): Promise<{ limits: ListedLimit[]; faults: LimitFault[] }> {
    const settings = limitsOf(this.settings);
    const { limits, faults } = await readLimits(this.rows, settings);
    const inForce = named(limits);
    const listed = [...named(settings)].map(([key, { configuration, limit, value }]) => {
      return { configuration, limit, setting: value, inForce: inForce.get(key)?.value ?? value };
    });
    return { limits: listed, faults };
  }
}

type Named = Pick<ListedLimit, 'configuration' | 'limit'> & { value: number };

/** Each number of the limits by the name that a row has for it. */
function named({ otp, sms, signIn }: Limits): Map<string, Named> {
  const of = (configuration: LimitFault['code'], tree: object) =>
    leaves(tree).map(([limit, value]) => [`${configuration} ${limit}`, { configuration, limit, value }] as const);
  return new Map([...of(LIMIT_CODES.otp, { ...otp, sms }), ...of(LIMIT_CODES.signIn, signIn)]);
}

function leaves(tree: object): [path: string, value: number][] {
  return Object.entries(tree).flatMap(([name, value]: [string, number | object]) =>
    typeof value === 'number'
      ? [[name, value] as [string, number]]
      : leaves(value).map(([path, leaf]): [string, number] => [`${name}.${path}`, leaf]),
  );
}
