import { App, Button } from 'antd';
import { type ChangeEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf, call } from '../api-client.ts';
import type { Task, TaskWorkbookPreview } from '../api-types.ts';
import { problemText } from '../parts/screen-states.tsx';
import type { OpenTask } from './open-task.ts';
import { WorkbookDialog } from './workbook-dialog.tsx';

const PATIENCE_MS = 10_000;

/** Takes the task home as a workbook, and brings one back. */
export function WorkbookButtons({
  task,
  opened,
  editable,
  applied,
}: {
  task: Task;
  opened: OpenTask;
  editable: boolean;
  /** Answers came in by a workbook: what the page shows is out of date. */
  applied: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const [brought, setBrought] = useState<{ file: Blob; preview: TaskWorkbookPreview } | null>(null);
  const input = useRef<HTMLInputElement>(null);

  /** What was typed here has to be in before the task goes out, or is compared. */
  async function afterSaving(work: () => Promise<void>) {
    setBusy(true);
    try {
      await opened.outbox.settled(PATIENCE_MS).catch(() => {
        throw new Error(t('task.submitWaiting'));
      });
      await work();
    } catch (error) {
      void message.error(problemText(error, error instanceof Error ? error.message : t('problem.unknown')), 8);
    } finally {
      setBusy(false);
    }
  }

  const download = () =>
    afterSaving(async () => {
      const link = document.createElement('a');
      link.href = addressOf('exportTaskWorkbook', { params: { id: task.id } });
      link.download = '';
      link.click();
    });

  async function bring(event: ChangeEvent<HTMLInputElement>) {
    const chosen = event.target.files?.[0];
    // The same file may be chosen again after it was mended.
    event.target.value = '';
    if (!chosen) return;
    await afterSaving(async () => {
      // What is applied is what was shown, though the file is still open in another program.
      const file = new Blob([await chosen.arrayBuffer()]);
      setBrought({ file, preview: await call('previewTaskWorkbook', { params: { id: task.id }, body: file }) });
    });
  }

  return (
    <>
      <Button title={t('workbook.downloadHint')} disabled={busy} onClick={() => void download()}>
        {t('workbook.download')}
      </Button>
      {editable && (
        <>
          <Button title={t('workbook.bringHint')} loading={busy} onClick={() => input.current?.click()}>
            {t('workbook.bring')}
          </Button>
          <input
            ref={input}
            type="file"
            accept=".xlsx"
            hidden
            aria-label={t('workbook.bring')}
            onChange={(event) => void bring(event)}
          />
        </>
      )}
      {brought && (
        <WorkbookDialog
          task={task}
          file={brought.file}
          first={brought.preview}
          applied={applied}
          close={() => setBrought(null)}
        />
      )}
    </>
  );
}
