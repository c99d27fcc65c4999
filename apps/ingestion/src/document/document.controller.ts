import { Readable } from 'node:stream';
import { Body, Controller, Param, Patch, Put, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parse } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { documentKind, documentRole, documentSubject, languageTag } from '#libs/contracts';
import { type Caller, CurrentCaller, Problem, parseBody, Roles } from '#libs/shared/http';
import { plainText } from '../patient/patient.requests.js';
import { clinicOf } from '../transfer/audience.js';
import { undescribed } from '../transfer/domain/document.js';
import { FinderService } from '../transfer/finder.service.js';
import { problemOf } from '../transfer/problems.js';
import type { FoundTransfer } from '../transfer/transfer.repository.js';
import { DocumentService } from './document.service.js';

/** Longest file name kept, UTF-16 units: the limit of common file systems. */
const fileNameLengthMax = 255;
const parameters = z.object({ documentId: z.uuid().transform((id) => id.toLowerCase()) });
/** Null takes a language or an original away; titles and names have no place here, and `type` is told by the content alone. */
const descriptionRequest = z
  .strictObject({
    language: languageTag.nullable().optional(),
    translationOf: z
      .uuid()
      .transform((id) => id.toLowerCase())
      .nullable()
      .optional(),
    role: documentRole.optional(),
    kind: documentKind.optional(),
    subject: documentSubject.optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined));
const headers = z.object({ 'content-disposition': plainText(fileNameLengthMax).optional() });

/** Documents of a transfer. */
@ApiTags('documents')
@ApiBearerAuth()
@Controller('ingestion/transfers/:id/documents/:documentId')
export class DocumentController {
  constructor(
    private readonly documents: DocumentService,
    private readonly finder: FinderService,
  ) {}

  @Put()
  @Roles('records-staff', 'clinic')
  @ApiConsumes('application/octet-stream')
  @ApiOperation({
    summary: 'Upload a document under an id of your own; its type is told from its content. The same bytes again change nothing.',
  })
  async upload(
    @Param('id') named: string,
    @Param('documentId') typedId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const { documentId } = parseBody(parameters, { documentId: typedId });
    const fileName = fileNameOf(request.headers['content-disposition']);
    const found = await this.ownTransfer(named, caller);
    // The parsers of createHttpApp hand this door its body as a stream, whatever type it names; no body is an empty one.
    const body = (request.body as Readable | undefined) ?? Readable.from([]);
    const announcedBytes = Number(request.headers['content-length'] ?? 0);
    const upload = { documentId, fileName, actor: caller.actor, body, announcedBytes };
    const stored = await this.documents.store(found, upload);
    if ('notTaken' in stored) throw new Problem(415, stored.notTaken, stored.reason);
    if ('refused' in stored) throw problemOf(stored.refused);
    const { type, blob } = stored.document;
    reply.status(stored.isNew ? 201 : 200);
    return { documentId, sha256: blob.sha256, size: blob.sizeBytes, type };
  }

  @Patch()
  @Roles('records-staff', 'clinic')
  @ApiOperation({ summary: 'Say more of a document of a draft: language, original of a translation, role, kind, whose data it is.' })
  @ApiBody({ schema: z.toJSONSchema(descriptionRequest, { io: 'input', unrepresentable: 'any' }) as never })
  async describe(
    @Param('id') named: string,
    @Param('documentId') typedId: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const { documentId } = parseBody(parameters, { documentId: typedId });
    const change = parseBody(descriptionRequest, body);
    const found = await this.ownTransfer(named, caller);
    const outcome = await this.documents.describe(found, { documentId, change, actor: caller.actor });
    if ('refused' in outcome) throw problemOf(outcome.refused);
    const { type, blob, description } = outcome.document;
    return { documentId, sha256: blob.sha256, size: blob.sizeBytes, type, ...(description ?? undescribed) };
  }

  private async ownTransfer(named: string, caller: Caller): Promise<FoundTransfer> {
    const found = await this.finder.transfer(named, clinicOf(caller));
    if ('refused' in found) throw problemOf(found.refused);
    if (found.audience === 'recipient') throw problemOf('not-yours-to-change');
    return found;
  }
}

/** The file name of RFC 6266. @throws Problem 400 when there is one that cannot be read: a name that is lost silently cannot be found again. */
function fileNameOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const { parameters: found } = parse(utf8Of(header));
  const isLost = found['filename'] === undefined && /filename/i.test(header);
  if (isLost) throw new Problem(400, 'not-valid', 'Content-Disposition is not as RFC 6266 wants it.', ['content-disposition']);
  return parseBody(headers, { 'content-disposition': found['filename'] })['content-disposition'];
}

/** Node reads headers as latin1; many programs write UTF-8 bytes into them, against the RFC. What is no UTF-8 stays latin1. */
function utf8Of(header: string): string {
  const utf8 = Buffer.from(header, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? header : utf8;
}
