import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Egress } from './egress.client.js';
import { FhirPushClient, type Push } from './fhir-push.client.js';

const deliveryId = randomUUID();

describe('a look for what a receiver holds', () => {
  let server: Server;
  let answer: unknown;
  let requests = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests++;
      response.writeHead(200, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const push = (token?: string): Push =>
    ({
      target: {
        baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`,
        isInternal: true,
        answerTimeoutMs: 5000,
        ...(token && { token }),
      },
      deliveryId,
      mode: 'document',
      content: Buffer.from('{"resourceType":"Bundle"}'),
      signal: new AbortController().signal,
    }) as unknown as Push; // What a look needs of a push.
  const look = async (body: object, token?: string) => {
    answer = body;
    // No recipient of these tests has a token endpoint.
    return (await new FhirPushClient(new Egress(), {} as never).look(push(token))).result;
  };
  const searchset = { resourceType: 'Bundle', type: 'searchset' };

  it('finds nothing only where the answer says so in full', async () => {
    expect(await look({ ...searchset, total: 0 })).toBe('none');
    expect(await look(searchset)).toBe('none');
    expect(await look({ ...searchset, total: 0, entry: [], link: [{ relation: 'self', url: 'x' }] })).toBe('none');
  });

  it.each([
    ['a count without entries', { total: 1 }],
    ['an empty page with a further one', { link: [{ relation: 'next', url: 'x' }] }],
    [
      'an error instead of matches',
      { entry: [{ resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'timeout' }] } }] },
    ],
    ['an entry without its resource', { entry: [{ fullUrl: 'urn:uuid:0' }] }],
    ['a resource of another kind', { entry: [{ resource: { resourceType: 'Patient' } }] }],
  ])('leaves %s to a person: sending again could deliver twice', async (_, body) => {
    expect(await look({ ...searchset, ...body })).toBe('unsearchable');
  });

  it('asks again later where the answer is no searchset', async () => {
    expect(await look({ resourceType: 'OperationOutcome' })).toBe('unanswered');
  });

  it('never connects a token that cannot stand in a header to an unknown outcome', async () => {
    const before = requests;
    expect(await look(searchset, 'one\r\ntwo: three')).toBe('unanswered');
    expect(requests).toBe(before);
  });
});
