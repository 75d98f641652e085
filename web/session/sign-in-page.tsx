import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { DemoLogin } from '../api-types.ts';
import { problemText } from '../parts/screen-states.tsx';
import { startAnew } from './me.tsx';

/** One of each role, and a clerk of a community; the other communities' clerks fold away. */
const AT_HAND = 8;

/** Sign in; in the demonstration one click is enough. */
export function SignInPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const info = useQuery({ queryKey: ['session'], queryFn: () => call('readSession') });
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function signIn(credentials: { login: string; password: string }) {
    setBusy(true);
    setError(null);
    try {
      const me = await call('signIn', { body: { login: credentials.login.trim(), password: credentials.password } });
      startAnew(client, me);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="signin">
      <div className="art">
        <h1>{t('product')}</h1>
        <p>{t('signIn.lead')}</p>
        <ol>
          {(['recognise', 'prefill', 'answer', 'export'] as const).map((step, i) => (
            <li key={step}>
              <b>{i + 1}</b>
              {t(`signIn.steps.${step}`)}
            </li>
          ))}
        </ol>
      </div>
      <div className="form">
        <h2>
          {info.data?.subdistrict ?? ''} · {t('signIn.title')}
        </h2>
        {error !== null && (
          <Alert
            type="error"
            showIcon={false}
            style={{ marginBottom: 16 }}
            title={problemText(error, t('problem.unknown'))}
          />
        )}
        <Form layout="vertical" requiredMark={false} size="large" onFinish={signIn} disabled={busy}>
          <Form.Item
            name="login"
            label={t('signIn.login')}
            rules={[{ required: true, message: t('signIn.needLogin') }]}
          >
            <Input autoComplete="username" autoFocus />
          </Form.Item>
          <Form.Item
            name="password"
            label={t('signIn.password')}
            rules={[{ required: true, message: t('signIn.needPassword') }]}
          >
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={busy}>
            {t('signIn.submit')}
          </Button>
        </Form>
        <DemoLogins logins={info.data?.demoLogins ?? []} pick={(login) => void signIn(login)} />
      </div>
    </main>
  );
}

function DemoLogins({ logins, pick }: { logins: readonly DemoLogin[]; pick: (login: DemoLogin) => void }) {
  const { t } = useTranslation();
  if (logins.length === 0) return null;
  const list = (shown: readonly DemoLogin[]) => (
    <ul>
      {shown.map((login) => (
        <li key={login.login}>
          <button type="button" onClick={() => pick(login)}>
            {login.roles.map((role) => t(`roles.${role}`)).join('、')}
            <small>{login.name}</small>
          </button>
        </li>
      ))}
    </ul>
  );
  return (
    <section className="demo">
      <p className="quiet">{t('signIn.demo')}</p>
      {list(logins.slice(0, AT_HAND))}
      {logins.length > AT_HAND && (
        <details>
          <summary>
            {t('more')}（{logins.length - AT_HAND}）
          </summary>
          {list(logins.slice(AT_HAND))}
        </details>
      )}
    </section>
  );
}
