import { describe, expect, it } from 'vitest';
import { writeCsv } from '../../analytics/sql-gate/write-text.ts';

async function* once(values: readonly string[]) {
  yield { rowCount: values.length, columns: [values] };
}

describe('a CSV of query results', () => {
  it('has an apostrophe before what a spreadsheet would take for a formula, in plain and in full width', async () => {
    const values = ['=1', '+1', '-1', '@a', '＝1', '＋1', '－1', '＠a', '一＝1'];
    let text = '';
    for await (const part of writeCsv([{ name: 'v', sqlType: 'VARCHAR' }] as never, once(values) as never)) {
      text += new TextDecoder().decode(part);
    }
    expect(text.trim().split('\r\n').slice(1)).toEqual([...values.slice(0, 8).map((value) => `'${value}`), '一＝1']);
  });
});
