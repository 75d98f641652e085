import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { call } from '../api-client.ts';
import type { TaskStatus, TaskSummary } from '../api-types.ts';
import { Bar, Deadline, DoubtChips, TaskStatusChip } from '../parts/chips.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';

type Shown = 'todo' | 'all' | TaskStatus;

/** The tasks of the person's scope: first those that wait for them. */
export function TasksPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [shown, setShown] = useState<Shown>('todo');
  const query = useQuery({ queryKey: ['tasks'], queryFn: () => call('listTasks', { query: { limit: 500 } }) });
  const mine: readonly TaskStatus[] = may(me, 'task.answer') ? ['open', 'returned'] : ['submitted'];
  const options: Shown[] = ['todo', 'open', 'returned', 'submitted', 'approved', 'all'];

  return (
    <div className="page">
      <PageHead title={t('tasks.title')}>
        <Segmented<Shown>
          value={shown}
          onChange={setShown}
          options={options.map((value) => ({
            value,
            label: value === 'all' ? t('all') : value === 'todo' ? t('tasks.todo') : t(`tasks.status.${value}`),
          }))}
        />
      </PageHead>
      <Loaded query={query}>
        {(list) => {
          const items = list.items
            .filter(
              (task) => shown === 'all' || (shown === 'todo' ? mine.includes(task.status) : task.status === shown),
            )
            .sort((a, b) => a.deadline.localeCompare(b.deadline));
          if (list.items.length === 0) return <Empty title={t('tasks.empty')} next={t('tasks.emptyNext')} />;
          if (items.length === 0) return <Empty title={t('tasks.empty')} next={t('tasks.emptyFilter')} />;
          return (
            <ul className="task-list">
              {items.map((task) => (
                <TaskItem key={task.id} task={task} />
              ))}
            </ul>
          );
        }}
      </Loaded>
    </div>
  );
}

/** One task in a list: what, for whom, by when, how far. */
export function TaskItem({ task }: { task: TaskSummary }) {
  const { t } = useTranslation();
  const me = useMe();
  const answering = may(me, 'task.answer') && (task.status === 'open' || task.status === 'returned');
  const reviewing = may(me, 'task.review') && task.status === 'submitted';
  const progress = t('tasks.progress', { answered: grouped(task.answered), doubtful: grouped(task.doubtful) });
  return (
    <li>
      <div>
        <div className="row">
          <h2>{task.title}</h2>
          <TaskStatusChip status={task.status} />
        </div>
        <div className="meta">
          <span>{task.orgName}</span>
          <Deadline at={task.deadline} settled={task.status === 'approved' || task.status === 'submitted'} />
          <DoubtChips counts={task.counts} />
        </div>
        {task.status === 'returned' && task.returnReason && (
          <p className="returned-why">{t('tasks.returned', { reason: task.returnReason })}</p>
        )}
      </div>
      <div>
        <div className="small quiet num" style={{ marginBottom: 4 }}>
          {progress}
        </div>
        <Bar done={task.answered} of={task.doubtful} label={progress} />
      </div>
      <Link to={reviewing ? `/tasks/${task.id}/review` : `/tasks/${task.id}`}>
        <Button type={answering || reviewing ? 'primary' : 'default'} tabIndex={-1}>
          {reviewing ? t('tasks.review') : answering ? t('tasks.open') : t('tasks.view')}
        </Button>
      </Link>
    </li>
  );
}
