import { useMutation } from '@tanstack/react-query';
import { App, Checkbox, Modal, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call } from '../api-client.ts';
import type { Task, TaskWorkbookPreview, WorkbookItem, WorkbookKind } from '../api-types.ts';
import { newOpId } from '../ids.ts';
import { Empty, problemText } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { said } from '../texts/i18n.ts';

const KINDS: readonly WorkbookKind[] = ['change', 'conflict', 'invalid', 'locked', 'unknown', 'duplicate', 'missing'];
const LOOKS: Readonly<Record<WorkbookKind, string>> = {
  change: 'good',
  conflict: 'conflicting',
  invalid: 'failed',
  locked: 'stale',
  unknown: 'stale',
  duplicate: 'stale',
  missing: 'stale',
};
/** Answers that the server takes at once. */
const BATCH = 500;

/** Shows what a workbook would change; saves it when told to, and lets conflicts be decided, one by one or all that are listed. */
export function WorkbookDialog({
  task,
  file,
  first,
  applied,
  close,
}: {
  task: Task;
  file: Blob;
  first: TaskWorkbookPreview;
  applied: () => void;
  close: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [preview, setPreview] = useState(first);
  const [kind, setKind] = useState<WorkbookKind | 'all'>('all');
  const [confirm, setConfirm] = useState(false);
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set());
  const [trouble, setTrouble] = useState<string | null>(null);
  const { counts } = preview;
  const toSave = counts.change + (confirm ? preview.confirmable : 0) + mine.size;
  const shown = preview.items.filter((item) => kind === 'all' || item.kind === kind);
  const conflicts = preview.items.filter((item) => item.kind === 'conflict');

  async function lookAgain(why: string) {
    setTrouble(why);
    setMine(new Set());
    try {
      setPreview(await call('previewTaskWorkbook', { params: { id: task.id }, body: file }));
    } catch (error) {
      // The task was handed in meanwhile, or the network is gone: nothing of what is shown holds any more.
      setTrouble(problemText(error, t('problem.unknown')));
    }
  }

  const saving = useMutation({
    mutationFn: async () => {
      const query = { digest: preview.digest, confirm };
      const reply = await call('applyTaskWorkbook', { params: { id: task.id }, query, body: file });
      const chosen = conflicts.filter((item) => mine.has(nameOf(item)));
      const rejected = await overrule(task.id, chosen);
      return { saved: reply.saved + chosen.length - rejected, rejected: reply.rejected.length + rejected };
    },
    onSuccess: async ({ saved, rejected }) => {
      void message.success(t('workbook.applied', { count: saved }));
      if (rejected > 0) return lookAgain(t('workbook.notAll', { count: rejected }));
      close();
      applied();
    },
    onError: async (error) => {
      const why = problemText(error, t('problem.unknown'));
      setTrouble(why);
      if (error instanceof ApiError && error.body.code === 'reports.workbook.changed') await lookAgain(why);
    },
  });

  function leave() {
    close();
    // A part of it may have been saved.
    if (saving.isSuccess) applied();
  }

  const choose = (item: WorkbookItem, on: boolean) => {
    const next = new Set(mine);
    if (on) next.add(nameOf(item));
    else next.delete(nameOf(item));
    setMine(next);
  };

  return (
    <Modal
      open
      width={1080}
      style={{ top: 32 }}
      title={t('workbook.title')}
      okText={t('workbook.apply', { count: toSave })}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: toSave === 0 }}
      confirmLoading={saving.isPending}
      mask={{ closable: false }}
      onOk={() => saving.mutate()}
      onCancel={leave}
    >
      <div className="stack workbook">
        <p className="quiet">{t('workbook.lead')}</p>
        {trouble && (
          <p className="chip failed" style={{ whiteSpace: 'normal' }} role="alert">
            {trouble}
          </p>
        )}
        <Asides preview={preview} />
        {preview.items.length === 0 ? (
          <Empty tight title={t('workbook.nothing')} next={t('workbook.nothingNext')} />
        ) : (
          <>
            <Segmented<WorkbookKind | 'all'>
              value={kind}
              onChange={setKind}
              options={[
                { value: 'all', label: t('all') },
                ...KINDS.filter((each) => counts[each] > 0).map((each) => ({
                  value: each,
                  label: `${t(`workbook.kind.${each}`)} ${grouped(counts[each])}`,
                })),
              ]}
            />
            {conflicts.length > 1 && (kind === 'all' || kind === 'conflict') && (
              <Checkbox
                checked={mine.size === conflicts.length}
                indeterminate={mine.size > 0 && mine.size < conflicts.length}
                onChange={({ target }) => setMine(new Set(target.checked ? conflicts.map(nameOf) : []))}
              >
                {t('workbook.allMine', { count: conflicts.length })}
              </Checkbox>
            )}
            <VirtualRows
              columns={7}
              maxHeight="48vh"
              items={shown}
              keyOf={(item) => `${item.kind} ${item.at} ${nameOf(item)}`}
              head={
                <tr>
                  <th>{t('workbook.what')}</th>
                  <th>{t('workbook.at')}</th>
                  <th>{t('workbook.row')}</th>
                  <th>{t('workbook.column')}</th>
                  <th>{t('workbook.now')}</th>
                  <th>{t('workbook.value')}</th>
                  <th>{t('workbook.note')}</th>
                </tr>
              }
              row={(item) => <Item item={item} chosen={mine.has(nameOf(item))} choose={choose} />}
            />
          </>
        )}
        {preview.confirmable > 0 && (
          <div>
            <Checkbox checked={confirm} onChange={(event) => setConfirm(event.target.checked)}>
              {t('workbook.confirm', { count: preview.confirmable })}
            </Checkbox>
            <span className="quiet small">{t('workbook.confirmHint')}</span>
          </div>
        )}
      </div>
    </Modal>
  );
}

function Item({
  item,
  chosen,
  choose,
}: {
  item: WorkbookItem;
  chosen: boolean;
  choose: (item: WorkbookItem, on: boolean) => void;
}) {
  const { t } = useTranslation();
  const ofCell = item.column !== null;
  return (
    <>
      <td>
        <span className={`chip ${LOOKS[item.kind]}`}>{t(`workbook.kind.${item.kind}`)}</span>
      </td>
      <td className="num quiet">{item.at?.slice(item.at.lastIndexOf('!') + 1)}</td>
      <td>{item.rowTitle}</td>
      <td>{item.columnTitle}</td>
      <td>{ofCell && (item.now ?? t('blank'))}</td>
      <td>{ofCell && <b>{item.value ?? t('blank')}</b>}</td>
      <td className="quiet small">
        {item.kind !== 'change' && said(item.message)}
        {item.kind === 'conflict' && (
          <div>
            <Checkbox checked={chosen} onChange={(event) => choose(item, event.target.checked)}>
              {t('workbook.mine')}
            </Checkbox>
          </div>
        )}
      </td>
    </>
  );
}

/** What is worth knowing beside the list. */
function Asides({ preview }: { preview: TaskWorkbookPreview }) {
  const { t } = useTranslation();
  const { same, formulas, missingColumns, extraColumns, items, counts } = preview;
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const lines = [
    same > 0 ? t('workbook.same', { count: same }) : '',
    formulas > 0 ? t('workbook.formulas', { count: formulas }) : '',
    missingColumns.length > 0 ? t('workbook.missingColumns', { names: missingColumns.slice(0, 8).join('、') }) : '',
    extraColumns.length > 0 ? t('workbook.extraColumns', { names: extraColumns.slice(0, 8).join('、') }) : '',
    items.length < all ? t('workbook.bounded') : '',
  ].filter((line) => line !== '');
  return lines.length === 0 ? null : <p className="quiet small">{lines.join(' · ')}</p>;
}

/** Answers over what a colleague said, in full knowledge of it, the way the grid does; returns how many were refused. */
async function overrule(taskId: string, chosen: readonly WorkbookItem[]): Promise<number> {
  let rejected = 0;
  for (let from = 0; from < chosen.length; from += BATCH) {
    const patches = chosen.slice(from, from + BATCH).map(({ rowKey, column, now, value }) => ({
      rowKey: rowKey ?? '',
      column: column ?? '',
      base: now,
      value,
      clientOpId: newOpId(),
    }));
    rejected += (await call('savePatches', { params: { id: taskId }, body: { patches } })).rejected.length;
  }
  return rejected;
}

function nameOf({ rowKey, column }: WorkbookItem): string {
  return `${column}\n${rowKey}`;
}
