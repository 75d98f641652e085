import { Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Asks why before something is decided; a decision without a reason is not taken. */
export function ReasonDialog({
  title,
  means,
  ok,
  danger,
  busy,
  decide,
  close,
}: {
  title: string;
  means?: ReactNode;
  ok: string;
  danger?: boolean;
  busy: boolean;
  decide: (reason: string) => void;
  close: () => void;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const enough = reason.trim().length >= 2;
  return (
    <Modal
      open
      title={title}
      okText={ok}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: !enough, danger: danger ?? false }}
      confirmLoading={busy}
      onOk={() => decide(reason.trim())}
      onCancel={close}
    >
      {means && <p style={{ marginBottom: 12 }}>{means}</p>}
      <Input.TextArea
        autoFocus
        rows={3}
        maxLength={500}
        aria-label={t('desk.reason')}
        placeholder={t('desk.reasonPlaceholder')}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </Modal>
  );
}
