import { type Answering, DoorsDouble } from '../testing/doors-double.js';

const id = '01a20dc4-a966-7c3b-8497-32ad9cc40687';
const transfer = {
  id,
  reference: 'K7QM-3XPC-1',
  direction: 'outbound',
  senderId: 'mgh',
  recipientId: 'clinica-lisboa',
  purpose: 'TREAT',
  basis: 'treatment',
  state: 'delivered',
  since: '2026-11-24T12:00:00.000Z',
  whoseTurn: 'recipient',
};
let doors: DoorsDouble;
async function start(answering: Answering): Promise<void> {
  doors = await DoorsDouble.start(answering);
}
afterEach(() => doors.stop());

describe('the list of transfers', () => {
  const pages: Record<string, object> = {
    '/ingestion/transfers': { transfers: [{ ...transfer, reference: 'NEWEST-1' }], next: 'c1' },
    '/ingestion/transfers?cursor=c1': { transfers: [{ ...transfer, reference: 'OLDEST-1' }] },
    '/ingestion/transfers?state=held&recipient=clinica-lisboa': { transfers: [] },
  };
  beforeEach(() =>
    start(({ path }) => {
      const body = pages[path];
      return body && { body };
    }),
  );

  it('says that it shows the newest ones only, where there are more', async () => {
    const { out, err } = await doors.run(['status']);
    expect(out).toHaveLength(1);
    expect(err.join()).toBe('the 1 newest; more with --all');
  });

  it('goes through every page with --all', async () => {
    const { out, err } = await doors.run(['status', '--all']);
    expect(out.map((line) => line.split(' ')[0])).toEqual(['NEWEST-1', 'OLDEST-1']);
    expect(err).toEqual([]);
  });

  it('can be of one state and one recipient', async () => {
    const { code, out } = await doors.run(['status', '--state', 'held', '--recipient', 'clinica-lisboa']);
    expect([code, out]).toEqual([0, ['There are no such transfers.']]);
  });
});

describe('one transfer', () => {
  const ledger = {
    source: { statements: 17, bySection: { '11450-4': 14, '10190-7': 3 } },
    kept: 14,
    lost: [1, 2, 3].map((entry) => ({
      where: `${id}: ClinicalDocument/component/structuredBody/component[2]/section/entry[${entry}]/observation`,
      what: 'observation',
      why: 'not-coded-yet',
    })),
    warnings: [],
  };

  it.each([
    [3, ['3 of 17 coded statements are not in the record (see --report)']],
    [0, []],
  ])('says on a line of its own that statements were lost: %d', async (lost, said) => {
    await start(() => ({ body: { ...transfer, report: { statements: 17, kept: 17 - lost, lost, warnings: 0 } } }));
    const { out } = await doors.run(['status', 'K7QM-3XPC-1']);
    expect(out.filter((line) => line.includes('coded statements')).map((line) => line.replace(/^ *lost +/, ''))).toEqual(said);
  });

  it('shows with --report what was lost, section by section', async () => {
    await start(({ path }) => ({ body: path === `/normalization/transfers/${id}/report` ? { state: 'normalized', ledger } : transfer }));
    const { out } = await doors.run(['status', 'K7QM-3XPC-1', '--report']);
    expect(out).toContain('17 coded statements: 14 kept, 3 lost; 0 warnings');
    expect(out).toContain(`lost in section 2 of document ${id}`);
    expect(out).toContain('  3 x  not-coded-yet  observation');
  });

  it('has no report before it was converted, and says so', async () => {
    await start(({ path }) => ({ body: path.startsWith('/normalization/') ? { state: 'converting' } : transfer }));
    const { out } = await doors.run(['status', id, '--report']);
    expect(out.at(-1)).toBe('There is no report: the conversion is converting.');
  });
});

describe('a recall', () => {
  it.each([
    ['left', 'the record has left'],
    ['nothing', 'nothing has left'],
    ['not-known-yet', 'not known yet'],
  ])('says in plain words what is known to have left: %s', async (leftBefore, words) => {
    const evidence = [{ fact: 'stored', at: transfer.since }];
    await start(() => ({ status: 202, body: { reference: transfer.reference, state: 'delivered', leftBefore, evidence } }));
    const { code, out } = await doors.run(['recall', transfer.reference, '--reason', 'wrong person']);
    expect(code).toBe(0);
    expect(out.join('\n')).toContain(words);
    expect(out.at(-1)).toBe("  2026-11-24 12:00:00.000  the recipient's system says that it stored it");
  });
});

describe('the trail of a transfer', () => {
  it('is found by its reference', async () => {
    await start(({ path }) => ({ body: path.startsWith('/audit/') ? { entries: [] } : transfer }));
    expect((await doors.run(['audit', '--transfer', 'K7QM-3XPC-1'])).out).toEqual(['No entries.']);
    expect(doors.asked.at(-1)?.path).toBe(`/audit/entries?transfer=${id}`);
  });

  it('is not empty but refused where there is no such transfer', async () => {
    await start(({ path }) => (path.startsWith('/audit/') ? { body: { entries: [] } } : undefined));
    for (const named of ['K7QM-3XPC-1', id]) {
      const { code, out, err } = await doors.run(['audit', '--transfer', named]);
      expect([code, out, err]).toEqual([1, [], ['There is no such transfer.']]);
    }
  });
});
