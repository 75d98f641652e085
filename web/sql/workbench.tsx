import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Segmented, Splitter } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { call } from '../api-client.ts';
import type { SavedSql, SqlMart, SqlSchema } from '../api-types.ts';
import { problemText } from '../parts/screen-states.tsx';
import { shortTime } from '../parts/times.ts';
import { useMe } from '../session/me.tsx';
import { said } from '../texts/i18n.ts';
import { CheckLine } from './check-line.tsx';
import { copyText } from './copy-text.ts';
import type { Draft } from './draft.ts';
import { markOf } from './mark.ts';
import { boundValues, typedOf } from './parameters.ts';
import { ParametersForm } from './parameters-form.tsx';
import { ResultPanel } from './result-panel.tsx';
import { SaveDialog } from './save-dialog.tsx';
import { SchemaTree } from './schema-tree.tsx';
import { comparedWith, countsRows, martsOf, meaningOf } from './schema-words.ts';
import { fromFragment, type Shared, toFragment } from './share-link.ts';
import { HistoryList, SavedList } from './shelf.tsx';
import { SqlEditor, type SqlEditorHandle } from './sql-editor.tsx';
import { parameterNames, quoted, sqlTokens } from './sql-tokens.ts';
import { useCheck } from './use-check.ts';
import { useDraft } from './use-draft.ts';
import { useRun } from './use-run.ts';

/** The workbench around one statement: what one may ask, the statement, what it costs, what came of it. */
export function Workbench({ schema }: { schema: SqlSchema }) {
  const { t, i18n } = useTranslation();
  const { message, modal } = App.useApp();
  const me = useMe();
  const client = useQueryClient();
  const editor = useRef<SqlEditorHandle>(null);
  const [aside, setAside] = useState<'schema' | 'saved' | 'history'>('schema');
  const [saving, setSaving] = useState(false);
  const { draft, before, ...change } = useDraft(me.id);
  const { statement, values } = draft;
  const runner = useRun(() => void client.invalidateQueries({ queryKey: ['sql', 'history'] }));

  const marts = useMemo(() => martsOf(schema), [schema]);
  const tokens = useMemo(() => sqlTokens(statement), [statement]);
  const names = useMemo(() => parameterNames(statement), [statement]);
  const parameters = useMemo(() => boundValues(names, values), [names, values]);
  const blank = statement.trim() === '';
  const missing = names.filter((name) => !(name in parameters));
  const { check, current, error } = useCheck(statement, parameters);
  const marks = useMemo(
    () =>
      current && check
        ? check.problems.flatMap(({ position, length, message }) =>
            position === null ? [] : [{ ...markOf(statement, position, length), message: said(message) }],
          )
        : [],
    [check, current, statement],
  );

  const asked = runner.run?.asked.statement ?? '';
  const language = i18n.language === 'en' ? 'en' : 'zh';
  const meaning = useCallback((name: string) => meaningOf(name, asked, marts, language), [asked, marts, language]);

  function openSaved(saved: SavedSql) {
    const typed = Object.fromEntries(saved.parameters.map(({ name, value }) => [name, typedOf(value)]));
    change.open({ statement: saved.statement, values: typed, saved }, saved.title);
  }
  function openAsked(asked: Shared, title: string) {
    const typed = Object.fromEntries(Object.entries(asked.parameters).map(([name, value]) => [name, typedOf(value)]));
    change.open({ statement: asked.statement, values: typed, saved: null }, title);
  }
  useLink({ openSaved, openShared: (shared) => openAsked(shared, t('sql.link.opened')) });

  function sample(mart: SqlMart) {
    const columns = mart.columns.filter(({ masked }) => !masked).map(({ id }) => quoted(id));
    const list = columns.slice(0, SAMPLE_COLUMNS).join(', ');
    const next: Draft = { statement: `SELECT ${list}\nFROM ${mart.table}\nLIMIT 100`, values: {}, saved: null };
    change.open(next, said(mart.title));
  }

  function run() {
    if (blank || runner.busy) return;
    const selected = editor.current?.selected() ?? '';
    // A selected word is not meant to run, a selected statement is.
    const part = /^[\s(]*(?:select|with|from|values)\b/i.test(selected) ? selected : statement;
    const needed = parameterNames(part);
    const lacking = needed.filter((name) => !(name in parameters));
    if (lacking.length > 0) {
      void message.warning(t('sql.check.missing', { names: lacking.map((name) => `$${name}`).join('、') }));
      return;
    }
    const start = () => runner.start({ statement: part, parameters: boundValues(needed, values) });
    if (part !== statement || !current || check?.estimate?.cost !== 'huge') start();
    else {
      modal.confirm({
        title: t('sql.huge.title'),
        content: t('sql.huge.text', { minutes: Math.max(1, Math.round(schema.limits.timeMs / 60_000)) }),
        okText: t('sql.huge.run'),
        cancelText: t('cancel'),
        onOk: start,
      });
    }
  }

  async function share() {
    const { saved } = draft;
    const byName = saved && saved.share !== 'private' && saved.statement === statement;
    const link = byName
      ? `${window.location.origin}/sql?saved=${encodeURIComponent(saved.id)}`
      : `${window.location.origin}/sql#${toFragment({ statement, parameters })}`;
    if (await copyText(link)) void message.success(t(byName ? 'sql.link.copiedSaved' : 'sql.link.copied'));
    else modal.info({ title: t('sql.link.byHand'), content: <code className="sql-link">{link}</code> });
  }

  const own = draft.saved?.mine ? draft.saved : null;
  return (
    <div className="page wide sql">
      <header className="sql-head">
        <h1>{t('sql.title')}</h1>
        <span className="quiet small sql-lead">
          {draft.saved && <b>{draft.saved.title} · </b>}
          {schema.publishedAt && t('sql.published', { time: shortTime(schema.publishedAt) })}
        </span>
        <span className="spacer" />
        <Button disabled={blank} onClick={() => void share()}>
          {t('sql.link.button')}
        </Button>
        <Button disabled={blank} onClick={() => setSaving(true)}>
          {t('sql.save.button')}
        </Button>
        {runner.busy ? (
          <Button danger onClick={runner.cancel}>
            {t('sql.cancel')}
          </Button>
        ) : (
          <Button type="primary" disabled={blank} onClick={run}>
            {t('sql.run')} <kbd>Ctrl</kbd>
            <kbd>Enter</kbd>
          </Button>
        )}
      </header>
      {before && (
        <div className="notice info between" role="status">
          <span>{t('sql.opened', { title: before.opened })}</span>
          <span className="row">
            <Button size="small" onClick={change.restore}>
              {t('sql.restore')}
            </Button>
            <Button size="small" type="text" aria-label={t('close')} onClick={change.dismiss}>
              ×
            </Button>
          </span>
        </div>
      )}
      <div className="sql-body">
        <aside className="sql-aside" aria-label={t(`sql.aside.${aside}`)}>
          <Segmented<typeof aside>
            block
            value={aside}
            onChange={setAside}
            options={(['schema', 'saved', 'history'] as const).map((one) => ({
              value: one,
              label: t(`sql.aside.${one}`),
            }))}
          />
          {aside === 'schema' && (
            <SchemaTree schema={schema} insert={(word) => editor.current?.insert(word)} sample={sample} />
          )}
          {aside === 'saved' && (
            <SavedList open={openSaved} forgotten={(id) => draft.saved?.id === id && change.savedAs(null)} />
          )}
          {aside === 'history' && <HistoryList open={(entry) => openAsked(entry, t('sql.history.entry'))} />}
        </aside>
        <Splitter orientation="vertical" className="sql-split">
          <Splitter.Panel defaultSize="42%" min={150}>
            <div className="sql-ask">
              <SqlEditor
                handle={editor}
                value={statement}
                change={change.write}
                marks={marks}
                schema={schema}
                run={run}
              />
              {names.length > 0 && (
                <ParametersForm
                  names={names}
                  values={values}
                  columnOf={(name) => comparedWith(tokens, name, marts)}
                  countsRows={(name) => countsRows(tokens, name)}
                  change={change.type}
                  run={run}
                />
              )}
              {error ? (
                <div className="sql-check">
                  <span className="sql-warning">{problemText(error, t('problem.unknown'))}</span>
                </div>
              ) : (
                <CheckLine
                  statement={statement}
                  check={check}
                  checking={!current}
                  missing={missing}
                  goTo={({ position, length }) => {
                    const mark = markOf(statement, position ?? 0, length);
                    editor.current?.goTo(mark.position, mark.length);
                  }}
                />
              )}
            </div>
          </Splitter.Panel>
          <Splitter.Panel min={140}>
            <section className="sql-result" aria-label={t('sql.result.title')}>
              <ResultPanel
                run={runner.run}
                changed={runner.run !== null && !statement.includes(runner.run.asked.statement)}
                meaning={meaning}
                cancel={runner.cancel}
                again={() => runner.run && runner.start(runner.run.asked)}
              />
            </section>
          </Splitter.Panel>
        </Splitter>
      </div>
      {saving && (
        <SaveDialog
          draft={{
            statement,
            parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
          }}
          saved={own}
          close={() => setSaving(false)}
          done={(saved) => {
            setSaving(false);
            change.savedAs(saved);
          }}
        />
      )}
    </div>
  );
}

/** Columns of a sample: as many as fit beside each other. */
const SAMPLE_COLUMNS = 12;

/** Opens what the address carries, once; the address is then plain again, so that a reload keeps what is typed. */
function useLink(open: { openSaved: (saved: SavedSql) => void; openShared: (shared: Shared) => void }): void {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { hash, search } = useLocation();
  const navigate = useNavigate();
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    const wanted = new URLSearchParams(search).get('saved');
    if (hash === '' && wanted === null) return;
    navigate('/sql', { replace: true });
    const shared = fromFragment(hash);
    if (shared) latest.current.openShared(shared);
    else if (wanted === null) void message.warning(t('sql.link.broken'));
    else {
      call('listSavedSql').then(
        ({ items }) => {
          const found = items.find(({ id }) => id === wanted);
          if (found) latest.current.openSaved(found);
          else void message.warning(t('sql.link.gone'));
        },
        (error: unknown) => void message.error(problemText(error, t('problem.unknown'))),
      );
    }
  }, [hash, search, navigate, message, t]);
}
