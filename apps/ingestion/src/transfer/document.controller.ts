import { Controller, Param, Patch, Put, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parse } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Caller, CurrentCaller, notThereYet, Problem, parseBody, Roles } from '#libs/shared/http';
import { plainText } from '../patient/patient.requests.js';
import { clinicOf } from './audience.js';
import { DocumentService, type NotTaken } from './document.service.js';
import { FinderService } from './finder.service.js';
import { problemOf } from './problems.js';

/** Longest file name kept, UTF-16 units: the limit of common file systems. */
const fileNameLengthMax = 255;
const parameters = z.object({ documentId: z.uuid().transform((id) => id.toLowerCase()) });
const headers = z.object({ 'content-disposition': plainText(fileNameLengthMax).optional() });

/** Why a type is not taken in. Fixed sentences: nothing of the document is told. */
const reasons: Record<NotTaken['notTaken'], string> = {
  'ccda-not-well-formed': 'The document says it is a C-CDA, but it is no well-formed XML.',
  'fhir-r4-json': 'FHIR R4 JSON is recognized; taking it in is not there yet.',
  hl7v2: 'HL7 v2 is recognized; taking it in is not there yet.',
  pdf: 'PDF is recognized; taking it in is not there yet.',
  dicom: 'DICOM is recognized; taking it in is not there yet.',
  jpeg: 'JPEG images are recognized; taking them in is not there yet.',
  png: 'PNG images are recognized; taking them in is not there yet.',
  tiff: 'TIFF images are recognized; taking them in is not there yet.',
  heic: 'HEIC images are recognized; taking them in is not there yet.',
  rtf: 'RTF is recognized; taking it in is not there yet.',
  office: 'Office documents are recognized; taking them in is not there yet.',
  text: 'Plain text is not taken in: it is no C-CDA document.',
  unknown: 'The type of the document was not recognized from its content, or it is not well-formed.',
};

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
    const body = request.body ?? noBytes();
    // The parsers of createHttpApp hand this door its body as a stream, whatever type it names.
    const upload = { documentId, fileName, actor: caller.actor, body: body as AsyncIterable<Uint8Array> };
    const stored = await this.documents.store(found, upload);
    if ('notTaken' in stored) throw new Problem(415, 'type-not-taken', reasons[stored.notTaken]);
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

/** The file name of RFC 6266. @throws Problem 400 when the header cannot be read: a name that is lost silently cannot be found again. */
function fileNameOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  let fileName: string | undefined;
  try {
    fileName = parse(header).parameters['filename'];
  } catch {
    // The parser's message holds the header, so it is not passed on.
    throw new Problem(400, 'not-valid', 'Content-Disposition is not as RFC 6266 wants it.', ['content-disposition']);
  }
  return parseBody(headers, { 'content-disposition': fileName })['content-disposition'];
}

async function* noBytes(): AsyncGenerator<Uint8Array> {
  // A request without a body and a request with an empty one are the same upload.
}
