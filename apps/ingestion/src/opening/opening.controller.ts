import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Caller, CurrentCaller, parseBody, Roles } from '#libs/shared/http';
import { clinicOf } from '../transfer/audience.js';
import { truth } from '../transfer/domain/view.js';
import { problemOf } from '../transfer/problems.js';
import { clinicOpening, idempotencyKey, staffOpening, type staffOpeningOfKnown, staffSchemaOf } from './opening.requests.js';
import { OpeningService } from './opening.service.js';

const headers = z.object({ 'idempotency-key': idempotencyKey });
// JSON Schema 2020-12 is OpenAPI 3.1's schema; Nest's type is of 3.0.
const bodySchema = z.toJSONSchema(staffOpening, { io: 'input', unrepresentable: 'any' }) as never;

/** The door at which every transfer begins. */
@ApiTags('transfers')
@ApiBearerAuth()
@Controller('ingestion/transfers')
export class OpeningController {
  constructor(private readonly opening: OpeningService) {}

  @Post()
  @Roles('records-staff', 'clinic')
  @ApiOperation({ summary: 'Open a transfer as a draft. The same key and request give the same transfer.' })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ schema: bodySchema })
  async open(@Body() body: unknown, @Headers('idempotency-key') key: unknown, @CurrentCaller() caller: Caller): Promise<object> {
    const partyId = clinicOf(caller);
    const { 'idempotency-key': checkedKey } = parseBody(headers, { 'idempotency-key': key });
    const request =
      partyId === undefined
        ? parseBody<typeof staffOpening | typeof staffOpeningOfKnown>(staffSchemaOf(body), body)
        : parseBody(clinicOpening, body);
    const opened = await this.opening.open(request, checkedKey, caller, partyId);
    if ('refused' in opened) throw problemOf(opened.refused);
    const { id, transfer } = opened;
    const { patientId, referralId } = transfer.facts;
    // A replay answers as the first time: a draft, however far the transfer has come since.
    return { ...truth(id, transfer, 'sender'), state: 'draft', referralId, ...(partyId === undefined && { patientId }) };
  }
}
