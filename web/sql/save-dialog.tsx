import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { SavedSql, SavedSqlInput, SqlShare } from '../api-types.ts';
import { problemText } from '../parts/screen-states.tsx';

/** Those who may run statements share them; the list of roles is short for that reason. */
const SHARES = ['private', 'everyone'] as const;

interface Fields {
  readonly title: string;
  readonly share: SqlShare;
  readonly as: 'same' | 'new';
}

/** Names what stands in the workbench and says who may open it. */
export function SaveDialog({
  draft,
  saved,
  close,
  done,
}: {
  draft: Pick<SavedSqlInput, 'statement' | 'parameters'>;
  /** The saved query that the draft came from, where it is one's own. */
  saved: { readonly id: string; readonly title: string; readonly share: SqlShare } | null;
  close: () => void;
  done: (saved: SavedSql) => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const save = useMutation({
    mutationFn: ({ title, share, as }: Fields) =>
      call('saveSql', { body: { ...draft, title, share, ...(saved && as === 'same' ? { id: saved.id } : {}) } }),
    onSuccess: async (entry) => {
      await client.invalidateQueries({ queryKey: ['sql', 'saved'] });
      void message.success(t('sql.save.done', { title: entry.title }));
      done(entry);
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  const shares = [...new Set<SqlShare>([...SHARES, ...(saved ? [saved.share] : [])])];
  const shareName = (share: SqlShare) =>
    share === 'private' || share === 'everyone' ? t(`sql.save.shares.${share}`) : t(`roles.${share}`);
  return (
    <Modal
      open
      title={t('sql.save.title')}
      okText={t('sql.save.submit')}
      cancelText={t('cancel')}
      confirmLoading={save.isPending}
      onCancel={close}
      onOk={() => form.submit()}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ title: saved?.title ?? '', share: saved?.share ?? 'private', as: saved ? 'same' : 'new' }}
        onFinish={(fields) => save.mutate({ ...fields, as: fields.as ?? 'new' })}
      >
        <Form.Item
          name="title"
          label={t('sql.save.name')}
          rules={[{ required: true, whitespace: true, max: 120, message: t('sql.save.needName') }]}
        >
          <Input maxLength={120} autoFocus />
        </Form.Item>
        <Form.Item name="share" label={t('sql.save.share')} extra={t('sql.save.shareNote')}>
          <Select options={shares.map((share) => ({ value: share, label: shareName(share) }))} />
        </Form.Item>
        {saved && (
          <Form.Item name="as" label={t('sql.save.as')}>
            <Select
              options={[
                { value: 'same', label: t('sql.save.same', { title: saved.title }) },
                { value: 'new', label: t('sql.save.new') },
              ]}
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
