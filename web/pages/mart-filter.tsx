import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MartColumn } from '../api-types.ts';

/** One condition as the API takes it. */
export interface Condition {
  readonly column: string;
  readonly op: (typeof OPS)[number];
  readonly value?: string | number;
}

const OPS = ['eq', 'ne', 'contains', 'startsWith', 'gt', 'lt', 'ge', 'le', 'isNull', 'notNull'] as const;
const WITHOUT_VALUE: readonly string[] = ['isNull', 'notNull'];
const MOST = 6;

/** Conditions under which rows are shown; nothing is asked of the server before `apply`. */
export function MartFilter({
  columns,
  apply,
}: {
  columns: readonly MartColumn[];
  apply: (conditions: readonly Condition[]) => void;
}) {
  const { t } = useTranslation();
  const usable = columns.filter((column) => !column.masked);
  const [conditions, setConditions] = useState<readonly Condition[]>([]);
  const byId = new Map(usable.map((column) => [column.id, column]));

  const change = (at: number, next: Condition) =>
    setConditions(conditions.map((condition, i) => (i === at ? next : condition)));

  function send(of: readonly Condition[]) {
    apply(
      of
        .filter((condition) => WITHOUT_VALUE.includes(condition.op) || String(condition.value ?? '') !== '')
        .map((condition) => {
          const type = byId.get(condition.column)?.type;
          if (WITHOUT_VALUE.includes(condition.op)) return { column: condition.column, op: condition.op };
          const numeric = (type === 'integer' || type === 'decimal') && Number.isFinite(Number(condition.value));
          return numeric ? { ...condition, value: Number(condition.value) } : condition;
        }),
    );
  }

  const first = usable[0];
  if (!first) return null;
  return (
    <form
      className="row"
      style={{ marginBottom: 14 }}
      onSubmit={(event) => {
        event.preventDefault();
        send(conditions);
      }}
    >
      {conditions.map((condition, i) => {
        const column = byId.get(condition.column) ?? first;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no identity but their place
          <span className="row" style={{ gap: 4 }} key={i}>
            <Select
              style={{ width: 150 }}
              aria-label={t('data.filterColumn')}
              showSearch={{ optionFilterProp: 'label' }}
              value={condition.column}
              options={usable.map((option) => ({ value: option.id, label: option.title }))}
              onChange={(id) =>
                change(i, { column: id, op: byId.get(id)?.type === 'text' ? 'contains' : 'eq', value: '' })
              }
            />
            <Select
              style={{ width: 100 }}
              aria-label={t('data.filterOp')}
              value={condition.op}
              options={OPS.map((op) => ({ value: op, label: t(`data.ops.${op}`) }))}
              onChange={(op) => change(i, { ...condition, op })}
            />
            {!WITHOUT_VALUE.includes(condition.op) &&
              (column.codes && column.type === 'code' ? (
                <Select
                  style={{ width: 140 }}
                  aria-label={t('data.filterValue')}
                  showSearch
                  value={condition.value === '' ? undefined : condition.value}
                  options={column.codes.map((code) => ({ value: code, label: code }))}
                  onChange={(value) => change(i, { ...condition, value })}
                />
              ) : (
                <Input
                  style={{ width: 140 }}
                  aria-label={t('data.filterValue')}
                  type={column.type === 'date' ? 'date' : 'text'}
                  value={condition.value ?? ''}
                  onChange={(event) => change(i, { ...condition, value: event.target.value })}
                />
              ))}
            <Button
              type="text"
              aria-label={t('data.clear')}
              onClick={() => {
                const left = conditions.filter((_condition, j) => j !== i);
                setConditions(left);
                send(left);
              }}
            >
              ×
            </Button>
          </span>
        );
      })}
      <Button
        disabled={conditions.length >= MOST}
        onClick={() =>
          setConditions([...conditions, { column: first.id, op: first.type === 'text' ? 'contains' : 'eq', value: '' }])
        }
      >
        {t('data.addFilter')}
      </Button>
      {conditions.length > 0 && (
        <Button type="primary" htmlType="submit">
          {t('data.apply')}
        </Button>
      )}
    </form>
  );
}
