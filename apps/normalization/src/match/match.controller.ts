import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { BlobRef } from '#libs/contracts';
import { AccessLog } from '#libs/shared/access';
import { asActor, type Caller, CurrentCaller, notFound, Problem, parseBody, Roles } from '#libs/shared/http';
import { Vault } from '#libs/vault';
import type { Match, MatchAnswer } from '../record/domain/match.js';
import { matchOf, patientOf, type RecordRefusal, type RecordState } from '../record/domain/record.js';
import { RECORDS, type RecordCases } from '../record/record.cases.js';
import type { Mismatch } from './domain/match.js';

/** Longest reason of a person's decision, UTF-16 units. */
const reasonLengthMax = 2000;
const answerRequest = z.strictObject({
  decision: z.enum(['same-person', 'other-person']),
  reason: z.string().trim().min(1).max(reasonLengthMax),
});
const id = z.uuid();

/** Both values, and what there is to decide or was decided. */
interface ShownMatch extends Mismatch, Pick<Match, 'hold'> {
  readonly transferId: string;
  readonly answer?: Omit<MatchAnswer, 'reason'> & { readonly reason: string };
}

/** What a document tells of its patient otherwise than the register, and the answer of a person to it. */
@ApiTags('normalization')
@ApiBearerAuth()
@Controller('normalization/transfers')
export class MatchController {
  constructor(
    @Inject(RECORDS) private readonly records: RecordCases,
    private readonly vault: Vault,
    private readonly accesses: AccessLog,
  ) {}

  @Get(':id/match')
  @Roles('records-staff')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Where the documents tell of the patient otherwise than the register: both values. The look is recorded.' })
  async show(@Param('id') transferId: string, @CurrentCaller() caller: Caller): Promise<ShownMatch> {
    const state = isId(transferId) ? (await this.records.load(transferId))?.state : undefined;
    const match = state && matchOf(state);
    if (!match) throw notFound();
    const patientId = patientOf(state);
    await this.accesses.record({
      action: 'read',
      object: { kind: 'transfer', id: transferId },
      ...(patientId !== undefined && { patientId }),
      actor: asActor(caller),
    });
    // The cast is what this service itself sealed.
    const values = JSON.parse(await this.open(match.values)) as Mismatch;
    const answer = match.answer && { ...match.answer, reason: await this.open(match.answer.reason) };
    return { transferId, hold: match.hold, ...(answer && { answer }), ...values };
  }

  @Post(':id/holds/:holdId')
  @HttpCode(202)
  @Roles('records-staff')
  @ApiOperation({
    summary: 'Say whether it is the same human being: same-person lets the record go on, other-person refuses the documents.',
  })
  @ApiBody({ schema: z.toJSONSchema(answerRequest) as never })
  async answer(
    @Param('id') transferId: string,
    @Param('holdId') holdId: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<{ state: RecordState['status'] }> {
    const { decision, reason: text } = parseBody(answerRequest, body);
    const state = isId(transferId) && isId(holdId) ? (await this.records.load(transferId))?.state : undefined;
    const patientId = state && patientOf(state);
    // Looked at before anything is kept: a reason for a hold that is not there is nobody's.
    if (!state || patientId === undefined || matchOf(state)?.hold.id !== holdId) throw notFound();
    const reason = await this.vault.put(Buffer.from(text, 'utf8'), { patientId, readers: ['normalization'], heldBy: transferId });
    const input = { type: 'AnswerHold', holdId, decision, reason, actor: asActor(caller), at: new Date().toISOString() } as const;
    const outcome = await this.records.handle(transferId, input);
    if ('refused' in outcome) throw problemOf(outcome.refused);
    return { state: outcome.state.status };
  }

  private async open(ref: BlobRef): Promise<string> {
    return Buffer.from(await this.vault.open(ref)).toString('utf8');
  }
}

function isId(text: string): boolean {
  return id.safeParse(text).success;
}

function problemOf(code: RecordRefusal): Problem {
  switch (code) {
    case 'no-such-hold':
      return notFound();
    case 'answered-otherwise':
      return new Problem(409, 'answered-otherwise', 'The hold was answered otherwise before; that answer has been carried out.');
    case 'already-taken-up':
    case 'not-converting':
      throw new Error(`not an answer to a person: ${code}`);
  }
}
