import { useMutation, useQuery } from '@tanstack/react-query';
import { App, Button, Form, Input, Select, Spin, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { call } from '../api-client.ts';
import type { Recognition, Template } from '../api-types.ts';
import { officeTime, officeTimestamp } from '../parts/office-time.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Loaded, problemText } from '../parts/screen-states.tsx';
import { percent } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { periodChoices } from './period-choices.ts';

/** From an upstream form to a campaign: upload, see what it was recognised as, say for when and whom. */
export function NewCampaignPage() {
  const { t } = useTranslation();
  const templates = useQuery({ queryKey: ['templates'], queryFn: () => call('listTemplates') });
  const [chosen, setChosen] = useState<Template | null>(null);
  const upload = useMutation({
    mutationFn: (file: File) => call('recogniseTemplate', { query: { fileName: file.name }, body: file }),
    onSuccess: (recognition) => setChosen(recognition.template),
  });

  return (
    <div className="page">
      <PageHead title={t('campaigns.new')} up={{ to: '/campaigns', label: t('campaigns.title') }} />
      <section className="card">
        <Upload.Dragger
          accept=".xlsx"
          maxCount={1}
          showUploadList={false}
          disabled={upload.isPending}
          beforeUpload={(file) => {
            upload.mutate(file);
            return false;
          }}
        >
          <p style={{ fontSize: 16, marginBottom: 6 }}>
            {upload.isPending ? t('campaigns.uploading') : t('campaigns.upload')}
          </p>
          {upload.isPending ? <Spin /> : <p className="quiet">{t('campaigns.uploadHint')}</p>}
        </Upload.Dragger>
        {upload.error && (
          <p className="chip failed" style={{ marginTop: 12, whiteSpace: 'normal' }} role="alert">
            {problemText(upload.error, t('problem.unknown'))}
          </p>
        )}
        {upload.data && <Recognised recognition={upload.data} />}
      </section>
      <section className="card">
        <h2>{t('campaigns.choose')}</h2>
        <Loaded query={templates}>
          {({ items }) => (
            <div className="grid-4">
              {items.map((template) => (
                <button
                  type="button"
                  key={template.id}
                  className={chosen?.id === template.id ? 'choice on' : 'choice'}
                  aria-pressed={chosen?.id === template.id}
                  onClick={() => setChosen(template)}
                >
                  {template.title}
                  <small>{t('campaigns.bound', { bound: template.bound, columns: template.columns })}</small>
                </button>
              ))}
            </div>
          )}
        </Loaded>
      </section>
      {chosen && <Details key={chosen.id} template={chosen} />}
    </div>
  );
}

function Recognised({ recognition }: { recognition: Recognition }) {
  const { t } = useTranslation();
  const { template, differences, matches } = recognition;
  return (
    <div style={{ marginTop: 16 }}>
      {template ? (
        <p className="row">
          <b>{t('campaigns.recognised', { title: template.title })}</b>
          <span className="chip good">{t('campaigns.confidence', { percent: percent(recognition.confidence) })}</span>
        </p>
      ) : (
        <p>
          <b>{t('campaigns.unknownForm')}</b>
          <br />
          <span className="quiet">{t('campaigns.unknownFormNext')}</span>
        </p>
      )}
      <div className="grid-2" style={{ marginTop: 12 }}>
        <div>
          <h3 className="quiet small">{t('campaigns.differences')}</h3>
          {differences.length === 0 && <p>{t('campaigns.noDifferences')}</p>}
          <ul>
            {differences.slice(0, 50).map((difference) => (
              <li key={`${difference.where} ${difference.message.zh}`}>
                <span className="chip stale">{difference.where}</span> {said(difference.message)}
              </li>
            ))}
          </ul>
        </div>
        {matches.length > 0 && (
          <div style={{ maxHeight: 240, overflow: 'auto' }}>
            <table className="plain">
              <thead>
                <tr>
                  <th>{t('campaigns.header')}</th>
                  <th>{t('campaigns.element')}</th>
                </tr>
              </thead>
              <tbody>
                {matches.map((match) => (
                  <tr key={match.header}>
                    <td>{match.header}</td>
                    <td className={match.element ? '' : 'quiet'}>{match.elementTitle ?? t('campaigns.unmatched')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </div>
  );
}

interface Chosen {
  readonly period: string;
  readonly scope: string;
  readonly deadline: string;
  /** Empty or absent: what is held now. */
  readonly asOf?: string;
}

function Details({ template }: { template: Template }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const units = useQuery({ queryKey: ['org'], queryFn: () => call('listOrgUnits') });
  const periods = periodChoices(template.periodKind, new Date());
  const create = useMutation({
    mutationFn: ({ asOf, ...form }: Chosen) =>
      call('createCampaign', {
        body: {
          ...form,
          templateId: template.id,
          deadline: officeTimestamp(form.deadline),
          ...(asOf ? { asOf } : {}),
        },
      }),
    onSuccess: (campaign) => {
      void message.success(t('campaigns.created'));
      navigate(`/campaigns/${campaign.id}`);
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  return (
    <section className="card">
      <h2>{template.title}</h2>
      <Loaded query={units}>
        {({ items }) => (
          <Form
            layout="vertical"
            requiredMark={false}
            style={{ maxWidth: 460 }}
            initialValues={{ period: periods[0]?.value, scope: items[0]?.path, deadline: inDays(3) }}
            onFinish={(form: Chosen) => create.mutate(form)}
          >
            <Form.Item name="period" label={t('campaigns.period')} rules={[{ required: true }]}>
              <Select options={periods} />
            </Form.Item>
            <Form.Item name="scope" label={t('campaigns.scope')} rules={[{ required: true }]}>
              <Select
                showSearch={{ optionFilterProp: 'label' }}
                options={items
                  .filter((unit) => unit.kind !== 'grid')
                  .map((unit) => ({ value: unit.path, label: unit.name }))}
              />
            </Form.Item>
            <Form.Item name="deadline" label={t('campaigns.deadline')} rules={[{ required: true }]}>
              <Input type="datetime-local" />
            </Form.Item>
            <details style={{ marginBottom: 16 }}>
              <summary>{t('asOf.more')}</summary>
              <Form.Item name="asOf" label={t('asOf.label')} extra={t('asOf.hint')} style={{ marginTop: 12 }}>
                <Input type="date" max={officeTime(new Date()).date} />
              </Form.Item>
            </details>
            <Button type="primary" htmlType="submit" size="large" loading={create.isPending}>
              {t('campaigns.create')}
            </Button>
          </Form>
        )}
      </Loaded>
    </section>
  );
}

/** 17:00 at the office so many days from now, as a `datetime-local` field wants it. */
function inDays(days: number): string {
  return `${officeTime(new Date(Date.now() + days * 86_400_000)).date}T17:00`;
}
