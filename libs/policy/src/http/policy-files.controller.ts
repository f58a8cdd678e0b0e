import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, CurrentPrincipal, IDS_AWAY, Permission, type Principal } from '@platform/http';
import { ExportPolicies } from '../application/exchange/export-policies.js';
import { ImportPolicies } from '../application/exchange/import-policies.js';
import { toActor } from './answers.js';
import { CANNOT_GRANT, LAST_ADMINISTRATOR } from './problems.js';
import { EXPORTED, policyFormatSchema, policyImportResultSchema, policyImportSchema } from './schemas.js';

const AREA = 'identity.policies';
const TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' };

/** Declared before the controller of single definitions, whose `:id` would take `export` for an id. */
@ApiTags('admin')
@Controller('admin/policies')
export class PolicyFilesController {
  constructor(
    private readonly exportPolicies: ExportPolicies,
    private readonly importPolicies: ImportPolicies,
  ) {}

  @Get('export')
  @Permission(AREA, 'read')
  @ApiOperation({
    operationId: 'exportPolicies',
    summary: 'All definitions as a file',
    description: `What an import takes. Cells of CSV are written as they are: a spreadsheet must open them as text, or one
that begins with \`=\`, \`+\`, \`-\` or \`@\` would be a formula to it.`,
  })
  @ApiOkResponse({
    description: 'The file.',
    headers: { 'Content-Disposition': { description: 'Its name.', schema: { type: 'string' } } },
    content: EXPORTED,
  })
  async export(
    @Query({ schema: policyFormatSchema }) { format }: z.infer<typeof policyFormatSchema>,
  ): Promise<StreamableFile> {
    const pieces = this.exportPolicies.execute(format);
    // A database that is away must be told by a status: once the first rows are here, the answer begins.
    const first = [await pieces.next(), await pieces.next()].flatMap(({ value }) => value ?? []);
    const file = Readable.from(rest(first, pieces), { objectMode: false });
    const disposition = `attachment; filename="policies.${format}"`;
    return new StreamableFile(file, { type: TYPES[format], disposition });
  }

  @Post('import')
  @HttpCode(200)
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'importPolicies',
    summary: 'Write the definitions of a file',
    description: `All of them or none; those that are there already are left as they are. Up to 20 faults are told, by
line (\`lines.17.action\`) or item (\`items.3.action\`). A role or permission may be named by \`targetName\` or
\`subjectName\`, which counts before an id. A body holds 64 KiB; more than that is for \`identity policies import\`.`,
  })
  @ApiOkResponse({ description: 'All of them stand.', standardSchema: policyImportResultSchema })
  @ApiProblems(CANNOT_GRANT, LAST_ADMINISTRATOR, IDS_AWAY)
  async import(
    @Body({ schema: policyImportSchema }) file: z.infer<typeof policyImportSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof policyImportResultSchema>> {
    return await this.importPolicies.execute(file, toActor(principal));
  }
}

async function* rest(first: string[], pieces: AsyncGenerator<string>): AsyncGenerator<string> {
  yield* first;
  yield* pieces;
}
