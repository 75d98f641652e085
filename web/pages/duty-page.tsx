import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Modal, Segmented } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { Incident, IncidentAction } from '../api-types.ts';
import { newOpId } from '../ids.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { ago, grouped, shortTime } from '../parts/times.ts';
import { Toggle } from '../parts/toggle.tsx';
import { may, useMe } from '../session/me.tsx';
import { said } from '../texts/i18n.ts';
import { ring } from './alert-sound.ts';

/** What goes wrong right now; each incident shows its one next step as the big button. */
export function DutyPage() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(true);
  const [sound, setSound] = useState(true);
  const query = useQuery({
    queryKey: ['incidents', open ? 'open' : 'closed'],
    queryFn: () => call('listIncidents', { query: { open, limit: 100 } }),
    // Events bring the news at once; this is the net below them.
    refetchInterval: 20_000,
  });
  const fresh = useArrivals(open ? query.data?.items : undefined, sound);
  useMinuteTick();
  return (
    <div className="page">
      <PageHead title={t('duty.title')}>
        <Toggle label={t('duty.sound')} on={sound} change={setSound} />
        <Segmented<boolean>
          value={open}
          onChange={setOpen}
          options={[
            { value: true, label: t('duty.open') },
            { value: false, label: t('duty.closed') },
          ]}
        />
      </PageHead>
      <div aria-live="polite">
        <Loaded query={query}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('duty.empty')} next={t('duty.emptyNext')} />
            ) : (
              items.map((incident) => (
                <OneIncident key={incident.id} incident={incident} fresh={fresh.has(incident.id)} />
              ))
            )
          }
        </Loaded>
      </div>
    </div>
  );
}

function OneIncident({ incident, fresh }: { incident: Incident; fresh: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [asking, setAsking] = useState<IncidentAction | null>(null);
  const [note, setNote] = useState('');
  const [history, setHistory] = useState(false);
  const handle = useMutation({
    mutationFn: ({ action, note }: { action: IncidentAction; note: string }) =>
      call('handleIncident', { params: { id: incident.id, action }, body: { note, clientOpId: newOpId() } }),
    onSuccess: () => {
      void message.success(t('duty.sent'));
      setAsking(null);
      setNote('');
      void client.invalidateQueries({ queryKey: ['incidents'] });
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  const closed = incident.state === 'resolved' || incident.state === 'falseAlarm';
  const steps: readonly IncidentAction[] =
    incident.state === 'open'
      ? ['acknowledge', 'false-alarm']
      : incident.state === 'acknowledged'
        ? ['dispatch', 'resolve', 'false-alarm']
        : ['resolve', 'false-alarm'];

  return (
    <article className={`incident ${closed ? 'closed' : incident.ring} ${fresh ? 'fresh' : ''}`}>
      <div>
        <div className="row">
          <span className={`ring ${incident.ring}`}>{t(`duty.ring.${incident.ring}`)}</span>
          <h2>{said(incident.title)}</h2>
          <span className={incident.state === 'open' ? 'chip failing' : 'chip'}>
            {t(`duty.state.${incident.state}`)}
          </span>
        </div>
        <p className="quiet" style={{ marginTop: 4 }}>
          {incident.orgName} ·{' '}
          {t('duty.since', { time: shortTime(incident.startedAt), ago: ago(t, incident.startedAt) })}
        </p>
        {incident.value !== null && (
          <p style={{ marginTop: 8 }}>
            <span className="value num">
              {grouped(incident.value)}
              {incident.unit ?? ''}
            </span>{' '}
            {incident.limit !== null && (
              <span className="quiet">
                {t('duty.limit', { limit: grouped(incident.limit), unit: incident.unit ?? '' })}
              </span>
            )}
          </p>
        )}
        <p style={{ marginTop: 4 }}>{said(incident.evidence)}</p>
        {!closed && (
          <p className="do">
            <b>{t('duty.nextStep')}：</b>
            {said(incident.nextStep)}
          </p>
        )}
        {incident.history.length > 0 && (
          <Button type="link" size="small" style={{ padding: 0, marginTop: 8 }} onClick={() => setHistory(!history)}>
            {t('duty.history')}（{incident.history.length}）
          </Button>
        )}
        {history && (
          <ol className="timeline" style={{ marginTop: 8 }}>
            {incident.history.map((step) => (
              <li key={`${step.at} ${step.action}`}>
                <b>{t(`duty.actions.${step.action}`, { defaultValue: step.action })}</b>{' '}
                <span className="quiet">
                  {step.by} {shortTime(step.at)}
                </span>
                {step.note && <p>{step.note}</p>}
              </li>
            ))}
          </ol>
        )}
      </div>
      {!closed && may(me, 'incident.handle') && (
        <div className="buttons">
          {steps.map((action, i) => (
            <Button
              key={action}
              size="large"
              type={i === 0 ? 'primary' : 'default'}
              danger={i === 0 && incident.ring === 'core'}
              style={i === 0 ? { height: 56, fontSize: 17 } : {}}
              loading={handle.isPending && handle.variables.action === action}
              onClick={() => (action === 'acknowledge' ? handle.mutate({ action, note: '' }) : setAsking(action))}
            >
              {t(`duty.${action === 'false-alarm' ? 'falseAlarm' : action}`)}
            </Button>
          ))}
        </div>
      )}
      <Modal
        open={asking !== null}
        title={
          asking ? `${t(`duty.${asking === 'false-alarm' ? 'falseAlarm' : asking}`)}：${said(incident.title)}` : ''
        }
        okText={t('ok')}
        cancelText={t('cancel')}
        confirmLoading={handle.isPending}
        onCancel={() => setAsking(null)}
        onOk={() => asking && handle.mutate({ action: asking, note: note.trim() })}
      >
        <Input.TextArea
          value={note}
          rows={3}
          maxLength={500}
          autoFocus
          aria-label={t('duty.note')}
          placeholder={asking ? t(`duty.notePlaceholder.${asking}`) : ''}
          onChange={(event) => setNote(event.target.value)}
        />
      </Modal>
    </article>
  );
}

/** The incidents that came while the page stood open; each is announced once. */
function useArrivals(items: readonly Incident[] | undefined, sound: boolean): ReadonlySet<string> {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const known = useRef<Set<string> | null>(null);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!items) return;
    const before = known.current;
    known.current = new Set([...(before ?? []), ...items.map((item) => item.id)]);
    if (!before) return;
    const arrived = items.filter((item) => !before.has(item.id) && item.state === 'open');
    if (arrived.length === 0) return;
    setFresh(new Set(arrived.map((item) => item.id)));
    if (sound) ring();
    for (const item of arrived.slice(0, 3)) {
      notification.warning({
        title: t('duty.arrived', { title: said(item.title) }),
        description: said(item.evidence),
        duration: 10,
      });
    }
  }, [items, sound, notification, t]);
  return fresh;
}

/** Draws "5 minutes ago" anew as time goes by. */
function useMinuteTick(): void {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
}
