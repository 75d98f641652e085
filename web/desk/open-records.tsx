import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { DeskOutcome, OpenRule, RecordSelection } from '../api-types.ts';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';
import { Mending } from './mending.tsx';
import { placeKey, RecordTable, rawColumns } from './record-table.tsx';
import { RuleList, ruleKey } from './rule-list.tsx';

const SHOWN = 50;
/** The server decides on no more than this in one order. */
const MOST_AT_ONCE = 10_000;

/** Choose a rule, see its records, write an expression, apply it. */
export function OpenRecords({ source }: { source: string | undefined }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState('');
  const [outcome, setOutcome] = useState<DeskOutcome | null>(null);
  const query = useQuery({ queryKey: ['openRules'], queryFn: () => call('listOpenRules') });
  return (
    <Loaded query={query}>
      {({ items }) => {
        const rules = source ? items.filter((rule) => rule.source === source) : items;
        const rule = rules.find((one) => ruleKey(one) === chosen) ?? rules[0];
        return (
          <>
            {outcome && outcome.done + outcome.left > 0 && (
              <div
                role="status"
                className="card between"
                style={
                  outcome.done > 0
                    ? { marginBottom: 16, background: '#f3fbf6', borderColor: '#bfe5cf', color: '#18794e' }
                    : { marginBottom: 16, background: '#fff8ec', borderColor: '#f2d9ad', color: '#7a4600' }
                }
              >
                <span>
                  <b>{t('desk.applied', { done: grouped(outcome.done), left: grouped(outcome.left) })}</b>
                  {outcome.publishing && <div>{t('desk.publishing')}</div>}
                </span>
                <Button type="text" size="small" onClick={() => setOutcome(null)}>
                  {t('close')}
                </Button>
              </div>
            )}
            {!rule ? (
              <Empty title={t('desk.noneOpen')} next={t('desk.noneOpenNext')} />
            ) : (
              <div
                style={{ display: 'grid', gridTemplateColumns: '280px minmax(0, 1fr)', gap: 16, alignItems: 'start' }}
              >
                <RuleList rules={rules} chosen={ruleKey(rule)} choose={setChosen} />
                <OneRule key={ruleKey(rule)} rule={rule} decided={setOutcome} />
              </div>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function OneRule({ rule, decided }: { rule: OpenRule; decided: (outcome: DeskOutcome) => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const [text, setText] = useState('');
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const of = { source: rule.source, dataset: rule.dataset, rule: rule.rule, ...(text ? { text } : {}) };
  const query = useQuery({
    queryKey: ['records', of],
    queryFn: ({ signal }) => call('listQuarantinedRecords', { query: { ...of, state: 'open', limit: SHOWN }, signal }),
    placeholderData: keepPreviousData,
  });
  const decides = may(me, 'quarantine.decide');
  return (
    <Loaded query={query}>
      {({ items, total }) => {
        const places = items.filter((record) => picked.has(placeKey(record))).map(({ batch, row }) => ({ batch, row }));
        const selection: RecordSelection = places.length > 0 ? { places } : { filter: of };
        return (
          <div className="stack">
            <section className="card flush">
              <div className="between" style={{ padding: '10px 16px', borderBottom: '1px solid #e3e9f0' }}>
                <span className="quiet">
                  {places.length > 0 ? (
                    <>
                      {t('desk.picked', { n: places.length })}{' '}
                      <Button size="small" type="link" onClick={() => setPicked(new Set())}>
                        {t('desk.pickedClear')}
                      </Button>
                    </>
                  ) : (
                    t('desk.found', { n: grouped(total), shown: items.length })
                  )}
                </span>
                <Input.Search
                  allowClear
                  style={{ width: 220 }}
                  placeholder={t('desk.find')}
                  aria-label={t('desk.find')}
                  onSearch={(value) => {
                    setPicked(new Set());
                    setText(value.trim());
                  }}
                />
              </div>
              {items.length === 0 ? (
                <Empty tight title={t('desk.noneOpen')} />
              ) : (
                <RecordTable
                  records={items}
                  chosen={picked}
                  choose={
                    decides
                      ? (key) => {
                          const next = new Set(picked);
                          if (!next.delete(key)) next.add(key);
                          setPicked(next);
                        }
                      : null
                  }
                />
              )}
            </section>
            {!decides && <p className="quiet">{t('desk.readOnly')}</p>}
            {decides && items.length > 0 && (
              <Mending
                rule={rule}
                selection={selection}
                count={places.length > 0 ? places.length : Math.min(total, MOST_AT_ONCE)}
                columns={rawColumns(items)}
                decided={(outcome) => {
                  setPicked(new Set());
                  decided(outcome);
                }}
              />
            )}
          </div>
        );
      }}
    </Loaded>
  );
}
