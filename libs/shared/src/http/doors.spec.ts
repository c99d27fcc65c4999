import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, HttpCode, Module, Post, Put, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { z } from 'zod';
import { type Caller, CurrentCaller, createHttpApp, Public, parseBody, Roles, tokenVerifier } from './index.js';

const planted = 'Zoë Planted-Name';

@Controller('doors')
class Doors {
  @Get('staff')
  @Roles('records-staff')
  staff(@CurrentCaller() caller: Caller): object {
    return { subject: caller.subject, party: caller.partyId ?? null };
  }
  @Get('clinic')
  @Roles('clinic')
  clinic(@CurrentCaller() caller: Caller): object {
    return { party: caller.partyId };
  }
  @Get('forgotten')
  forgotten(): object {
    return { open: true };
  }
  @Get('fault')
  @Public()
  fault(): never {
    throw new Error(`lost for ${planted}`);
  }
  @Post('body')
  @HttpCode(200)
  @Public()
  body(@Body() body: unknown): object {
    return parseBody(z.object({ name: z.array(z.string().max(10)).min(1) }), body);
  }
}
@Controller('ingestion/transfers')
class Raw {
  @Put(':id/documents/:documentId')
  @Public()
  async put(@Req() request: { body: AsyncIterable<Buffer> }): Promise<object> {
    let sizeBytes = 0;
    for await (const chunk of request.body) sizeBytes += chunk.length;
    return { sizeBytes };
  }
}
@Controller('consent/consents')
class FhirDoors {
  @Get(':id')
  @Roles('records-staff')
  read(): object {
    return {};
  }
}
@Module({ controllers: [Doors, Raw, FhirDoors] })
class DoorsModule {}

describe('a door', () => {
  let app: NestFastifyApplication;
  let directory: string;
  let sign: (
    claims: Record<string, unknown>,
    over?: { issuer?: string; audience?: string; expires?: number; other?: boolean },
  ) => Promise<string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bulfinch-doors-'));
    const pair = await generateKeyPair('ES256', { extractable: true });
    const strange = await generateKeyPair('ES256');
    await writeFile(join(directory, 'public.jwk'), JSON.stringify(await exportJWK(pair.publicKey)));
    sign = (claims, over = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(over.issuer ?? 'bulfinch-local')
        .setAudience(over.audience ?? 'bulfinch')
        .setSubject('someone')
        .setExpirationTime(over.expires ?? Math.floor(Date.now() / 1000) + 600)
        .sign((over.other ? strange : pair).privateKey);
    app = await createHttpApp(
      { module: DoorsModule },
      {
        title: 'doors',
        verify: await tokenVerifier({ LOCAL_ISSUER_DIR: directory, OIDC_AUDIENCE: 'bulfinch' }),
        ready: async () => [{ name: 'part', ready: false, reason: 'still starting' }],
        metrics: async () => 'up 1\n',
      },
    );
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true });
  });

  const get = async (url: string, token?: string) =>
    app.inject({ method: 'GET', url, headers: token ? { authorization: `Bearer ${token}` } : {} });

  it('opens for a token with its role, and tells the handler who calls', async () => {
    const answer = await get('/doors/staff', await sign({ roles: ['records-staff'] }));
    expect([answer.statusCode, answer.json()]).toEqual([200, { subject: 'someone', party: null }]);
    expect((await get('/doors/clinic', await sign({ roles: ['clinic'], party: 'clinica-porto' }))).json()).toEqual({
      party: 'clinica-porto',
    });
  });

  it.each([
    ['no token', undefined, 401],
    ['an expired token', { expires: 1 }, 401],
    ['a token for another audience', { audience: 'another' }, 401],
    ['a token of another issuer', { issuer: 'another' }, 401],
    ['a token signed by a strange key', { other: true }, 401],
  ])('stays shut for %s', async (_, over, status) => {
    const answer = await get('/doors/staff', over ? await sign({ roles: ['records-staff'] }, over) : undefined);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('stays shut for another role, for a clinic without a party, and for a token without known roles', async () => {
    expect((await get('/doors/staff', await sign({ roles: ['auditor'] }))).statusCode).toBe(403);
    expect((await get('/doors/clinic', await sign({ roles: ['clinic'] }))).statusCode).toBe(401);
    expect((await get('/doors/staff', await sign({ roles: ['root'] }))).statusCode).toBe(401);
  });

  it('that names no role is shut for all', async () => {
    expect((await get('/doors/forgotten', await sign({ roles: ['operator', 'system'] }))).statusCode).toBe(403);
  });

  it('answers a fault without telling what it was about', async () => {
    const answer = await get('/doors/fault');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('Planted');
  });

  it('refuses with OperationOutcome on a FHIR path', async () => {
    const answer = await get('/consent/consents/1');
    expect(answer.headers['content-type']).toContain('application/fhir+json');
    expect(answer.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'login' }] });
  });

  const post = (payload: string | Buffer, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/doors/body', payload, headers: { 'content-type': type } });

  it('names wrong fields and never echoes what came in', async () => {
    const answer = await post(JSON.stringify({ name: [planted], [planted]: planted }));
    expect([answer.statusCode, answer.json().fields]).toEqual([400, ['name.*']]);
    expect(answer.body).not.toContain('Planted');
  });

  it.each([
    ['broken JSON', `{"name": "${planted}`],
    ['JSON that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['a key that would change a prototype', '{"__proto__": {"admin": true}}'],
    ['100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('refuses %s without echoing it', async (_, payload) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.body).not.toContain('Planted');
  });

  it('refuses a JSON body over the limit', async () => {
    expect((await post(JSON.stringify({ name: ['x'.repeat(2 * 1024 * 1024)] }))).statusCode).toBe(413);
  });

  it('takes a document as a raw stream even when it calls itself JSON', async () => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/ingestion/transfers/1/documents/2',
      payload: Buffer.alloc(3 * 1024 * 1024, 32),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json()).toEqual({ sizeBytes: 3 * 1024 * 1024 });
  });

  it('tells health, readiness and its OpenAPI document without a token, and unknown paths as problems', async () => {
    expect((await get('/health')).statusCode).toBe(200);
    expect((await get('/ready')).statusCode).toBe(503);
    expect((await get('/metrics')).body).toContain('up 1');
    expect((await get('/docs-json')).json()).toMatchObject({
      openapi: expect.stringMatching(/^3/),
      paths: { '/doors/staff': expect.anything() },
    });
    expect((await get('/docs')).statusCode).toBe(200);
    expect((await get('/nowhere')).json()).toMatchObject({ status: 404, code: 'not-found' });
    expect((await get('/doors/%E0%A4%A')).headers['content-type']).toContain('application/problem+json');
  });
});
