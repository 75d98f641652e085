import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Segmented } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { call } from '../api-client.ts';
import type { Task } from '../api-types.ts';
import type { Grid } from '../grid/grid.ts';
import type { Position } from '../grid/grid-model.ts';
import { Bar, Deadline, TaskStatusChip } from '../parts/chips.tsx';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { Toggle } from '../parts/toggle.tsx';
import { may, useMe } from '../session/me.tsx';
import { GridHost } from './grid-host.tsx';
import { Inspector } from './inspector.tsx';
import { type OpenTask, openTask } from './open-task.ts';
import { SaveStatus } from './save-status.tsx';
import { WorkbookButtons } from './workbook-buttons.tsx';

/** The page on which a clerk answers: only the cells in doubt, by keyboard. */
export function TaskPage() {
  const { id = '' } = useParams();
  const query = useQuery({ queryKey: ['task', id], queryFn: () => call('readTask', { params: { id } }) });
  const client = useQueryClient();
  const [round, setRound] = useState(0);

  /** Begins anew with what the server has now: answers came in beside the page. */
  async function beginAnew() {
    await client.refetchQueries({ queryKey: ['task', id] });
    void client.invalidateQueries({ queryKey: ['tasks'] });
    setRound((before) => before + 1);
  }

  return (
    <Loaded query={query}>
      {(task) => (
        <Answering key={`${task.id} ${task.status} ${round}`} task={task} beginAnew={() => void beginAnew()} />
      )}
    </Loaded>
  );
}

type Filter = 'all' | 'stale' | 'conflicting' | 'missing';

function Answering({ task, beginAnew }: { task: Task; beginAnew: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const editable = may(me, 'task.answer') && (task.status === 'open' || task.status === 'returned');
  const [opened, setOpened] = useState<OpenTask | null>(null);
  const [filter, setFilter] = useState<Filter>('all');
  const [find, setFind] = useState('');
  const [everything, setEverything] = useState(false);
  const [active, setActive] = useState<Position | null>(null);
  const [rowsFound, setRowsFound] = useState<number | null>(null);
  const [submitting, setSubmitting] = useState(false);
  const grid = useRef<Grid | null>(null);
  const first = useRef(task);

  const onProblem = useCallback(
    (error: unknown) => void message.error(problemText(error, t('problem.unknown'))),
    [message, t],
  );

  useEffect(() => {
    let gone = false;
    let mine: OpenTask | null = null;
    void openTask({ task: first.current, user: me.id, editable, client, onProblem }).then(async (task) => {
      mine = task;
      if (gone) return task.close();
      await task.rows.filter({});
      if (gone) return;
      setRowsFound(task.rows.rowCount());
      setOpened(task);
    });
    return () => {
      gone = true;
      mine?.close();
    };
  }, [me.id, editable, client, onProblem]);

  // Rows are looked up a moment after the last key, not at each.
  const wanted = useMemo(() => ({ filter, find: find.trim() }), [filter, find]);
  const shown = useRef(wanted);
  useEffect(() => {
    if (!opened || (shown.current.filter === wanted.filter && shown.current.find === wanted.find)) return;
    shown.current = wanted;
    const timer = setTimeout(async () => {
      await opened.rows.filter({
        class: wanted.filter === 'all' ? undefined : wanted.filter,
        q: wanted.find === '' ? undefined : wanted.find,
      });
      setRowsFound(opened.rows.rowCount());
      grid.current?.reset();
      void grid.current?.goNext({ direction: 1, along: 'row', openOnly: true });
    }, 250);
    return () => clearTimeout(timer);
  }, [opened, wanted]);

  useEffect(() => {
    if (!opened) return;
    opened.rows.show(everything ? 'all' : 'asked');
    grid.current?.reset();
    void grid.current?.goNext({ direction: 1, along: 'row', openOnly: true });
  }, [opened, everything]);

  async function goNextOpen() {
    if (!(await grid.current?.goNext({ direction: 1, along: 'row', openOnly: true }))) {
      void message.info(task.answered >= task.doubtful ? t('task.allDone') : t('task.nothingLeft'));
    }
    grid.current?.focus();
  }

  async function submit() {
    if (!opened) return;
    setSubmitting(true);
    try {
      await opened.outbox.settled(10_000).catch(() => {
        throw new Error(t('task.submitWaiting'));
      });
      await call('submitTask', { params: { id: task.id }, body: { incomplete: task.answered < task.doubtful } });
      void message.success(t('task.submitted'));
      await client.invalidateQueries({ queryKey: ['task', task.id] });
      void client.invalidateQueries({ queryKey: ['tasks'] });
    } catch (error) {
      void message.error(problemText(error, error instanceof Error ? error.message : t('problem.unknown')));
    } finally {
      setSubmitting(false);
    }
  }

  function askToSubmit() {
    const left = task.doubtful - task.answered;
    modal.confirm({
      title: t('task.submitTitle'),
      icon: null,
      content: left > 0 ? t('task.submitSome', { count: left }) : t('task.submitAll', { count: task.doubtful }),
      okText: t('task.submitNow'),
      cancelText: t('cancel'),
      onOk: submit,
    });
  }

  const classes: Filter[] = ['all', 'stale', 'conflicting', 'missing'];
  return (
    <div className="page wide">
      <div className="task-head">
        <div className="between">
          <div>
            <div className="crumb">
              <Link to="/tasks">‹ {t('tasks.title')}</Link>
            </div>
            <div className="row">
              <h1>{task.title}</h1>
              <TaskStatusChip status={task.status} />
              <span className="quiet">{task.orgName}</span>
              <span className="quiet">
                <Deadline at={task.deadline} settled={!editable} />
              </span>
            </div>
          </div>
          <div className="row">
            {opened && <SaveStatus opened={opened} />}
            {opened && <WorkbookButtons task={task} opened={opened} editable={editable} applied={beginAnew} />}
            {editable && (
              <>
                <Button onClick={() => void goNextOpen()}>{t('task.nextOpen')}</Button>
                <Button type="primary" loading={submitting} onClick={askToSubmit}>
                  {t('task.submit')}
                </Button>
              </>
            )}
          </div>
        </div>
        <div className="task-tools">
          <Segmented<Filter>
            value={filter}
            onChange={setFilter}
            options={classes.map((name) => ({
              value: name,
              label:
                name === 'all'
                  ? `${t('all')} ${grouped(task.doubtful)}`
                  : `${t(`classes.${name}`)} ${grouped(task.counts[name])}`,
            }))}
          />
          <Input
            style={{ width: 240 }}
            allowClear
            value={find}
            placeholder={t('task.find')}
            aria-label={t('task.find')}
            onChange={(event) => setFind(event.target.value)}
          />
          <Toggle label={t('task.allColumns')} on={everything} change={setEverything} />
          <span className="spacer" />
          <div style={{ width: 220 }}>
            <div className="between small quiet num">
              {t('tasks.progress', { answered: grouped(task.answered), doubtful: grouped(task.doubtful) })}
            </div>
            <Bar done={task.answered} of={task.doubtful} label={t('tasks.title')} />
          </div>
        </div>
      </div>
      <Notices task={task} editable={editable} lasting={opened?.lasting ?? true} />
      <div className="task-body">
        <div className="task-grid">
          {opened && rowsFound === 0 && <Empty title={t('task.emptyRows')} />}
          {opened && rowsFound !== 0 && (
            <GridHost opened={opened} grid={grid} onActive={setActive} autoFocus={filter === 'all' && find === ''} />
          )}
        </div>
        {opened && <Inspector opened={opened} active={active} editable={editable} grid={grid} />}
      </div>
    </div>
  );
}

function Notices({ task, editable, lasting }: { task: Task; editable: boolean; lasting: boolean }) {
  const { t } = useTranslation();
  const closed =
    task.status === 'submitted' || task.status === 'approved'
      ? t(`task.readOnly.${task.status}`)
      : t('task.readOnly.other');
  return (
    <>
      {task.status === 'returned' && task.returnReason && (
        <div className="notice">{t('tasks.returned', { reason: task.returnReason })}</div>
      )}
      {!editable && <div className="notice info">{closed}</div>}
      {!lasting && <div className="notice">{t('task.save.notLasting')}</div>}
    </>
  );
}
