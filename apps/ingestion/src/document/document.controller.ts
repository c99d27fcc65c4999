import { Readable } from 'node:stream';
import { Controller, Param, Patch, Put, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parse } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Caller, CurrentCaller, notThereYet, Problem, parseBody, Roles } from '#libs/shared/http';
import { plainText } from '../patient/patient.requests.js';
import { clinicOf } from '../transfer/audience.js';
import { FinderService } from '../transfer/finder.service.js';
import { problemOf } from '../transfer/problems.js';
import { DocumentService } from './document.service.js';

/** Longest file name kept, UTF-16 units: the limit of common file systems. */
const fileNameLengthMax = 255;
const parameters = z.object({ documentId: z.uuid().transform((id) => id.toLowerCase()) });
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
    const found = await this.finder.transfer(named, clinicOf(caller));
    if ('refused' in found) throw problemOf(found.refused);
    if (found.audience === 'recipient') throw problemOf('not-yours-to-change');
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
  @Roles('records-staff')
  @ApiOperation({ summary: 'Say more of a document: type, language, role (not there yet)' })
  describe(): never {
    throw notThereYet('Describing a document by hand is not there yet.');
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
