import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { PolicyDefinitions, type PolicyRecord } from '../policy-definitions.js';
import { COLUMNS, type PolicyFormat, toFileItem } from './policy-file.js';

const BATCH = 1000;

/**
 * All definitions as a file that an import takes. Cells are written as they are, also those that begin with `=`, `+`,
 * `-` or `@`: a changed one would be another definition when it comes back. A spreadsheet must open it as text.
 */
@Injectable()
export class ExportPolicies {
  constructor(private readonly definitions: PolicyDefinitions) {}

  /**
   * Piece by piece: as much memory for a million as for a thousand.
   * @throws DomainError `database.unavailable`, at any piece
   */
  async *execute(format: PolicyFormat): AsyncGenerator<string> {
    yield format === 'csv' ? stringify([[...COLUMNS]]) : '[';
    let isFirst = true;
    for await (const records of this.batches()) {
      yield format === 'csv' ? toCsv(records) : toJson(records, isFirst);
      isFirst = false;
    }
    if (format === 'json') yield '\n]\n';
  }

  private async *batches(): AsyncGenerator<PolicyRecord[]> {
    let after: string | undefined;
    for (;;) {
      const records = await this.definitions.page({}, { after, limit: BATCH });
      if (records.length > 0) yield records;
      after = records.at(-1)?.id;
      if (records.length < BATCH) return;
    }
  }
}

function toJson(records: PolicyRecord[], isFirst: boolean): string {
  return `${isFirst ? '' : ','}\n${records.map((record) => JSON.stringify(toFileItem(record))).join(',\n')}`;
}

function toCsv(records: PolicyRecord[]): string {
  return stringify(
    records.map((record) => {
      const { metadata, ...cells } = toFileItem(record);
      return { ...cells, metadata: metadata === null ? '' : JSON.stringify(metadata) };
    }),
    { columns: [...COLUMNS] },
  );
}
