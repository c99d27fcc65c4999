import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { BlobRef } from '#libs/contracts';
import { AccessLog } from '#libs/shared/access';
import { assertNever } from '#libs/shared/domain';
import { asActor, type Caller, CurrentCaller, notFound, Roles } from '#libs/shared/http';
import { Vault } from '#libs/vault';
import { ledgerOf, patientOf, type RecordState } from './domain/record.js';
import { RECORDS, type RecordCases } from './record.cases.js';

@ApiTags('normalization')
@ApiBearerAuth()
@Controller('normalization/transfers')
export class RecordController {
  constructor(
    @Inject(RECORDS) private readonly records: RecordCases,
    private readonly vault: Vault,
    private readonly accesses: AccessLog,
  ) {}

  @Get(':id/report')
  @Roles('records-staff', 'reviewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'The ledger of a conversion: every source statement is kept or listed as lost, with the reason. The look is recorded.',
  })
  async report(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<unknown> {
    const found = z.uuid().safeParse(id).success ? await this.records.load(id) : undefined;
    if (!found || found.state.status === 'absent') throw notFound();
    const patientId = patientOf(found.state);
    await this.accesses.record({
      action: 'read',
      object: { kind: 'transfer', id },
      ...(patientId === undefined ? {} : { patientId }),
      actor: asActor(caller),
    });
    const ledger = ledgerOf(found.state);
    return { transferId: id, ...shown(found.state), ...(ledger === undefined ? {} : { ledger: await this.open(ledger) }) };
  }

  private async open(ledger: BlobRef): Promise<unknown> {
    return JSON.parse(Buffer.from(await this.vault.open(ledger)).toString('utf8'));
  }
}

function shown(state: RecordState): Record<string, unknown> {
  switch (state.status) {
    case 'refused':
      return { state: state.status, reason: state.reason, documentId: state.documentId };
    case 'normalized':
      return { state: state.status, summary: state.summary };
    case 'withdrawn':
      return { state: state.status, how: state.how };
    case 'absent':
    case 'converting':
    case 'held':
      return { state: state.status };
    default:
      return assertNever(state);
  }
}
