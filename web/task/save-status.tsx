import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { OpenTask } from './open-task.ts';

/** Whether everything is saved, and if not, why and what to do. */
export function SaveStatus({ opened }: { opened: OpenTask }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const key = useSyncExternalStore(opened.outbox.onChange, () => JSON.stringify(opened.outbox.status()));
  const status = JSON.parse(key) as ReturnType<typeof opened.outbox.status>;
  if (status.halted === 'signedOut') {
    return (
      <span className="save bad" role="status">
        {t('task.save.signedOut', { count: status.waiting })}
        <button type="button" onClick={() => void client.invalidateQueries({ queryKey: ['me'] })}>
          {t('task.save.signIn')}
        </button>
      </span>
    );
  }
  if (status.halted === 'offline') {
    return (
      <span className="save warn" role="status">
        {t('task.save.offline', { count: status.waiting })}
        <button type="button" onClick={() => opened.outbox.retry()}>
          {t('retry')}
        </button>
      </span>
    );
  }
  if (status.conflicts + status.invalid > 0) {
    return (
      <span className="save bad" role="status">
        {[
          status.conflicts > 0 ? t('task.save.conflicts', { count: status.conflicts }) : '',
          status.invalid > 0 ? t('task.save.invalid', { count: status.invalid }) : '',
        ]
          .filter((text) => text !== '')
          .join(' · ')}
      </span>
    );
  }
  return (
    <span className={status.waiting > 0 ? 'save busy' : 'save'} role="status">
      {status.waiting > 0 ? t('task.save.saving') : t('task.save.saved')}
    </span>
  );
}
