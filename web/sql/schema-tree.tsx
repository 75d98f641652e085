import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SqlColumn, SqlMart, SqlSchema } from '../api-types.ts';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { quoted } from './sql-tokens.ts';

/** The marts and columns one may ask, with what they mean. A click puts the name into the statement. */
export function SchemaTree({
  schema,
  insert,
  sample,
}: {
  schema: SqlSchema;
  insert: (word: string) => void;
  sample: (mart: SqlMart) => void;
}) {
  const { t, i18n } = useTranslation();
  const [sought, setSought] = useState('');
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<SqlColumn | null>(null);
  const needle = sought.trim().toLowerCase();
  const titleOf = (column: SqlColumn) => (i18n.language === 'en' ? column.titleEn : column.title);
  const fits = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(needle));
  const themes = schema.themes
    .map(({ theme, title, marts }) => ({
      theme,
      title: said(title),
      marts: marts
        .map((mart) => {
          const whole = needle === '' || fits(mart.table, mart.title.zh, mart.title.en, title.zh, title.en);
          const columns = mart.columns.filter(({ id, title: zh, titleEn }) => fits(id, zh, titleEn));
          return {
            mart,
            columns: whole && columns.length === 0 ? mart.columns : columns,
            hit: columns.length > 0,
            whole,
          };
        })
        .filter(({ whole, columns }) => whole || columns.length > 0),
    }))
    .filter(({ marts }) => marts.length > 0);

  function turn(table: string) {
    const next = new Set(opened);
    if (!next.delete(table)) next.add(table);
    setOpened(next);
  }

  return (
    <>
      <div className="sql-search">
        <Input
          allowClear
          value={sought}
          placeholder={t('sql.tree.search')}
          aria-label={t('sql.tree.search')}
          onChange={(event) => setSought(event.target.value)}
        />
      </div>
      <div className="sql-tree">
        {themes.length === 0 && <p className="quiet sql-none">{t('sql.tree.nothing')}</p>}
        {themes.map(({ theme, title, marts }) => (
          <section key={theme} aria-label={title}>
            <h3>{title}</h3>
            <ul>
              {marts.map(({ mart, columns, hit }) => {
                const open = opened.has(mart.table) || (needle !== '' && hit);
                return (
                  <li key={mart.table}>
                    <div className="sql-mart">
                      <button
                        type="button"
                        className="sql-fold"
                        aria-expanded={open}
                        title={mart.table}
                        onClick={() => turn(mart.table)}
                      >
                        <i aria-hidden="true">{open ? '▾' : '▸'}</i>
                        <b>{said(mart.title)}</b>
                        <small className="num">{grouped(mart.rows)}</small>
                      </button>
                    </div>
                    {open && (
                      <>
                        <div className="sql-mart-acts">
                          <button type="button" onClick={() => insert(mart.table)}>
                            <code>{mart.table}</code>
                          </button>
                          <Button size="small" onClick={() => sample(mart)}>
                            {t('sql.tree.sample')}
                          </Button>
                        </div>
                        <ul>
                          {columns.map((column) => (
                            <li key={column.id}>
                              <button
                                type="button"
                                className={shown === column ? 'sql-column on' : 'sql-column'}
                                onClick={() => {
                                  setShown(column);
                                  insert(quoted(column.id));
                                }}
                                onFocus={() => setShown(column)}
                                onMouseEnter={() => setShown(column)}
                              >
                                <span>
                                  {titleOf(column)}
                                  {column.unit && <em>（{column.unit}）</em>}
                                  {column.masked && <em className="chip conflicting">{t('sql.tree.masked')}</em>}
                                </span>
                                <small>
                                  <code>{column.id}</code> {t(`sql.type.${column.type}`)}
                                </small>
                              </button>
                            </li>
                          ))}
                        </ul>
                      </>
                    )}
                  </li>
                );
              })}
            </ul>
          </section>
        ))}
      </div>
      {shown && <Definition column={shown} />}
    </>
  );
}

/** What a column means, where it comes from and how long it holds. */
function Definition({ column }: { column: SqlColumn }) {
  const { t, i18n } = useTranslation();
  const lines: [string, string | null][] = [
    [t('sql.tree.element'), column.element],
    [t('sql.tree.type'), `${t(`sql.type.${column.type}`)} · ${column.sqlType}`],
    [t('sql.tree.codes'), column.codes?.join('、') ?? null],
    [t('data.owner'), column.owner],
    [t('sql.tree.sources'), column.sources.join(' › ') || null],
    [t('data.ttl'), column.ttlDays === null ? null : t('data.days', { n: column.ttlDays })],
    [t('sql.tree.sensitivity'), t(`data.sensitivity.${column.sensitivity}`)],
  ];
  return (
    <section className="sql-definition" aria-live="polite">
      <h3>
        {i18n.language === 'en' ? column.titleEn : column.title}
        {column.unit && `（${column.unit}）`}
      </h3>
      <dl>
        {lines
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {column.masked && <p className="small">{t('sql.tree.maskedNote')}</p>}
    </section>
  );
}
