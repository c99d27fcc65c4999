import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { sha256Hex } from '#libs/contracts';
import type { Outcome } from '#libs/eventing';
import { type Caller, CurrentCaller, notFound, Problem, parseBody, Roles } from '#libs/shared/http';
import type { ReleaseCase, ReleaseRefusal } from './domain/release.js';
import { ReleaseService, type ShownRelease, type Viewer } from './release.service.js';

/** Longest reason of a person's decision, characters. */
const reasonLengthMax = 2_000;
const approveRequest = z.strictObject({ release: z.int().positive(), sha256: sha256Hex });
const answerRequest = z.strictObject({ decision: z.enum(['release', 'refuse']), reason: z.string().trim().min(1).max(reasonLengthMax) });
const id = z.uuid();

interface Taken {
  readonly state: ReleaseCase['status'];
}

/** What leaves of a transfer, and people's answers to its holds (doors.md). */
@ApiTags('releases')
@Controller('consent/transfers')
export class ReleaseController {
  constructor(private readonly releases: ReleaseService) {}

  @Get(':id/release')
  @Roles('records-staff', 'privacy-officer', 'reviewer')
  @ApiOperation({ summary: 'What leaves, what does not and why, with the gate, the permits that are open, and the hash to approve.' })
  async show(@Param('id') transferId: string, @CurrentCaller() caller: Caller): Promise<ShownRelease> {
    const release = isId(transferId) ? await this.releases.show(transferId, viewerOf(caller)) : undefined;
    if (!release) throw notFound();
    return release;
  }

  @Post(':id/release/approve')
  @HttpCode(202)
  @Roles('reviewer', 'privacy-officer')
  @ApiOperation({ summary: 'Approve exactly this release by its number and hash; 412 when either, or the recipient, has changed.' })
  @ApiBody({ schema: z.toJSONSchema(approveRequest) as never })
  async approve(@Param('id') transferId: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<Taken> {
    const approval = parseBody(approveRequest, body);
    return taken(isId(transferId) ? await this.releases.approve(transferId, { ...approval, actor: caller.actor }) : undefined);
  }

  @Post(':id/holds/:holdId')
  @HttpCode(202)
  @Roles('reviewer', 'privacy-officer')
  @ApiOperation({ summary: 'Answer a hold: release or refuse, with a reason.' })
  @ApiBody({ schema: z.toJSONSchema(answerRequest) as never })
  async answer(
    @Param('id') transferId: string,
    @Param('holdId') holdId: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Taken> {
    const answer = parseBody(answerRequest, body);
    return taken(
      isId(transferId) && isId(holdId) ? await this.releases.answerHold(transferId, { ...answer, holdId, actor: caller.actor }) : undefined,
    );
  }
}

function viewerOf({ actor, roles }: Caller): Viewer {
  return { actor, seesLabels: roles.includes('privacy-officer') };
}

function isId(text: string): boolean {
  return id.safeParse(text).success;
}

function taken(outcome: Outcome<ReleaseCase, ReleaseRefusal> | undefined): Taken {
  if (!outcome) throw notFound();
  if ('done' in outcome) return { state: outcome.state.status };
  switch (outcome.refused) {
    case 'no-such-hold':
      throw notFound();
    case 'release-changed':
      throw new Problem(412, 'release-changed', 'The release, its hash or the recipient is another now. Look again before you approve.');
    case 'not-deciding':
    case 'not-closing':
      throw new Error(`not an answer to a person: ${outcome.refused}`);
  }
}
