import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PublicationId } from '../../core/ids.ts';
import type { PageRequest } from '../../warehouse/page.ts';
import { createPageWindows } from '../../warehouse/page-windows.ts';

const ID = 'pub_1' as PublicationId;

/** A view of so many rows, and a note of every read of it. */
function view(total: number) {
  const reads: PageRequest[] = [];
  const read = async (_id: PublicationId, request: PageRequest) => {
    reads.push(request);
    const { offset = 0, limit } = request;
    return {
      rows: Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, i) => ({ n: offset + i })),
      total,
    };
  };
  return { reads, read };
}

describe('pages cut from windows', () => {
  it('are what reading them alone gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2_200), fc.nat(2_500), fc.nat(250), async (total, offset, limit) => {
        const { read } = view(total);
        const page = await createPageWindows({ read }).page(ID, { mart: 'cases.case', offset, limit });
        expect(page).toEqual(await read(ID, { mart: 'cases.case', offset, limit }));
      }),
    );
  });

  it('are read once for everybody who asks, and apart where the question differs', async () => {
    const { reads, read } = view(300);
    const windows = createPageWindows({ read });
    const ask = (request: object) => windows.page(ID, { mart: 'cases.case', limit: 100, ...request });
    await Promise.all([ask({}), ask({}), ask({ offset: 200 })]);
    await ask({ offset: 100 });
    expect(reads).toHaveLength(1);
    await ask({ where: [{ column: '_org', op: 'within', value: '310199/001/c01' }] });
    await windows.page('pub_2' as PublicationId, { mart: 'cases.case', limit: 100 });
    expect(reads).toHaveLength(3);
  });

  it('are read ahead when somebody nears the end of what is held', async () => {
    const { reads, read } = view(5_000);
    const windows = createPageWindows({ read });
    await windows.page(ID, { mart: 'cases.case', offset: 0, limit: 100 });
    expect(reads.map(({ offset }) => offset)).toEqual([0]);
    await windows.page(ID, { mart: 'cases.case', offset: 300, limit: 100 });
    expect(reads.map(({ offset }) => offset)).toEqual([0, 500]);
  });

  it('are asked for again after a failure', async () => {
    const { read } = view(10);
    let failures = 1;
    const windows = createPageWindows({
      read: async (id, request) => {
        if (failures-- > 0) throw new Error('interrupted');
        return read(id, request);
      },
    });
    await expect(windows.page(ID, { mart: 'cases.case', limit: 5 })).rejects.toThrow('interrupted');
    expect((await windows.page(ID, { mart: 'cases.case', limit: 5 })).rows).toHaveLength(5);
  });

  it('are forgotten beyond the bound, the least recently used first', async () => {
    const { reads, read } = view(100);
    const windows = createPageWindows({ read, mostCells: 450 });
    const ask = (mart: string) => windows.page(ID, { mart, limit: 100 });
    await ask('a.a');
    await ask('b.b');
    await ask('a.a');
    await ask('c.c');
    await ask('a.a');
    expect(reads.map(({ mart }) => mart)).toEqual(['a.a', 'b.b', 'c.c']);
    await ask('b.b');
    expect(reads.map(({ mart }) => mart)).toEqual(['a.a', 'b.b', 'c.c', 'b.b']);
  });
});
