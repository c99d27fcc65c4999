import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AccessLog } from '#libs/shared/access';
import { wordsOf } from '#libs/shared/domain';
import { type Caller, CurrentCaller, notFound, Problem, parseBody, Roles } from '#libs/shared/http';
import type { LinkChange } from './domain/link.js';
import type { PatientDetails } from './domain/patient.js';
import { identifierKey } from './domain/search-keys.js';
import { type LinkProblem, LinkService, type ShownLink } from './link.service.js';
import { PatientRepository } from './patient.repository.js';
import { linkRequest, patientNamed, patientSearch } from './patient.requests.js';

/** Patients shown of one search: who is not among them is asked for with more. */
const hitsMax = 20;

interface Hit extends PatientDetails {
  readonly patientId: string;
  /** Everyone joined with the patient, as the links stand. */
  readonly joinedWith: readonly string[];
}
interface LinkTruth {
  readonly patientId: string;
  readonly to: string;
  readonly link: 'joined' | 'parted';
  readonly joinedWith: readonly string[];
}

/** Doors of the register. Names travel in bodies alone, never in a URL. */
@ApiTags('patients')
@ApiBearerAuth()
@Controller('ingestion/patients')
export class PatientController {
  constructor(
    private readonly patients: PatientRepository,
    private readonly links: LinkService,
    private readonly accesses: AccessLog,
  ) {}

  @Post('search')
  @HttpCode(200)
  @Roles('records-staff', 'privacy-officer')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Search the register by an identifier, a name in any script, a date of birth. The search is recorded.' })
  @ApiBody({ schema: schemaOf(patientSearch) })
  async search(@Body() body: unknown, @CurrentCaller() caller: Caller): Promise<{ patients: readonly Hit[]; more: boolean }> {
    const { identifier, name, birthDate } = parseBody(patientSearch, body);
    const key = identifier && identifierKey(identifier);
    if (identifier && key === undefined)
      throw new Problem(400, 'not-valid', 'These fields are missing or have not the right form.', ['identifier.value']);
    const query = {
      words: name === undefined ? [] : wordsOf(name),
      ...(key !== undefined && { identifier: key }),
      ...(birthDate !== undefined && { birthDate }),
    };
    const found = await this.patients.search(query, hitsMax + 1);
    const shown = found.slice(0, hitsMax);
    // One line a patient that is shown, as for a read (IHE BALP, PatientQuery), or one where nobody is. Never the words searched for.
    const recorded = shown.length > 0 ? shown.map(({ patientId }) => ({ patientId })) : [{}];
    await Promise.all(
      recorded.map((whose) => this.accesses.record({ action: 'search', object: { kind: 'patient' }, ...whose, actor: caller.actor })),
    );
    const patients = await Promise.all(
      shown.map(async ({ patientId, details }) => ({ patientId, ...details, joinedWith: await this.others(patientId) })),
    );
    return { patients, more: found.length > hitsMax };
  }

  @Get(':patientId/links')
  @Roles('records-staff', 'privacy-officer')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Every link the patient has or had, who made or undid it, and why. The look is recorded.' })
  async list(
    @Param('patientId') named: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ links: readonly ShownLink[]; joinedWith: readonly string[] }> {
    const patientId = idOf(named);
    const links = await this.links.list(patientId);
    if (!links) throw notFound();
    await this.accesses.record({ action: 'read', object: { kind: 'patient', id: patientId }, patientId, actor: caller.actor });
    return { links, joinedWith: await this.others(patientId) };
  }

  @Post(':patientId/links')
  @HttpCode(200)
  @Roles('records-staff', 'privacy-officer')
  @ApiOperation({ summary: 'Join two patients of the register: both entries stay, questions about one are answered for both.' })
  @ApiBody({ schema: schemaOf(linkRequest) })
  join(@Param('patientId') named: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<LinkTruth> {
    return this.change('join', named, body, caller);
  }

  @Delete(':patientId/links')
  @Roles('records-staff', 'privacy-officer')
  @ApiOperation({ summary: 'Part two patients that were joined.' })
  @ApiBody({ schema: schemaOf(linkRequest) })
  part(@Param('patientId') named: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<LinkTruth> {
    return this.change('part', named, body, caller);
  }

  private async change(how: LinkChange['how'], named: string, body: unknown, { actor }: Caller): Promise<LinkTruth> {
    const { to, reason } = parseBody(linkRequest, body);
    const patientId = idOf(named);
    const changed = await this.links.change(patientId, to, { how, reason, actor, at: new Date().toISOString() });
    if ('refused' in changed) throw problemOf(changed.refused);
    // Two that were parted may still be joined through a third: the answer says how it stands.
    return { patientId, to, link: changed.link, joinedWith: await this.others(patientId) };
  }

  private async others(patientId: string): Promise<readonly string[]> {
    return (await this.links.joinedWith(patientId)).filter((id) => id !== patientId);
  }
}

/** What is no id names nobody, as an unknown id does. */
function idOf(named: string): string {
  const parsed = patientNamed.safeParse({ patientId: named });
  if (!parsed.success) throw notFound();
  return parsed.data.patientId;
}

/** Every refusal of a link: its HTTP status and one sentence. */
const said: Record<Exclude<LinkProblem, 'no-such-patient'>, readonly [number, string]> = {
  'unknown-patient': [422, 'The register has no such patient to join or to part.'],
  'same-patient': [422, 'A patient is not joined with or parted from itself.'],
  'too-many-joined': [422, 'More entries would be joined than one human being can have.'],
  'too-many-changes': [409, 'These two were joined and parted too often: it stays as it stands.'],
};

function problemOf(code: LinkProblem): Problem {
  if (code === 'no-such-patient') return notFound();
  const [status, sentence] = said[code];
  return new Problem(status, code, sentence);
}

/** JSON Schema 2020-12 is OpenAPI 3.1's schema; Nest's type is of 3.0. */
function schemaOf(schema: z.ZodType): never {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as never;
}
