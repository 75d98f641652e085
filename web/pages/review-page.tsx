import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { call } from '../api-client.ts';
import type { Difference, DifferenceList, Task } from '../api-types.ts';
import { TaskStatusChip } from '../parts/chips.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { shortTime } from '../parts/times.ts';
import { Toggle } from '../parts/toggle.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { may, useMe } from '../session/me.tsx';
import { Provenance } from './provenance.tsx';

/** What a reviewer looks at: only what the answers changed, filled or confirmed. */
export function ReviewPage() {
  const { id = '' } = useParams();
  const task = useQuery({ queryKey: ['task', id], queryFn: () => call('readTask', { params: { id } }) });
  const differences = useQuery({ queryKey: ['task', id, 'differences'], queryFn: () => everyDifference(id) });
  return (
    <div className="page">
      <Loaded query={task}>
        {(task) => <Loaded query={differences}>{(list) => <Reviewing task={task} list={list} />}</Loaded>}
      </Loaded>
    </div>
  );
}

/** A review is a decision over everything: all pages are read, up to a bound. */
const MOST_PAGES = 40;

async function everyDifference(id: string): Promise<DifferenceList> {
  let list = await call('listDifferences', { params: { id }, query: { limit: 500 } });
  for (let page = 1; page < MOST_PAGES && list.items.length < list.total; page++) {
    const more = await call('listDifferences', { params: { id }, query: { limit: 500, offset: page * 500 } });
    if (more.items.length === 0) break;
    list = { ...list, items: [...list.items, ...more.items] };
  }
  return list;
}

function Reviewing({ task, list }: { task: Task; list: DifferenceList }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [hideConfirmed, setHideConfirmed] = useState(false);
  const [returning, setReturning] = useState(false);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [traced, setTraced] = useState<Difference | null>(null);
  const decidable = may(me, 'task.review') && task.status === 'submitted';
  const counts = { changed: 0, filled: 0, confirmed: 0 };
  for (const item of list.items) counts[item.kind] += 1;
  const shown = hideConfirmed ? list.items.filter((item) => item.kind !== 'confirmed') : list.items;

  async function decide(work: () => Promise<unknown>, done: string) {
    setBusy(true);
    try {
      await work();
      void message.success(done);
      void client.invalidateQueries({ queryKey: ['tasks'] });
      void client.invalidateQueries({ queryKey: ['task', task.id] });
      navigate('/tasks');
    } catch (error) {
      void message.error(problemText(error, t('problem.unknown')));
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <PageHead
        up={{ to: '/tasks', label: t('tasks.title') }}
        title={
          <span className="row">
            {t('review.title')}：{task.title} · {task.orgName}
            <TaskStatusChip status={task.status} />
          </span>
        }
        lead={`${t('review.lead')} ${t('review.counts', counts)}`}
      >
        <Toggle label={t('review.hideConfirmed')} on={hideConfirmed} change={setHideConfirmed} />
        {decidable && (
          <>
            <Button danger disabled={busy} onClick={() => setReturning(true)}>
              {t('review.return')}
            </Button>
            <Button
              type="primary"
              loading={busy}
              onClick={() => void decide(() => call('approveTask', { params: { id: task.id } }), t('review.approved'))}
            >
              {t('review.approve')}
            </Button>
          </>
        )}
      </PageHead>
      {task.status === 'open' && <p className="card quiet">{t('review.notSubmitted')}</p>}
      {shown.length === 0 ? (
        <Empty title={t('review.empty')} next={t('review.emptyNext')} />
      ) : (
        <VirtualRows
          columns={7}
          items={shown}
          keyOf={(item) => `${item.rowKey} ${item.column}`}
          head={
            <tr>
              <th>{t('review.row')}</th>
              <th>{t('review.column')}</th>
              <th>{t('review.reason')}</th>
              <th>{t('review.before')}</th>
              <th>{t('review.after')}</th>
              <th>{t('review.who')}</th>
              <th />
            </tr>
          }
          row={(item) => (
            <>
              <td>{item.rowTitle}</td>
              <td className="nowrap">{item.columnTitle}</td>
              <td>{item.class && <span className={`chip ${item.class}`}>{t(`classes.${item.class}`)}</span>}</td>
              <td className="quiet">{item.kind === 'changed' ? <s>{item.before}</s> : (item.before ?? t('blank'))}</td>
              <td>
                <span className="row" style={{ gap: 8, flexWrap: 'nowrap' }}>
                  <b>{item.after ?? t('blank')}</b>
                  <span className={item.kind === 'confirmed' ? 'chip good' : 'chip open'}>
                    {t(`review.kinds.${item.kind}`)}
                  </span>
                </span>
              </td>
              <td className="quiet nowrap">
                {item.by} {shortTime(item.at)}
              </td>
              <td>
                <Button size="small" type="link" onClick={() => setTraced(item)}>
                  {t('conflicts.provenance')}
                </Button>
              </td>
            </>
          )}
        />
      )}
      {traced && (
        <Provenance
          campaign={task.campaignId}
          rowKey={traced.rowKey}
          column={traced.column}
          close={() => setTraced(null)}
        />
      )}
      <Modal
        open={returning}
        title={t('review.returnTitle')}
        okText={t('review.return')}
        cancelText={t('cancel')}
        okButtonProps={{ danger: true, disabled: reason.trim().length < 2, loading: busy }}
        onCancel={() => setReturning(false)}
        onOk={() =>
          void decide(
            () => call('returnTask', { params: { id: task.id }, body: { reason: reason.trim() } }),
            t('review.returned'),
          )
        }
      >
        <p className="quiet" style={{ marginBottom: 8 }}>
          {t('review.returnHint')}
        </p>
        <Input.TextArea
          value={reason}
          rows={4}
          maxLength={500}
          showCount
          autoFocus
          aria-label={t('review.returnHint')}
          placeholder={t('review.returnPlaceholder')}
          onChange={(event) => setReason(event.target.value)}
        />
      </Modal>
    </>
  );
}
